"""What a store is: the rows it keeps, and the seam to it. It knows nothing of what the payloads mean.

Invariants: the entries of a run have consecutive numbers, which never restart; what an append changes (entries, columns of
the run, messages taken) is on disk together or not at all; a run is written only with its fence, by whoever holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from actors.durable.appends import Append

STATUSES: Final = ("running", "suspended", "sleeping", "parked", "finished")


class RunRow(NamedTuple):
    """What a store keeps of one run. Times are seconds since the epoch; bytes are the codec's and opaque to the store."""

    id: str
    name: str  # of the computation
    version: str = ""
    status: str = "running"  # one of STATUSES
    owner: str | None = None  # who executes it
    fence: int = 0  # goes up whenever the owner changes
    next_seq: int = 0  # the number that the next entry gets
    question: bytes | None = None
    since: float = 0.0  # when it came to this status
    wake_at: float | None = None
    tag: bytes | None = None
    result: bytes | None = None
    reason: str | None = None
    attempts: int = 0
    created: float = 0.0
    args: bytes = b""


class EntryRow(NamedTuple):
    """One entry of a run's log. Checksums are the store's own business."""

    run: str
    seq: int
    kind: int
    payload: bytes


class InboxRow(NamedTuple):
    """One message for a run that nobody has taken; `posted` is seconds since the epoch."""

    run: str
    message: str
    payload: bytes
    posted: float


class Stored(NamedTuple):
    """All that a store holds of one run."""

    run: RunRow
    entries: list[EntryRow]
    inbox: list[InboxRow]


Changes: TypeAlias = Mapping[str, Any]
"""New values of a run's columns by name: any but `id`, `next_seq` and `created`."""

Runs: TypeAlias = list[RunRow]
Entries: TypeAlias = list[EntryRow]
Messages: TypeAlias = list[InboxRow]
Ids: TypeAlias = list[str]


class Store(Protocol):
    """Where durable runs are kept. Every method may be called in any actor, greenlet or plain thread, and blocks only that.

    Whoever is interrupted while blocked in one has taken nothing back: what was asked for is done all the same.

    Each method raises, besides what it names:
        StoreClosedError: the store was closed.
        StoreUnavailableError: the disk is full, or broken; what was asked for was not done.
        DamagedError: what is stored is not what was written.
    """

    def create(self, run: RunRow, entries: Sequence[EntryRow] = ()) -> None:
        """Add a run with its first entries, whose numbers end right before `run.next_seq`.

        *Blocks until* they are on disk.

        Raises:
            RunExistsError: there is a run with that id.
            ValueError: the row or the entries make no sense.
        """
        ...

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
        """Queue entries of a run, new values of its columns, and messages of its inbox that are taken with them: one whole.

        Wholes of one run are written in the order in which they were queued. *Blocks until* there is room in the queue;
        `wait()` of what is returned until they are on disk; it may also be withdrawn (`Append.withdraw`), as long as
        writing has not begun.

        Args:
            run: its id.
            entries: they follow each other and the last one that the run has.
            changes: new values by column name; `fence` and `owner` may be among them: that is how a run is claimed.
            fence: the one that the run must have.
            taken: ids of messages, which no inbox shows from then on.
            cut: the log begins with these entries: all before them are dropped.

        Raises:
            ValueError: the entries do not follow each other, belong to another run, or a column cannot be changed.
            TypeError: a value is not of its column's type.

        From `wait()`:
            NoSuchRunError: there is no such run.
            FencedError: the run has another fence.
            OutOfSequenceError: the first entry is not the next one of the run.
            MessageTakenError: a message is not there, or was taken before.
        """
        ...

    def post(self, run: str, message: str, payload: bytes) -> bool:
        """Put a message into a run's inbox; return False if one with that id was ever put there.

        *Blocks until* it is on disk.

        Raises:
            NoSuchRunError: there is no such run.
        """
        ...

    def inbox(self, run: str) -> Messages:
        """Return the messages of a run that were not taken, the oldest first; none for a run that is not there."""
        ...

    def pending(self, limit: int = 1000) -> Ids:
        """Return the ids of runs that have messages which were not taken."""
        ...

    def get(self, run: str) -> RunRow | None:
        """Return the row of a run, or None."""
        ...

    def load(self, run: str) -> Stored | None:
        """Return the row, the log and the inbox of a run as they are at one moment, or None."""
        ...

    def log(self, run: str) -> Entries:
        """Return the entries of a run in order; none for a run that is not there."""
        ...

    def list(
        self, status: str | None = None, name: str | None = None, *, limit: int = 100, after: str | None = None
    ) -> Runs:
        """Return rows in the order in which the runs were created.

        Args:
            status: only those in this status.
            name: only those of this computation.
            limit: how many at most.
            after: only those created after the run with this id: the last one of the page before.

        Raises:
            NoSuchRunError: there is no run with the id `after`.
            ValueError: `status` is none.
        """
        ...

    def due(self, now: float, limit: int = 1000) -> Ids:
        """Return the ids of runs whose `wake_at` is not after `now`, the earliest first."""
        ...

    def next_wake(self) -> float | None:
        """Return the earliest `wake_at`, or None if no run has one."""
        ...

    def forget(self, run: str) -> bool:
        """Remove a run with its log and inbox; return False if it is not there.

        *Blocks until* that is on disk.
        """
        ...

    def retain(self, older_than: float) -> int:
        """Forget the finished runs whose `since` is before `older_than`; return how many.

        *Blocks until* that is on disk. Others write meanwhile: it is done in many small steps.
        """
        ...

    def close(self) -> None:
        """Write what is queued, and end. Does nothing if it is closed.

        *Blocks until* all is written.
        """
        ...
