"""`actors runs` and `actors log`: what a store holds, for people and for programs; whoever runs it is not disturbed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from actors import clock
from actors.codec import DecodeError
from actors.codec.peeking import Unknown, peek
from actors.console.loading import NotRunnable
from actors.console.stores import beside, row_of, saying
from actors.durable.logs import exported, shown_log, value_text
from actors.durable.paging import rows_of
from actors.durable.rows import unpacked_question
from actors.durable.store import STATUSES, RunRow
from actors.ops import prompt_of

STORE = click.option("--store", "file", metavar="FILE", required=True, help="The file that the runs are kept in.")


@click.command()
@STORE
@click.option("--status", type=click.Choice(STATUSES), help="Only those in this status.")
@click.option("--json", "as_json", is_flag=True, help="Print every run as a line of JSON.")
@saying
def runs(file: str, status: str | None, as_json: bool) -> None:
    """List the runs of a store, in the order in which they were started."""
    with beside(file) as store:
        rows = rows_of(store, status)
        if as_json:
            for row in rows:
                click.echo(json.dumps(described_run(row)))
            return
        lines = [[row.id, row.name, row.status, moment(row.since), waits_for(row)] for row in rows]
    show(["run", "computation", "status", "since", "waits for"], lines)


@click.command()
@STORE
@click.option("--json", "as_json", is_flag=True, help="Print the run and each row as a line of JSON, for `actors replay`.")
@click.argument("id_", metavar="ID")
@saying
def log(file: str, id_: str, as_json: bool) -> None:
    """Show what a run has done: its log.

    In the JSON, the bytes are as they are stored, answers included.
    """
    with beside(file) as store:
        row = row_of(store, id_)
        stored = store.load(id_)
        if stored is None:
            raise NotRunnable(f"run {row.id!r} was forgotten just now")
    if as_json:
        click.echo(exported(stored.run, stored.entries), nl=False)
        return
    lines = [
        [
            str(each.number),
            each.position,
            each.kind,
            each.text + ("" if each.until is None else f" until {moment(each.until)}"),
        ]
        for each in shown_log(stored.entries)
    ]
    show(["row", "at", "kind", ""], lines)


def show(headings: Iterable[str], lines: Iterable[list[str]]) -> None:
    """Print a table; nothing is cut off where there is no terminal."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 100_000
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bright_black")
    for heading in headings:
        grid.add_column(heading, overflow="fold")
    for line in lines:
        grid.add_row(*line)
    with console.capture() as captured:
        console.print(grid)
    for text in captured.get().splitlines():
        click.echo(text.rstrip())


def described_run(row: RunRow) -> dict[str, Any]:
    """Return a run as JSON holds it; what is stored in it as the text of its values."""
    token, question = question_of(row)
    return {
        "id": row.id,
        "name": row.name,
        "version": row.version,
        "status": row.status,
        "since": row.since,
        "created": row.created,
        "token": token,
        "question": None if question is None else repr(question),
        "prompt": None if question is None else prompt(question),
        "wake_at": row.wake_at,
        "reason": row.reason,
        "attempts": row.attempts,
        "outcome": outcome_of(row),
    }


def question_of(row: RunRow) -> tuple[int | None, Any]:
    """Return the token and the question that a run waits with; None and what is wrong if they cannot be read."""
    if row.question is None:
        return None, None
    try:
        token, _, form = unpacked_question(row.question)
        question = peek(form)
    except DecodeError as error:
        return None, error
    return token, question


def prompt(question: Any) -> str:
    """Return the text of a question."""
    if isinstance(question, Unknown):
        return str(question.fields.get("prompt") or question.fields.get("text") or question)
    return str(question) if isinstance(question, DecodeError) else prompt_of(question)


def waits_for(row: RunRow) -> str:
    """Return what a run waits for, why it was set aside, or what it came to."""
    if row.status == "suspended":
        return prompt(question_of(row)[1])
    if row.status == "sleeping" and row.wake_at is not None:
        return moment(row.wake_at)
    if row.status == "finished":
        return outcome_of(row) or ""
    return row.reason or ""


def outcome_of(row: RunRow) -> str | None:
    """Return what a run came to, in words; None if it has not ended."""
    if row.result is None:
        return None
    try:
        kind, *rest = peek(row.result)
        cause = value_text(rest[0]) if kind == "cancelled" else repr(rest[0])
    except (DecodeError, TypeError, ValueError, IndexError):
        return value_text(row.result)
    return f"{kind}: {cause}"


def moment(seconds: float) -> str:
    """Return a time, in UTC."""
    return clock.as_datetime(seconds).strftime("%Y-%m-%d %H:%M:%S")
