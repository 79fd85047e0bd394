"""`ManualClock`: time that passes only when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from types import TracebackType
from typing import Any

from actors import clock
from actors.clock import TimeSource, checked_seconds
from actors.runtime.scheduler import Scheduler, scheduler_here
from actors.testing.quiet import let_run


class ManualTimer:
    """A timer of a `ManualClock`; what the scheduler stops when it is no longer needed."""

    __slots__ = ("callback", "due", "number")

    def __init__(self, due: float, number: int, callback: Callable[[], None]) -> None:
        """Take when it is due, its place among those due at the same time, and what it calls."""
        self.due = due
        self.number = number
        self.callback: Callable[[], None] | None = callback

    def stop(self) -> None:
        """Never fire."""
        self.callback = None

    def close(self) -> None:
        """Have nothing to release."""

    def __lt__(self, other: ManualTimer) -> bool:
        """Order by time, then by age."""
        return (self.due, self.number) < (other.due, other.number)


class ManualClock:
    """A context manager under which this thread's timers fire, and the process's clock moves, only in `advance`.

    That is every wait of the runtime: the limits of receive and ask, sleeps, deadlines, shutdown times. What uses
    gevent or `time` directly is not affected. Timers that were started before the block keep to real time; those that
    are pending when it is left never fire.
    """

    def __init__(self, start: float = 0.0) -> None:
        """Take the time it shows first, in seconds since the epoch."""
        self._start = start
        self._elapsed = 0.0
        self._base = clock.SYSTEM.monotonic()
        self._timers: list[ManualTimer] = []
        self._numbers = count()
        self._scheduler: Scheduler | None = None
        self._previous_source: TimeSource = clock.SYSTEM
        self._previous_timer: Any = None

    def __enter__(self) -> ManualClock:
        """Put time under this clock.

        Raises:
            RuntimeError: this very clock is already in place.
        """
        if self._scheduler is not None:
            raise RuntimeError("this clock is already in place; make another one")
        self._scheduler = scheduler = scheduler_here()
        self._previous_timer = scheduler.start_timer
        scheduler.start_timer = self.start_timer
        self._previous_source = clock.install(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Put back what was there."""
        if self._scheduler is not None:
            self._scheduler.start_timer = self._previous_timer
            clock.install(self._previous_source)
            self._scheduler = None

    def now(self) -> float:
        """Return seconds since the epoch, as this clock has it."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Return seconds that never go back; they go on from the machine's."""
        return self._base + self._elapsed

    @property
    def pending(self) -> list[float]:
        """In how many seconds each timer is due, soonest first."""
        return [timer.due - self._elapsed for timer in sorted(self._timers) if timer.callback is not None]

    def start_timer(self, seconds: float, callback: Callable[[], None]) -> ManualTimer:
        """Call `callback()` in the hub once that much time has passed; what the scheduler calls."""
        timer = ManualTimer(self._elapsed + seconds, next(self._numbers), callback)
        heappush(self._timers, timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass: fire, in order, every timer that is due by then, also those started on the way.

        *Blocks until* every greenlet of this thread is blocked; so it does before each timer and at the end. It does not
        wait for ever for an actor that never blocks: see `let_run`. 0 fires what is due now.

        Raises:
            ValueError: `seconds` is negative.
            TypeError: it is not a number.
            RuntimeError: the clock is not in place.
            TimeoutError: native work is still in flight after 5 seconds.
        """
        checked_seconds("seconds", seconds)
        if self._scheduler is None:
            raise RuntimeError("this clock is not in place; advance it inside `with ManualClock() as time:`")
        until = self._elapsed + seconds
        let_run()  # also: whoever waits has its timer now
        while self._timers and self._timers[0].due <= until:
            timer = heappop(self._timers)
            callback, timer.callback = timer.callback, None
            if callback is not None:
                self._elapsed = max(self._elapsed, timer.due)
                self._scheduler.loop.run_callback(callback)
                let_run()
        self._elapsed = until
