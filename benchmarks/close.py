"""`close()` with a hundred thousand suspended runners, until the last `finally` has run."""

from typing import Any

import gevent
from gevent.event import Event

from actors import AsyncComputation, Prompt, ask
from actors.runtime import close
from actors.testing import settle
from benchmarks.subject import AtMost, Cost, Subject, clock

RUNNERS = 100_000


class Left:
    """How many scopes were left."""

    def __init__(self) -> None:
        self.count = 0

    def waiting(self) -> None:
        try:
            ask(Prompt("name", "What is your name?"))
        finally:
            self.count += 1

    def blocked(self, event: Event) -> None:
        try:
            event.wait()
        finally:
            self.count += 1


def ours(n: int) -> float:
    """Close a runtime."""
    left = Left()
    runners = [AsyncComputation.start(left.waiting) for _ in range(n)]
    settle(None)
    assert all(runner.state == "suspended" for runner in runners)
    start = clock()
    killed = close(None)
    seconds = clock() - start
    assert (left.count, killed) == (n, [])
    return seconds * RUNNERS / n


def theirs(n: int) -> float:
    """Kill as many greenlets."""
    left = Left()
    event = Event()
    greenlets: list[Any] = [gevent.spawn(left.blocked, event) for _ in range(n)]
    gevent.sleep(0)
    start = clock()
    gevent.killall(greenlets)
    seconds = clock() - start
    assert left.count == n
    return seconds * RUNNERS / n


SUBJECT = Subject(
    name="close",
    works={"ours": ours, "baseline": theirs},
    target=AtMost(3000, 3000),
    count=RUNNERS,
    quick=1_000,
    cost=Cost.LATENESS,
    separate=True,
)
