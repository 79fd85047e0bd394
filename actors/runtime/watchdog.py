"""The watchdog: names what holds a thread without letting its hub run.

A greenlet that never switches defeats every timeout of its thread. A plain thread of the watchdog's own looks at each
scheduler's hub now and then: if its loop has not gone round since the last look, and it is not the hub itself that waits
for something to do, whatever runs there holds the thread. Switches pay nothing: only what is there anyway is read.

Interrupting is up to whoever asks for it, and only reaches Python code of an actor: code in C that never returns cannot
be interrupted, the hub and greenlets that the runtime did not start are left alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import compress, repeat
from operator import attrgetter, eq, methodcaller
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import gevent
from gevent.monkey import get_original

from actors import telemetry
from actors.clock import FOREVER, SYSTEM, checked_seconds
from actors.exits import ActorsError
from actors.runtime import scheduler as schedulers
from actors.runtime.actor import Actor
from actors.runtime.farewell import shown
from actors.runtime.scheduler import Scheduler
from actors.runtime.worker import Worker

_start_thread: Callable[..., int] = get_original("_thread", "start_new_thread")
_current_frames = sys._current_frames  # pyright: ignore[reportPrivateUsage]  # documented, in spite of its name
_lock: Callable[[], Any] = get_original("_thread", "allocate_lock")

LOOKS = 4  # looks in the time after which a hold is reported
NOT_TO_BE_INTERRUPTED = (str(Path(__file__).parents[1]), str(Path(gevent.__file__).parent))


class ThreadHeldError(ActorsError, RuntimeError):
    """Raised by the watchdog, where it was asked to interrupt, inside an actor that held its thread for too long."""

    def __init__(self) -> None:
        """Need nothing: the event "thread held" has the seconds and the stack."""
        super().__init__(
            "the actor ran for too long without letting others run and was interrupted by the watchdog; "
            "call give_way() in long loops, or do such work in a thread"
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thread is: a function, its file and line, and the stack, innermost last."""

    function: str
    file: str
    line: int
    stack: tuple[str, ...]


class Hold:
    """What one thread was doing at the last look."""

    __slots__ = ("interrupted", "mark", "reported", "since")

    def __init__(self, mark: object, since: float) -> None:
        """Take what stays the same as long as nothing else runs, and the time."""
        self.mark = mark
        self.since = since
        self.reported = 0.0  # seconds at which it was last reported
        self.interrupted = 0.0


class Watchdog:
    """Looks at every scheduler's thread; `with` or `stop()` ends it."""

    def __init__(self, seconds: float = 1.0, interrupt: float | None = None) -> None:
        """Take after how many seconds a hold is reported, and after how many the actor is interrupted (None: never).

        Raises:
            ValueError: a time is not positive.
            TypeError: a time is not a number.
        """
        for name, value in (("seconds", seconds), ("interrupt", interrupt)):
            checked_seconds(name, value)
            if value == 0:
                raise ValueError(f"{name}=0 would report every step; give a time above 0")
        self.seconds = seconds
        self.interrupt = interrupt
        self._holds: dict[int, Hold] = {}
        self._stopped = _lock()
        self._stopped.acquire()
        self._ended = _lock()

    @property
    def alive(self) -> bool:
        """Whether its thread looks."""
        return bool(self._ended.locked() and self._stopped.locked())

    def start(self) -> Watchdog:
        """Begin to look, in a thread of its own."""
        self._ended.acquire()
        _looking.add(self)
        _start_thread(self._run, ())
        return self

    def stop(self) -> None:
        """Look no more. *Blocks until* the look under way is over, but does not wait for a subscriber that blocks."""
        if self._stopped.locked():
            self._stopped.release()
            if self._ended.acquire(True, 1.0):
                self._ended.release()

    def __enter__(self) -> Watchdog:
        """Watch for the length of the block; it was started already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Look no more."""
        self.stop()

    def _run(self) -> None:
        try:
            while not self._stopped.acquire(True, min(self.seconds / LOOKS, FOREVER)):
                self.look(SYSTEM.monotonic())
        finally:
            _looking.discard(self)
            self._ended.release()

    def lose_thread(self) -> None:
        """Its thread is not in this process: be stopped."""
        self._stopped = _lock()
        self._ended = _lock()

    def look(self, now: float) -> None:
        """Look at every thread once; `now` is in seconds that never go back."""
        frames = _current_frames()
        here = schedulers.get_ident()  # a number that belonged to a thread with a scheduler may be ours now
        for thread, scheduler in list(schedulers._schedulers.items()):  # pyright: ignore[reportPrivateUsage]
            frame = frames.get(thread)
            if frame is None or thread == here or scheduler.inbox.sleeper is not None or is_idle(frame):
                self._holds.pop(thread, None)
            else:
                self._look_at(scheduler, frame, now)

    def _look_at(self, scheduler: Scheduler, frame: FrameType, now: float) -> None:
        worker = running(scheduler)
        actor = worker.actor if worker is not None else None
        mark = (actor, scheduler.hub.loop.iteration, scheduler.budget)
        hold = self._holds.get(scheduler.thread)
        if hold is None or hold.mark != mark:
            self._holds[scheduler.thread] = Hold(mark, now)
            return
        seconds = now - hold.since
        if seconds >= max(self.seconds, 2 * hold.reported):
            hold.reported = seconds
            report(scheduler.thread, actor, seconds, place_of(frame))
        if worker is None or actor is None or self.interrupt is None or seconds < self.interrupt + hold.interrupted:
            return
        if interrupt(worker, actor, scheduler.thread):
            hold.interrupted = seconds


