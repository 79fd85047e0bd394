"""The memory of a suspended runner: what the resident set grows by, divided by how many there are.

Bare, and under the handler stack of the example: a reader, a state, collected events and a replaced operation. Each
work has a process of its own, since freed pages seldom go back.
"""

import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from actors import AsyncComputation, Cancelled, Prompt, Suspend, ask, handling, operation, receive
from actors.effects import events, reader, state
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import AtMost, Cost, Subject, Target, Work

BATCH = 100
WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Tenant:
    """The configuration that the reader holds."""

    name: str


@operation
def create_user(name: str) -> str:
    """The operation that the stack replaces."""
    return f"user {name}"


def fake_user(name: str) -> str:
    """Stand in for `create_user`."""
    return f"fake {name}"


@contextmanager
def stack() -> Generator[None]:
    """The example's handler stack: four handlers."""
    with reader.reading(Tenant("t1")), state.holding(0), events.collected(), handling(create_user, fake_user):
        yield


def waiting() -> str:
    """Ask, and wait for the answer."""
    return ask(Prompt("name", "What is your name?"))


def baseline_waiting() -> str:
    """Ask, and wait for the answer."""
    return str(baseline.ask("name"))


def resident() -> int:
    """Return the resident set of this process, in bytes."""
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def bare(n: int) -> float:
    """Measure runners without handlers of their own."""
    return _ours(n, lambda: AsyncComputation.start(waiting))


def stacked(n: int) -> float:
    """Measure runners under the handler stack."""
    return _ours(n, lambda: AsyncComputation.start(waiting, handlers=stack))


def _ours(n: int, start: Callable[[], AsyncComputation[str]]) -> float:
    def suspended(count: int) -> list[AsyncComputation[str]]:
        runners: list[AsyncComputation[str]] = []
        for _ in range(0, count, BATCH):
            runners += [start() for _ in range(min(BATCH, count - len(runners)))]
            assert all(isinstance(receive().outcome, Suspend) for _ in range(len(runners) % BATCH or BATCH))
        return runners

    def owner() -> float:
        warm = suspended(WARM_UP)
        before = resident()
        runners = suspended(n)
        after = resident()
        for runner in [*warm, *runners]:
            runner.cancel()
        assert all(isinstance(receive().outcome, Cancelled) for _ in range(WARM_UP + n))
        return (after - before) / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Measure the baseline's runners; it has no handlers to put them under."""

    def suspended(count: int) -> list[baseline.Actor]:
        runners: list[baseline.Actor] = []
        for _ in range(0, count, BATCH):
            runners += [baseline.spawn(baseline_waiting) for _ in range(min(BATCH, count - len(runners)))]
            messages = [baseline.receive() for _ in range(len(runners) % BATCH or BATCH)]
            assert all(isinstance(message[1], baseline.Suspend) for message in messages)
        return runners

    def owner() -> float:
        warm = suspended(WARM_UP)
        before = resident()
        runners = suspended(n)
        after = resident()
        for runner in [*warm, *runners]:
            baseline.cancel(runner)
        assert all(isinstance(baseline.receive()[1], baseline.Cancelled) for _ in range(WARM_UP + n))
        return (after - before) / n

    return float(baseline.run(owner))


def _subject(name: str, count: int, target: Target, works: dict[str, Work]) -> Subject:
    return Subject(name=name, works=works, target=target, count=count, quick=500, cost=Cost.MEMORY, separate=True)


SUBJECTS: tuple[Subject, ...] = (
    _subject("memory_bare_10k", 10_000, AtMost(8, 8), {"ours": bare, "baseline": theirs}),
    _subject("memory_bare_100k", 100_000, AtMost(8, 8), {"ours": bare}),
    _subject("memory_stack_10k", 10_000, AtMost(11, 11), {"ours": stacked, "baseline": theirs}),
    _subject("memory_stack_100k", 100_000, AtMost(11, 11), {"ours": stacked}),
)
