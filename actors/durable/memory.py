"""A store in memory, for tests and for runs that need not outlive the process. Nothing in it ever waits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, Self

from gevent.monkey import get_original

from actors import clock
from actors.durable.appends import Append, advanced, checked_run, checked_status
from actors.durable.store import Changes, Entries, EntryRow, Ids, InboxRow, Messages, RunRow, Runs, Stored
from actors.durable.store_faults import MessageTakenError, NoSuchRunError, RunExistsError, StoreClosedError

_RLock: Any = get_original("_thread", "RLock")


class Kept:
    """One run in memory."""

    __slots__ = ("entries", "messages", "row", "taken")

    def __init__(self, row: RunRow, entries: Sequence[EntryRow]) -> None:
        """Take its row and first entries."""
        self.row = row
        self.entries = list(entries)
        self.messages: dict[str, InboxRow] = {}
        self.taken: set[str] = set()

    def untaken(self) -> Messages:
        """Return the messages that were not taken, the oldest first."""
        return [row for message, row in self.messages.items() if message not in self.taken]


class MemoryStore:
    """A `Store` whose rows live as long as it does; see `Store` for what the methods do and raise."""

    def __init__(self) -> None:
        """Begin empty."""
        self._runs: dict[str, Kept] = {}
        self._lock = _RLock()
        self._closed = False

    def create(self, run: RunRow, entries: Sequence[EntryRow] = ()) -> None:
        """Add a run with its first entries."""
        checked_run(run, entries)
        with self._open():
            if run.id in self._runs:
                raise RunExistsError(run.id)
            self._runs[run.id] = Kept(run, entries)

    def append(
        self,
        run: str,
        entries: Sequence[EntryRow] = (),
        changes: Changes | None = None,
        *,
        fence: int,
        taken: Sequence[str] = (),
        cut: bool = False,
    ) -> Append:
        """Add entries, change columns and take messages; the ticket is done."""
        append = Append(run, entries, changes, fence)
        append.taken = taken
        append.cut = cut
        with self._open():
            try:
                self._write(append)
            except (LookupError, RuntimeError) as error:
                append.error = error
        append.done = True
        return append

    def _write(self, append: Append) -> None:
        kept = self._runs.get(append.run)
        row = advanced(None if kept is None else kept.row, append)
        assert kept is not None
        for place, message in enumerate(append.taken):
            if message not in kept.messages or message in kept.taken or message in append.taken[:place]:
                raise MessageTakenError(append.run, message)
        kept.taken.update(append.taken)
        if append.cut:
            kept.entries = []
        kept.entries += append.entries
        kept.row = row

    def post(self, run: str, message: str, payload: bytes) -> bool:
        """Put a message into a run's inbox, unless one with that id was ever there."""
        with self._open():
            kept = self._runs.get(run)
            if kept is None:
                raise NoSuchRunError(run)
            if message in kept.messages:
                return False
            kept.messages[message] = InboxRow(run, message, payload, clock.now())
            return True

    def inbox(self, run: str) -> Messages:
        """Return the messages that were not taken."""
        with self._open():
            kept = self._runs.get(run)
            return [] if kept is None else kept.untaken()

    def pending(self, limit: int = 1000) -> Ids:
        """Return the ids of runs that have messages which were not taken."""
        with self._open():
            return list(islice((run for run, kept in self._runs.items() if kept.untaken()), limit))

    def get(self, run: str) -> RunRow | None:
        """Return the row of a run."""
        with self._open():
            kept = self._runs.get(run)
            return None if kept is None else kept.row

    def load(self, run: str) -> Stored | None:
        """Return all there is of a run."""
        with self._open():
            kept = self._runs.get(run)
            return None if kept is None else Stored(kept.row, list(kept.entries), kept.untaken())

    def log(self, run: str) -> Entries:
        """Return the entries of a run."""
        with self._open():
            kept = self._runs.get(run)
            return [] if kept is None else list(kept.entries)

    def list(
        self, status: str | None = None, name: str | None = None, *, limit: int = 100, after: str | None = None
    ) -> Runs:
        """Return rows in the order in which the runs were created."""
        checked_status(status)
        with self._open():
            if after is not None and after not in self._runs:
                raise NoSuchRunError(after)
            rows = self._rows()
        first = 0 if after is None else next(place for place, row in enumerate(rows) if row.id == after) + 1
        found = (row for row in rows[first:] if status in (None, row.status) and name in (None, row.name))
        return [*islice(found, limit)]

    def due(self, now: float, limit: int = 1000) -> Ids:
        """Return the ids of runs that are to be woken by now."""
        with self._open():
            found = [row for row in self._rows() if row.wake_at is not None and row.wake_at <= now]
        return [row.id for row in sorted(found, key=lambda row: row.wake_at or 0.0)[:limit]]

    def next_wake(self) -> float | None:
        """Return when the next run is to be woken."""
        with self._open():
            return min((row.wake_at for row in self._rows() if row.wake_at is not None), default=None)

    def _rows(self) -> Runs:
        return [kept.row for kept in self._runs.values()]

    def forget(self, run: str) -> bool:
        """Remove a run."""
        with self._open():
            return self._runs.pop(run, None) is not None

    def retain(self, older_than: float) -> int:
        """Forget finished runs that are older."""
        with self._open():
            old = [row.id for row in self._rows() if row.status == "finished" and row.since < older_than]
            for run in old:
                del self._runs[run]
        return len(old)

    def close(self) -> None:
        """End; the rows stay as long as the object does, but can be read no more."""
        self._closed = True

    def _open(self) -> Any:
        if self._closed:
            raise StoreClosedError(str(self))
        return self._lock

    def __enter__(self) -> Self:
        """Return this store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Count the runs."""
        return f"<MemoryStore of {len(self._runs)} runs>"
