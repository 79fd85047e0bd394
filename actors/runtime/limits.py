"""Time limits of waits, lazily armed: the part of the scheduler that knows timers.

A quick answer pays 30 ns for its timeout instead of 1.3 µs, because a timer is made only for those who still wait when
control reaches the hub.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from actors.exits import ActorsError
from actors.runtime.timers import Line, start_in_line
from actors.runtime.turns import Turns

LISTED: Final[Any] = object()  # stands for the timer of a waiter that is on the list of those without one

MAPS = Path("/proc/sys/vm/max_map_count")


class TooManyActorsError(ActorsError, RuntimeError):
    """An actor could not begin, because as many as the limit allows are alive."""

    def __init__(self, limit: int) -> None:
        """Take the limit."""
        super().__init__(
            f"{limit} actors are alive, which is the limit; let some end before you start more, "
            "or raise it: set_limits(max_actors=…), and the kernel's vm.max_map_count with it"
        )
        self.limit = limit


def most_actors(maps: Path = MAPS) -> int | None:
    """Return how many actors the kernel has memory maps for; None where it tells no limit.

    A greenlet has one map, which merges with its neighbours: 20,000 that live side by side take 5. When every other one
    ends, half as many maps as there were greenlets are left: hence two a map, of nine tenths of the maps.

    Source: counting the lines of /proc/self/maps on CPython 3.11, greenlet 3.5.
    """
    try:
        return 2 * (int(maps.read_text(encoding="ascii")) * 9 // 10)
    except (OSError, ValueError):
        return None


class ProcessLimits:
    """The limits that all threads share."""

    __slots__ = ("max_actors",)

    def __init__(self) -> None:
        """Begin with what the kernel allows."""
        self.max_actors = most_actors()


PROCESS: Final = ProcessLimits()


class TimeLimits(Turns):
    """Who waits with a time limit, and the timers of those who have one."""

    __slots__ = ("lines", "loop", "start_timer", "unarmed")

    lines: dict[float, Line]
    loop: Any
    start_timer: Callable[[float, Callable[[], None]], Any]
    unarmed: list[Any]

    def limit(self, waiter: Any, seconds: float) -> None:
        """Give a wait a time limit. The timer is made only if control reaches the hub before the wait is over."""
        waiter.timeout = seconds
        if waiter.timer is None:
            waiter.timer = LISTED
            self.unarmed.append(waiter)
        if not self.active:
            self.kick()

    def unlimit(self, waiter: Any) -> None:
        """The wait is over: take its time limit back.

        A waiter that is on the list stays there until control reaches the hub: its next wait is spared the listing.
        """
        waiter.timeout = None
        timer = waiter.timer
        if timer is not None and timer is not LISTED:
            waiter.timer = None
            self.stop_timer(timer)

    def arm(self) -> None:
        """Make the timers of those still waiting; in the hub."""
        waiters, self.unarmed = self.unarmed, []
        for waiter in waiters:
            timeout = waiter.timeout
            waiter.timer = None if timeout is None else self.start_timer(timeout, waiter.timed_out)

    def hub_timer(self, seconds: float, callback: Callable[[], None]) -> Any:
        """Start a timer, in the line of those that are as long; one of the hub's loop serves them all."""
        return start_in_line(self.lines, self.loop, seconds, callback)

    def single_timer(self, seconds: float, callback: Callable[[], None]) -> Any:
        """Start a timer of the hub's loop that serves nobody else: where the loop chooses among those that are due."""
        timer = self.loop.timer(seconds)
        timer.start(callback)
        return timer

    def stop_timer(self, timer: Any) -> None:
        """Stop a timer that `start_timer` returned."""
        timer.stop()
        timer.close()
