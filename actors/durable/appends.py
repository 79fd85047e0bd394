"""Appends: what is to be written of one run at once, checked where it is made; and what comes of it. Pure but for the wait.

Every store decides with `advanced`, so that all refuse the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import Any, Final, Protocol

from actors.durable.store import STATUSES, Changes, EntryRow, RunRow
from actors.durable.store_faults import FencedError, NoSuchRunError, OutOfSequenceError
from actors.runtime import native
from actors.runtime.tickets import Ticket

MOST = 2**63 - 1  # the greatest number that a column of SQLite or PostgreSQL holds
OVERHEAD = 200  # bytes that an append takes in the queue besides its payloads, or so


class Queue(Protocol):
    """Where appends wait to be written."""

    def withdraw(self, job: Append) -> bool:
        """Take one out again, unless writing has begun."""
        ...


class Append(Ticket):
    """One whole that is written together; the ticket of whoever waits for that."""

    __slots__ = ("begun", "changes", "cut", "entries", "fence", "queue", "run", "size", "taken", "withdrawn")

    def __init__(self, run: str, entries: Sequence[EntryRow], changes: Changes | None, fence: int) -> None:
        """Take what is written; see `Store.append`.

        Raises:
            ValueError: the entries do not follow each other, belong to another run, or a column cannot be changed.
            TypeError: a value is not of its column's type.
        """
        self.done = self.begun = self.withdrawn = self.cut = False
        self.value = self.error = None
        self.waiters = ()
        self.run = run
        self.entries = entries
        self.fence = fence
        self.queue: Queue | None = None
        self.taken: Sequence[str] = ()
        self.changes = changes
        self.size = OVERHEAD + checked_entries(run, entries)
        if changes:
            self.size += checked_changes(changes)

    def withdraw(self) -> bool:
        """Take it back, and tell whether that was possible: then nothing of it is written, and `wait` raises that.

        False: writing has begun, or is over; wait for it. Entries of the same run that were queued after it are refused.
        """
        return self.queue is not None and self.queue.withdraw(self)

    def __repr__(self) -> str:
        """Name the run and the entries."""
        entries = self.entries
        which = f"entries {entries[0].seq}–{entries[-1].seq}" if entries else "no entries"
        return f"<Append of {which} to run {self.run!r}{' done' if self.done else ''}>"


def checked_entries(run: str, entries: Sequence[EntryRow]) -> int:
    """Return how many bytes the payloads of entries are.

    Raises:
        ValueError: they do not follow each other, or belong to another run.
        TypeError: a value is not of its column's type.
    """
    size = 0
    seq = entries[0][1] if entries else 0
    for entry in entries:
        of, number, kind, payload = entry
        if type(payload) is not bytes or type(number) is not int or type(kind) is not int:
            raise TypeError(f"{entry!r} is no entry: its number and kind are ints, its payload is bytes")
        if of != run or number != seq or not 0 <= number < MOST or not -MOST <= kind <= MOST:
            raise ValueError(
                f"{entry!r} does not go with run {run!r} and number {seq}; give entries that follow each other"
            )
        seq += 1
        size += len(payload)
    return size


_TEXT, _TEXT_OR_NONE = (str,), (str, NoneType)
_BYTES, _BYTES_OR_NONE = (bytes,), (bytes, NoneType)
_TIME, _TIME_OR_NONE = (float, int), (float, int, NoneType)
_NUMBER = (int,)

_COLUMNS: Final[dict[str, tuple[type, ...]]] = {
    "name": _TEXT,
    "version": _TEXT,
    "status": _TEXT,
    "owner": _TEXT_OR_NONE,
    "fence": _NUMBER,
    "question": _BYTES_OR_NONE,
    "since": _TIME,
    "wake_at": _TIME_OR_NONE,
    "tag": _BYTES_OR_NONE,
    "result": _BYTES_OR_NONE,
    "reason": _TEXT_OR_NONE,
    "attempts": _NUMBER,
    "args": _BYTES,
}
_PLACES: Final = {column: place for place, column in enumerate(RunRow._fields)}
_CHANGING: Final = [(column, _PLACES[column]) for column in _COLUMNS]
_NEXT_SEQ: Final = _PLACES["next_seq"]


def checked_changes(changes: Changes) -> int:
    """Return how many bytes the new values of columns are.

    Raises:
        ValueError: a column is none that can be changed, or the status is none.
        TypeError: a value is not of its column's type.
    """
    size = 0
    for column, value in changes.items():
        size += checked_column(column, value)
    return size


def checked_column(column: str, value: Any) -> int:
    """Return how many bytes the value of a column is, or 0 if it is neither text nor bytes.

    Raises:
        ValueError: the column is none that can be changed, or the status is none.
        TypeError: the value is not of the column's type.
    """
    types = _COLUMNS.get(column)
    if types is None:
        raise ValueError(f"{column!r} is none that can be changed; give one of {', '.join(_COLUMNS)}")
    kind: type[Any] = value.__class__
    if kind not in types or (types is _NUMBER and not -MOST <= value <= MOST):
        raise TypeError(f"{column}={value!r} does not fit: see RunRow for what the column holds")
    if column == "status" and value not in STATUSES:
        raise ValueError(f"status={value!r} is none; use one of {', '.join(STATUSES)}")
    return len(value) if kind is bytes or kind is str else 0


def checked_run(run: RunRow, entries: Sequence[EntryRow]) -> int:
    """Return how many bytes a new run and its entries are.

    Raises:
        ValueError: the entries do not lead to `next_seq`, or belong to another run, or the status is none.
        TypeError: a value is not of its column's type.
    """
    given, next_seq = run.id, run.next_seq
    if type(given) is not str or type(next_seq) is not int or type(run.created) not in _TIME:
        raise TypeError(f"id={given!r}, next_seq={next_seq!r}, created={run.created!r}: give a str, an int and a float")
    size = checked_entries(given, entries)
    for column, place in _CHANGING:
        size += checked_column(column, run[place])
    expected = entries[-1].seq + 1 if entries else next_seq
    if next_seq != expected or not 0 <= next_seq < MOST:
        raise ValueError(f"next_seq={next_seq} does not follow the last entry given; it is {expected} then")
    return size


def checked_status(status: str | None) -> str | None:
    """Return a status unchanged, or None for any.

    Raises:
        ValueError: it is none.
    """
    if status is None or status in STATUSES:
        return status
    raise ValueError(f"status={status!r} is none; use one of {', '.join(STATUSES)}, or None for all")


def advanced(row: RunRow | None, append: Append) -> RunRow:
    """Return a run's row as it is after an append.

    Raises:
        NoSuchRunError: there is no row.
        FencedError: the run has another fence.
        OutOfSequenceError: the first entry is not the next one of the run.
    """
    if row is None:
        raise NoSuchRunError(append.run)
    if row.fence != append.fence:
        raise FencedError(append.run, append.fence, row.fence)
    values: list[Any] = list(row)
    entries = append.entries
    if entries:
        if entries[0].seq != row.next_seq:
            raise OutOfSequenceError(append.run, entries[0].seq, row.next_seq)
        values[_NEXT_SEQ] += len(entries)
    if append.changes:
        for column, value in append.changes.items():
            values[_PLACES[column]] = value
    new: RunRow = native.named(RunRow, tuple(values))
    return new