def watchdog(seconds: float = 1.0, *, interrupt: float | None = None) -> Watchdog:
    """Have a thread of its own watch that no actor holds its thread, until `stop()` or the end of a `with` block.

    A hold is reported by the telemetry event "thread held" (actor, function, file, line, seconds, stack, thread) and a
    line of the log: once it lasts `seconds`, and again each time it has doubled. Subscribers run in the watchdog's thread.

    In the child of a fork it is stopped, since only the thread that forked is there; start another one if need be.

    Args:
        seconds: of holding until it is reported; it may take a quarter longer.
        interrupt: seconds of holding until `ThreadHeldError` is raised in the actor that holds; None for never. It may
            hit any line of the actor's own code, as `KeyboardInterrupt` may; never the library's, nor another actor.

    Raises:
        ValueError: a time is not positive.
        TypeError: a time is not a number.
    """
    return Watchdog(seconds, interrupt).start()


def running(scheduler: Scheduler) -> Worker | None:
    """Return the worker that runs in a scheduler's thread: the one that is bound and has no suspended frame."""
    for worker in tuple(scheduler.workers):
        if worker.actor is not None and worker.gr_frame is None and worker:
            return worker
    return None


def is_idle(frame: FrameType) -> bool:
    """Tell whether a thread is in its hub, which runs nothing of anybody's."""
    inner: str = frame.f_globals.get("__name__", "")
    while frame.f_back is not None:
        frame = frame.f_back
    return inner.startswith("gevent.") and frame.f_code.co_name == "run" and frame.f_globals.get("__name__") == "gevent.hub"


def place_of(frame: FrameType) -> Place:
    """Return where a frame is, in words."""
    code, line = frame.f_code, frame.f_lineno
    stack: list[str] = []
    at: FrameType | None = frame
    while at is not None:
        stack.append(f"{at.f_code.co_filename}:{at.f_lineno} in {at.f_code.co_qualname}")
        at = at.f_back
    return Place(code.co_qualname, code.co_filename, line, tuple(reversed(stack)))


def report(thread: int, actor: Actor | None, seconds: float, place: Place) -> None:
    """Report a hold."""
    data: Mapping[str, Any] = {
        "actor": None if actor is None else shown(actor),
        "function": place.function,
        "file": place.file,
        "line": place.line,
        "seconds": round(seconds, 3),
        "stack": place.stack,
        "thread": thread,
    }
    telemetry.report("warning", "thread held", **data)


_who = attrgetter("actor", "gr_frame")
_file = attrgetter("f_code.co_filename")
_call = methodcaller("__call__")
_in_library = methodcaller("startswith", NOT_TO_BE_INTERRUPTED)


def interrupt(worker: Worker, actor: Actor, thread: int) -> bool:
    """Raise `ThreadHeldError` in an actor if it still runs, and runs code that is not the library's; tell whether.

    Looking and raising must be one step, or another actor could be hit. It is one chain of iterators written in C, in
    which nothing gives up the interpreter lock: a thread that waits for the lock in Python code raises as soon as it
    gets it, before its next instruction.
    """
    from ctypes import c_ulong, py_object, pythonapi  # noqa: PLC0415  only for those who interrupt

    raise_in = pythonapi.PyThreadState_SetAsyncExc
    number, error = c_ulong(thread), py_object(ThreadHeldError)
    frames = map(methodcaller("get", thread), map(_call, repeat(_current_frames, 1)))
    outside = map(eq, map(_in_library, map(_file, frames)), repeat(False))
    holds = map(eq, map(_who, repeat(worker, 1)), repeat((actor, None)))
    done = list(map(raise_in, compress(compress(repeat(number, 1), holds), outside), repeat(error)))
    return bool(done) and done[0] == 1


_call = methodcaller("__call__")

_looking: set[Watchdog] = set()  # those with a thread in this process


def _after_fork() -> None:
    """Only the thread that forked is in the child."""
    while _looking:
        _looking.pop().lose_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
