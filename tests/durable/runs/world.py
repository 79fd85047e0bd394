"""What the tests of durable runs share: the world that external operations change, and the death of a process."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from actors import receive
from actors.durable import DurableRuns, Store, current_operation
from actors.testing import settle
from actors.testing.crashing import Dying

__all__ = ["Dying", "World", "drained"]


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
