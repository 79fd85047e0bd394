"""`actors resume` and `actors cancel`: put into a run's inbox, from where whoever runs it takes them."""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import click
import gevent

from actors import clock
from actors.codec import encode
from actors.codec.peeking import Unknown
from actors.console.inspecting import STORE, question_of
from actors.console.loading import NotRunnable
from actors.console.stores import beside, is_held, posted, row_of, saying
from actors.durable.sqlite import SqliteStore
from actors.durable.store import RunRow
from actors.ops import label_of, options_of

PATIENCE = 2.0  # seconds until it should have been taken
STEP = 0.05  # seconds between two looks


@click.command()
@STORE
@click.option("--json", "as_json", is_flag=True, help="VALUE is JSON: 3 is a number, and not a text.")
@click.argument("id_", metavar="ID")
@click.argument("value", metavar="VALUE")
@saying
def resume(file: str, id_: str, value: str, as_json: bool) -> None:
    """Answer the open question of a run; an option may be given by its number.

    \b
    Exit codes:
      0  the answer is on disk; it was taken, or will be
      1  the run asks nothing now, or refused the answer
      2  there is no such store or run, or VALUE is no JSON
    """  # noqa: D301  click wants the control character, not its name
    with beside(file) as store:
        row = row_of(store, id_)
        token, question = question_of(row)
        if row.status != "suspended" or token is None:
            click.echo(f"actors resume: run {id_!r} asks nothing now; it is {row.status}", err=True)
            sys.exit(1)
        answer = from_json(value) if as_json else meant(question, value)
        if not taken(store, id_, ["answer", answer, token], "the answer"):
            return
        now: RunRow | None = store.get(id_)
        if now is not None and now.question == row.question:
            click.echo("actors resume: the answer was refused; the question is still open", err=True)
            sys.exit(1)


@click.command()
@STORE
@click.option("--reason", default="cancelled", show_default=True, help="Why; its clean-up can read it.")
@click.argument("id_", metavar="ID")
@saying
def cancel(file: str, id_: str, reason: str) -> None:
    """Have a run leave its scopes, and end as cancelled.

    \b
    Exit codes:
      0  the cancel is on disk; it was taken, or will be
      1  the run has ended
      2  there is no such store or run
    """  # noqa: D301  click wants the control character, not its name
    with beside(file) as store:
        if row_of(store, id_).status == "finished":
            click.echo(f"actors cancel: run {id_!r} has ended already", err=True)
            sys.exit(1)
        taken(store, id_, ["cancel", reason], "the cancel")


def taken(store: SqliteStore, id_: str, payload: list[Any], what: str) -> bool:
    """Post a message, and say what becomes of it; return whether it was taken within two seconds."""
    message = uuid.uuid4().hex
    posted(store, id_, message, encode(payload))
    until = clock.monotonic() + PATIENCE
    while any(each.message == message for each in store.inbox(id_)):
        if clock.monotonic() >= until:
            click.echo(f"{what} is in the inbox of run {id_}; {who_takes_it(store.path)}")
            return False
        gevent.sleep(STEP)
    click.echo(f"{what} was taken by run {id_}")
    return True


def who_takes_it(file: str) -> str:
    """Say when a message that was not taken will be."""
    if is_held(file):
        return f"the process that holds {file} has not taken it yet"
    return f"nobody runs {file} now: it is taken when a process opens it"


def from_json(text: str) -> Any:
    """Return the value that is written in JSON.

    Raises:
        NotRunnable: it is none.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise NotRunnable(f"{text!r} is no JSON ({error}); leave out --json to give it as text") from None


def meant(question: Any, text: str) -> str:
    """Return the answer that a person means: the option with that number, unless an option is itself called so."""
    options: Any = question.fields.get("options") if isinstance(question, Unknown) else options_of(question)
    names = [each.member or str(each) if isinstance(each, Unknown) else label_of(each) for each in options or ()]
    typed = text.strip()
    if typed.casefold() not in map(str.casefold, names) and typed.isdecimal() and 1 <= int(typed) <= len(names):
        return names[int(typed) - 1]
    return text
