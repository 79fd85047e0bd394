"""The loop and hub of a simulation: callbacks, and timers in virtual time; nothing of the real world.

gevent's own sleeps, timeouts, locks, queues and greenlets work on them, since they need no more than these two.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, NoReturn, cast

from gevent.hub import Hub

from actors.exits import ActorsError

START = 946_684_800.0  # the epoch of every simulation: the first of January 2000

_MEANS = {
    "async_": "a result from another thread",
    "child": "a child process",
    "idle": "the loop's being idle (settle, gevent.idle)",
    "io": "a socket or a file",
    "signal": "a signal of the operating system",
    "stat": "a change of a file",
    "threadpool": "gevent's thread pool (offload)",
    "resolver": "a name server",
}


class UnsimulatedError(ActorsError, RuntimeError):
    """The program waits for the real world, which a simulation has no part of."""

    def __init__(self, what: str) -> None:
        """Take the name of the attribute of loop or hub that was asked for."""
        super().__init__(
            f"a simulated program waits for {_MEANS.get(what, what)} ({what}), which no seed can decide; "
            "replace what waits by an operation, and handle it with a fake in the simulation"
        )


class Callback:
    """A call that the loop will make, once."""

    __slots__ = ("args", "callback")

    def __init__(self, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Take what is called with what."""
        self.callback: Callable[..., Any] | None = callback
        self.args = args

    def stop(self) -> None:
        """Never call."""
        self.callback = None

    close = stop

    @property
    def pending(self) -> bool:
        """Whether the call is still to be made."""
        return self.callback is not None

    def __bool__(self) -> bool:
        """Be true as long as the call is still to be made."""
        return self.callback is not None

    def fire(self) -> None:
        """Call, unless stopped."""
        callback, self.callback = self.callback, None
        if callback is not None:
            callback(*self.args)


class VirtualTimer(Callback):
    """A timer in virtual time, with what gevent and the runtime use of one."""

    __slots__ = ("due", "loop", "number", "seconds")

    def __init__(self, loop: VirtualLoop, seconds: float) -> None:
        """Take its loop and after how many seconds it fires."""
        self.callback = None
        self.args = ()
        self.loop = loop
        self.seconds = max(0.0, seconds)
        self.due = 0.0
        self.number = 0

    def start(self, callback: Callable[..., Any], *args: Any, update: bool | None = None) -> None:
        """Call `callback(*args)` once the time has passed."""
        if self.number and self in self.loop.timers:  # started before; it may have been stopped
            self.loop.timers.remove(self)
            heapify(self.loop.timers)
        self.callback, self.args = callback, args
        self.loop.add(self)

    again = start

    @property
    def active(self) -> bool:
        """Whether it will fire."""
        return self.callback is not None

    def __enter__(self) -> VirtualTimer:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def __lt__(self, other: VirtualTimer) -> bool:
        """Order by time, then by age."""
        return (self.due, self.number) < (other.due, other.number)


class VirtualLoop:
    """Callbacks and timers; the clock of the simulation."""

    def __init__(self) -> None:
        """Begin at `START`."""
        self.elapsed = 0.0
        self.callbacks: deque[Callback] = deque()
        self.timers: list[VirtualTimer] = []
        self.refused: UnsimulatedError | None = None
        self._numbers = 0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return START + self.elapsed

    def monotonic(self) -> float:
        """Return seconds since the simulation began."""
        return self.elapsed

    def update_now(self) -> None:
        """Have nothing to update."""

    def run(self) -> NoReturn:
        """Exist, which is how gevent knows a loop."""
        raise NotImplementedError

    def run_callback(self, callback: Callable[..., Any], *args: Any) -> Callback:
        """Have a call made in the hub."""
        call = Callback(callback, args)
        self.callbacks.append(call)
        return call

    run_callback_threadsafe = run_callback

    def timer(self, seconds: float, repeat: float = 0.0, ref: bool = True, priority: object = None) -> VirtualTimer:
        """Return a timer that is not started.

        Raises:
            UnsimulatedError: it is to repeat.
        """
        if repeat:
            self.refuse("repeating timer")
        return VirtualTimer(self, seconds)

    def add(self, timer: VirtualTimer) -> None:
        """Start a timer."""
        self._numbers += 1
        timer.number = self._numbers
        timer.due = self.elapsed + timer.seconds
        heappush(self.timers, timer)

    def due_next(self) -> list[VirtualTimer]:
        """Return the timers that are due at the earliest time at which any is, oldest first."""
        while self.timers and self.timers[0].callback is None:
            heappop(self.timers)
        if not self.timers:
            return []
        due = self.timers[0].due
        return sorted(timer for timer in self.timers if timer.due == due and timer.callback is not None)

    def fire(self, timer: VirtualTimer) -> None:
        """Let time pass until a timer is due, and fire it."""
        self.elapsed = max(self.elapsed, timer.due)
        self.timers.remove(timer)
        heapify(self.timers)
        timer.fire()

    def refuse(self, what: str) -> NoReturn:
        """Refuse what is not simulated; the simulation fails by that whatever the program does with the error.

        Raises:
            UnsimulatedError: always.
        """
        self.refused = UnsimulatedError(what)
        raise self.refused

    def __getattr__(self, name: str) -> Any:
        """Refuse every other kind of watcher."""
        if name.startswith("_"):
            raise AttributeError(name)
        self.refuse(name)


class SimulatedHub(Hub):
    """A hub that runs a simulation instead of a loop of the operating system."""

    def __init__(self, loop: VirtualLoop, drive: Callable[[], None], lost: Callable[[BaseException], None]) -> None:
        """Take the loop, what to do when switched to first, and who hears of errors that nobody waits for."""
        super().__init__(cast(Any, loop))  # anything that has `run` is a loop to gevent
        self._virtual = loop
        self._drive = drive
        self._lost = lost

    def run(self) -> None:
        """Run the simulation; its end leads back to the caller."""
        self._drive()

    def handle_error(self, context: Any, type: Any, value: Any, tb: Any) -> None:  # noqa: A002  gevent's names
        """Take an error that ended a greenlet of gevent's."""
        awaited = hasattr(context, "has_links") and context.has_links()
        if not awaited and not issubclass(type, self.NOT_ERROR):
            self._lost(value if isinstance(value, BaseException) else type(value))

    @property
    def threadpool(self) -> Any:  # type: ignore[override]  # settable in the stubs  # pyright: ignore[reportIncompatibleVariableOverride]
        """Refuse.

        Raises:
            UnsimulatedError: always.
        """
        return self._virtual.refuse("threadpool")

    @property
    def resolver(self) -> Any:  # type: ignore[override]  # as above  # pyright: ignore[reportIncompatibleVariableOverride]
        """Refuse.

        Raises:
            UnsimulatedError: always.
        """
        return self._virtual.refuse("resolver")
