"""A run's log for people and for other machines: as a table's rows, and as JSON that can be replayed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from actors.codec import DecodeError
from actors.codec.peeking import peek
from actors.durable.rows import ANSWER, CANCEL, CUT, ERROR, KINDS, MARK, position, unpacked
from actors.durable.store import EntryRow, RunRow

VERSION: Final = 1  # of the JSON


class Shown(NamedTuple):
    """One row of a log, in words; `until` is when its wait is over, in seconds since the epoch."""

    number: int
    position: str
    kind: str
    text: str
    until: float | None


def shown_log(entries: Iterable[EntryRow]) -> list[Shown]:
    """Return the rows of a log in words."""
    return [_shown(entry) for entry in entries]


def _shown(entry: EntryRow) -> Shown:
    kind = KINDS.get(entry.kind, f"kind {entry.kind}")
    try:
        where, form, body, until = unpacked(entry.payload)
    except DecodeError as error:
        return Shown(entry.seq, "", kind, f"<{error}>", None)
    parts: list[str] = []
    if entry.kind == MARK:
        parts = [value_text(form), str(bool(body))]
    else:
        if form is not None:
            parts.append(operation_text(form))
        if entry.kind in (ANSWER, ERROR, CUT, CANCEL):
            parts.append(value_text(body))
    at = "" if entry.kind in (MARK, CANCEL) else str(position(where))
    return Shown(entry.seq, at, kind, " → ".join(parts), until)


def operation_text(form: bytes) -> str:
    """Return an operation as its call was written."""
    try:
        value: Any = peek(form)
        if value.__class__ is not list:
            return repr(value)
        name, args, kwargs = value
    except ValueError as error:
        return f"<{error}>"
    given = [repr(arg) for arg in args if arg is not None] + [f"{key}={arg!r}" for key, arg in kwargs.items()]
    return f"{name}({', '.join(given)})"


def value_text(body: bytes | None) -> str:
    """Return a stored value as it is written in code."""
    try:
        return repr(peek(body or b""))
    except ValueError as error:
        return f"<{error}>"


def exported(row: RunRow, entries: Sequence[EntryRow]) -> str:
    """Return a run and its log as JSON, one object a line: first the run, then its rows; bytes are in base64."""
    lines: list[dict[str, Any]] = [{"log": VERSION, **_plain(row._asdict())}]
    for entry, shown in zip(entries, shown_log(entries), strict=True):
        lines.append(
            {
                "number": entry.seq,
                "kind": shown.kind,
                "position": shown.position,
                "text": shown.text,
                "until": shown.until,
                "code": entry.kind,
                "payload": _text(entry.payload),
            }
        )
    return "".join(json.dumps(line) + "\n" for line in lines)


def imported(text: str) -> tuple[RunRow, list[EntryRow]]:
    """Return the run and the log that `exported` made this of.

    Raises:
        ValueError: it is nothing of the kind, or of a newer version.
    """
    try:
        first, *rest = (json.loads(line) for line in text.splitlines() if line.strip())
        if first.pop("log") > VERSION:
            raise ValueError("it is of a newer version")
        fields: Any = {key: _bytes(value) if key in _BYTES else value for key, value in first.items()}
        row = RunRow(**fields)
        return row, [EntryRow(row.id, each["number"], each["code"], _bytes(each["payload"]) or b"") for each in rest]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no log that `actors log ID --json` wrote: {type(error).__name__}: {error}") from error


_BYTES: Final = frozenset({"question", "tag", "result", "args"})


def _plain(columns: dict[str, Any]) -> dict[str, Any]:
    return {key: _text(value) if key in _BYTES else value for key, value in columns.items()}


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode("ascii")


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value, validate=True)
