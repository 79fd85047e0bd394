"""What the tests of durable runs share: the world that external operations change, and the death of a process."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from actors import receive
from actors.durable import (
    DurableRuns,
    EntryRow,
    MemoryStore,
    RunRow,
    SqliteStore,
    Store,
    StoreUnavailableError,
    current_operation,
)
from actors.durable.appends import Append
from actors.effects import operation
from actors.testing import settle
from actors.testing.quiet import NATIVE_WORK

__all__ = ["WORLDS", "Mortal", "World", "deed", "drained", "rewritten", "store_of"]


class World:
    """What is outside: it remembers what was done to it, and does the same for the same key once only."""

    def __init__(self) -> None:
        self.done: dict[str, str] = {}  # by key
        self.begun: Counter[str] = Counter()
        self.opened: list[DurableRuns] = []

    def do(self, what: str) -> str:
        """Do something, and return what comes of it."""
        key = current_operation().key
        self.begun[key] += 1
        return self.done.setdefault(key, f"{what} {len(self.done)}")

    def reset(self) -> None:
        """Be as if nothing had been done."""
        self.done.clear()
        self.begun.clear()

    @property
    def deeds(self) -> list[str]:
        """What was done, in order."""
        return list(self.done.values())

    @property
    def deeds_by_name(self) -> list[str]:
        """What was done, without the order."""
        return [deed.rsplit(" ", 1)[0] for deed in self.done.values()]

    @property
    def repeated(self) -> int:
        """How often something was done again."""
        return sum(self.begun.values()) - len(self.begun)

    def open(
        self, store: Any, computations: Iterable[Callable[..., Any]] | Mapping[str, Any], **options: Any
    ) -> DurableRuns:
        """Open runs that are closed after the test."""
        options.setdefault("poll", 60.0)
        runs = DurableRuns(store, computations, **options)
        self.opened.append(runs)
        return runs

    def die(self, runs: DurableRuns) -> None:
        """Have a process die: what it has not written is lost, and nothing that it still does counts."""
        for run in runs.live():
            assert run.log is not None
            run.log.rows.clear()
            run.log.changes.clear()
        runs.close()
        settle()
        drained()


@contextmanager
def store_of(kind: str, path: Path) -> Generator[Store]:
    """A new store, "memory" or "sqlite"; `settle` waits until it has written what was queued."""
    if kind == "memory":
        yield MemoryStore()
        return
    with SqliteStore(path) as made:
        writer = made._writer  # pyright: ignore[reportPrivateUsage]

        def queued() -> int:
            return len(writer.jobs) + len(writer.batch)

        NATIVE_WORK.add(queued)
        yield made
        NATIVE_WORK.remove(queued)


class Mortal:
    """A store whose process dies when it is to write for the nth time, above one that stays; as `Dying`, of any kind."""

    def __init__(self, kept: Store, writes: int) -> None:
        self.kept = kept
        self.left = writes

    @property
    def dead(self) -> bool:
        return self.left < 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kept, name)

    def create(self, run: RunRow, entries: Sequence[EntryRow] = ()) -> None:
        self.left -= 1
        if self.dead:
            raise StoreUnavailableError("the disk", "the process has died", lasting=True)
        self.kept.create(run, entries)

    def append(self, run: str, entries: Sequence[EntryRow] = (), changes: Any = None, **options: Any) -> Append:
        self.left -= 1
        if not self.dead:
            return self.kept.append(run, entries, changes, **options)
        lost = Append(run, entries, changes, options["fence"])
        lost.error = StoreUnavailableError("the disk", "the process has died", lasting=True)
        lost.done = True
        return lost


WORLDS: list[World] = []  # that of the test, for operations, which are functions of a module


@operation
def deed(what: str) -> str:
    """Do something to the world."""
    return WORLDS[0].do(what)


def rewritten(store: Store, run: str, length: int | None = None, **columns: Any) -> None:
    """Have a store hold what a process left that died earlier: the first entries of a run, other columns in its row."""
    stored = store.load(run)
    assert stored is not None
    entries = stored.entries[:length]
    first = stored.run.next_seq - len(stored.entries)
    store.forget(run)
    store.create(stored.run._replace(next_seq=first + len(entries), **columns), entries)


def drained() -> list[Any]:
    """Take what is in the mailbox."""
    taken: list[Any] = []
    while True:
        try:
            taken.append(receive(0))
        except TimeoutError:
            return taken
