"""Ten thousand actors spawned at once and ended, with warm workers: from the first spawn until all have ended."""

from typing import Any

import gevent

from actors import receive, spawn
from benchmarks.inside import in_actor
from benchmarks.subject import AtMost, Cost, Subject, clock

BATCH = 10_000


class Count:
    """How many have run."""

    def __init__(self) -> None:
        self.ran = 0

    def one(self) -> None:
        self.ran += 1


def ours(n: int) -> float:
    """Spawn, linked as always; the last one, which runs last, is watched."""

    def owner() -> float:
        seconds = 0.0
        for turn in range(2):  # the first warms up
            counted = Count()
            start = clock()
            for _ in range(n - 1):
                spawn(counted.one)
            spawn(counted.one, monitor=True)
            receive()
            seconds = clock() - start
            assert counted.ran == n, turn
        return seconds * BATCH / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Spawn greenlets and join them; greenlets are never warm."""
    counted = Count()
    start = clock()
    greenlets: list[Any] = [gevent.spawn(counted.one) for _ in range(n)]
    gevent.joinall(greenlets)
    seconds = clock() - start
    assert counted.ran == n
    return seconds * BATCH / n


SUBJECT = Subject(
    name="warm_spawn",
    works={"ours": ours, "baseline": theirs},
    target=AtMost(15, 15),
    count=BATCH,
    quick=1_000,
    cost=Cost.LATENESS,
)
