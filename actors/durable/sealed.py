"""A store whose payloads are encrypted: what was answered, asked, passed and returned; not ids, names, times and statuses.

It stands before another store, which sees only sealed bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from actors.codec.sealing import refuse_sealed
from actors.durable.store import Changes, Entries, EntryRow, Ids, Messages, RunRow, Runs, Store, Stored
from actors.durable.store_faults import StoreClosedError, StoreUnavailableError

if TYPE_CHECKING:
    from actors.codec import Codec
    from actors.durable.appends import Append

SEALED = ("question", "tag", "result", "args")  # the columns of a run that hold values


class SealedStore:
    """A `Store` that seals what it gives to another one, and opens what it gets from that; see `Store`.

    Besides what `Store` says, everything that reads raises:
        DecodeError: what is stored cannot be opened, since it was sealed with another key, or never was.
    """

    def __init__(self, store: Store, codec: Codec) -> None:
        """Take the other store, and what seals and opens."""
        self.store = store
        self.codec = codec

    # -- sealing and opening

    def _sealed(self, run: RunRow) -> RunRow:
        return run._replace(**self._sealed_columns({name: getattr(run, name) for name in SEALED}))

    def _sealed_columns(self, changes: Changes) -> dict[str, Any]:
        seal = self.codec.seal
        return {name: seal(value) if name in SEALED and value is not None else value for name, value in changes.items()}

    def _sealed_entries(self, entries: Sequence[EntryRow]) -> list[EntryRow]:
        seal = self.codec.seal
        return [EntryRow(run, seq, kind, seal(payload)) for run, seq, kind, payload in entries]

    def _opened(self, run: RunRow) -> RunRow:
        held = {name: getattr(run, name) for name in SEALED}
        opened: dict[str, Any] = {name: self.codec.open(value) for name, value in held.items() if value is not None}
        return run._replace(**opened)

    def _opened_entries(self, entries: Entries) -> Entries:
        opened = self.codec.open
        return [EntryRow(run, seq, kind, opened(payload)) for run, seq, kind, payload in entries]

    def _opened_messages(self, messages: Messages) -> Messages:
        return [message._replace(payload=self.codec.open(message.payload)) for message in messages]

    # -- the store

    def create(self, run: RunRow, entries: Sequence[EntryRow] = ()) -> None:
        """Add a run with its first entries."""
        self.store.create(self._sealed(run), self._sealed_entries(entries))

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
        """Queue entries, new values of columns, and messages that are taken."""
        columns = None if changes is None else self._sealed_columns(changes)
        return self.store.append(run, self._sealed_entries(entries), columns, fence=fence, taken=taken, cut=cut)

    def post(self, run: str, message: str, payload: bytes) -> bool:
        """Put a message into a run's inbox, unless one with that id was ever there."""
        return self.store.post(run, message, self.codec.seal(payload))

    def inbox(self, run: str) -> Messages:
        """Return the messages that were not taken."""
        return self._opened_messages(self.store.inbox(run))

    def pending(self, limit: int = 1000) -> Ids:
        """Return the ids of runs that have messages which were not taken."""
        return self.store.pending(limit)

    def get(self, run: str) -> RunRow | None:
        """Return the row of a run."""
        row = self.store.get(run)
        return None if row is None else self._opened(row)

    def load(self, run: str) -> Stored | None:
        """Return all there is of a run."""
        stored = self.store.load(run)
        if stored is None:
            return None
        row, entries, inbox = stored
        return Stored(self._opened(row), self._opened_entries(entries), self._opened_messages(inbox))

    def log(self, run: str) -> Entries:
        """Return the entries of a run."""
        return self._opened_entries(self.store.log(run))

    def list(
        self, status: str | None = None, name: str | None = None, *, limit: int = 100, after: str | None = None
    ) -> Runs:
        """Return rows in the order in which the runs were created."""
        return [self._opened(row) for row in self.store.list(status, name, limit=limit, after=after)]

    def due(self, now: float, limit: int = 1000) -> Ids:
        """Return the ids of runs that are to be woken by now."""
        return self.store.due(now, limit)

    def next_wake(self) -> float | None:
        """Return when the next run is to be woken."""
        return self.store.next_wake()

    def forget(self, run: str) -> bool:
        """Remove a run."""
        return self.store.forget(run)

    def retain(self, older_than: float) -> int:
        """Forget finished runs that are older."""
        return self.store.retain(older_than)

    def close(self) -> None:
        """Close the other store."""
        self.store.close()

    def __repr__(self) -> str:
        """Name the other store."""
        return f"{self.store!r}, sealed"


def opened_with(store: Store, codec: Codec | None) -> Store:
    """Return a store behind a codec, if there is one; what is stored there already has to fit.

    Raises:
        DecodeError: what is stored was sealed with another key, or with none, or there is no codec and it was.
    """
    if codec is not None:
        store = SealedStore(store, codec)
    try:
        rows = store.list(limit=1)
    except (StoreUnavailableError, StoreClosedError):
        return store  # whoever needs it is told
    for row in rows:
        refuse_sealed(row.args)
    return store
