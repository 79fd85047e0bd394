"""What the subjects of supervision share: how they are told and logged, the children, and the opponent's supervisor.

Logging is filtered as in a program that logs errors only to a file elsewhere: nothing is written. Telemetry is on: a
subscriber counts every event, on our side alone.
"""

import logging
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Any, cast

import structlog
from gevent import Greenlet, get_hub
from gevent.queue import SimpleQueue

from actors import receive, spawn, telemetry
from actors.runtime import ActorRef
from benchmarks.inside import in_actor
from supervisors import ChildSpec, Intensity

UNLIMITED = Intensity(restarts=1_000_000_000, seconds=5.0)
SIBLINGS = 10_000


class ToldError(Exception):
    """What a child crashes with."""


class Counted:
    """A subscriber that counts the events of telemetry."""

    def __init__(self) -> None:
        self.events = 0

    def __call__(self, _: str, __: object) -> None:
        self.events += 1


@contextmanager
def observed() -> Generator[Counted]:
    """Count what telemetry tells within the block, and have no line of the log written."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=True
    )
    counted = Counted()
    stop = telemetry.subscribe(counted)
    try:
        yield counted
    finally:
        stop()
        structlog.configure(**before)


def supervised(body: Callable[[], float]) -> float:
    """Run `body` in an actor of its own, observed, and return what it returns. Blocks until then."""
    with observed():
        return in_actor(body)


def idle() -> None:
    """Be a child that waits for a message, and then ends."""
    receive()


def idlers(count: int) -> list[ChildSpec[ActorRef]]:
    """Return the specs of children that only wait."""
    start = partial(spawn, idle)
    return [ChildSpec(number, start) for number in range(count)]


class Supervisor(Greenlet):  # type: ignore[type-arg]  # not subscriptable at run time
    """One for one, as one writes it in idiomatic gevent: children are linked, and their ends come in a queue."""

    def __init__(self, starts: list[Callable[[], Any]], intensity: Intensity = UNLIMITED) -> None:
        """Take what starts each child."""
        Greenlet.__init__(self)  # pyright: ignore[reportUnknownMemberType]  # the stub is generic, see above
        self.starts = starts
        self.intensity = intensity
        self.times: deque[float] = deque()
        self.ended: SimpleQueue[Any] = SimpleQueue()
        self.children: dict[Any, Callable[[], Any]] = {}

    def start_child(self, start: Callable[[], Any]) -> None:
        """Start a child, and hear of its end."""
        child = start()
        self.children[child] = start
        child.link(self.ended.put)

    def admit(self, now: float) -> bool:
        """Tell whether one more restart is allowed."""
        while self.times and self.times[0] <= now - self.intensity.seconds:
            self.times.popleft()
        self.times.append(now)
        return len(self.times) <= self.intensity.restarts

    def _run(self) -> None:
        for start in self.starts:
            self.start_child(start)
        while True:
            start = self.children.pop(self.ended.get())
            if not self.admit(monotonic()):
                raise RuntimeError("too many restarts")
            self.start_child(start)


@contextmanager
def unreported() -> Generator[None]:
    """Have gevent print no traceback of a `ToldError`: its log is filtered too."""
    hub: Any = get_hub()
    before = cast(tuple[type[BaseException], ...], hub.NOT_ERROR)
    hub.NOT_ERROR = (*before, ToldError)
    try:
        yield
    finally:
        hub.NOT_ERROR = before
