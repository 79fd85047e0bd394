"""What the tests of durable runs share: the world that external operations change, and the death of a process."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from actors import receive
from actors.durable import DurableRuns, EntryRow, MemoryStore, Store, current_operation
from actors.durable.appends import Append
from actors.durable.store import Changes
from actors.durable.store_faults import StoreUnavailableError
from actors.testing import settle


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
        self, store: Store, computations: Iterable[Callable[..., Any]] | Mapping[str, Any], **options: Any
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


def drained() -> list[Any]:
    """Take what is in the mailbox."""
    taken: list[Any] = []
    while True:
        try:
            taken.append(receive(0))
        except TimeoutError:
            return taken


class Dying(MemoryStore):
    """A store whose process dies at the nth thing that it is to write; what was written is in `kept`."""

    def __init__(self, kept: MemoryStore, writes: int) -> None:
        super().__init__()
        self.kept = kept
        self.left = writes
        self._runs = kept._runs  # pyright: ignore[reportPrivateUsage]

    @property
    def dead(self) -> bool:
        return self.left < 0

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
        self.left -= 1
        if not self.dead:
            return super().append(run, entries, changes, fence=fence, taken=taken, cut=cut)
        lost = Append(run, entries, changes, fence)
        lost.error = StoreUnavailableError("memory", "the process has died", lasting=True)
        lost.done = True
        return lost
