"""The background thread: a native thread whose hub runs actors for plain threads, WSGI workers and asyncio programs.

There is one a process, started when it is first asked for. It is a daemon of its own making, since `threading` would wait
for it before anybody could close it; instead it is closed when the interpreter exits.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from typing import Any

from gevent.monkey import get_original

from actors import telemetry
from actors.clock import checked_seconds
from actors.runtime.actor import READY, Actor, ActorRef
from actors.runtime.closing import LOOK, close, desert, end_all
from actors.runtime.current import current_actor
from actors.runtime.ending import end
from actors.runtime.figures import Statistics, statistics
from actors.runtime.inbox import ClosedError
from actors.runtime.loops import DozingLoop
from actors.runtime.remote import remotely
from actors.runtime.scheduler import Scheduler, all_schedulers, get_ident, scheduler_here

allocate_lock: Callable[[], Any] = get_original("_thread", "allocate_lock")
start_new_thread: Callable[..., int] = get_original("_thread", "start_new_thread")

STOP = "the end of the background thread"  # what its main greenlet waits for


class BackgroundThread:
    """A native thread that runs actors; made by `background`, given to `on=`."""

    __slots__ = ("_main", "_scheduler", "_started", "closed", "ended")

    def __init__(self) -> None:
        """Start the thread, and wait until it is ready."""
        self.closed = False
        self.ended = False
        self._scheduler: Scheduler | None = None
        self._main: Actor | None = None
        self._started = allocate_lock()
        self._started.acquire()
        start_new_thread(self._run, ())
        self._started.acquire()
        scheduler_here().inbox.watch()  # for those who waited here before there was another thread

    @property
    def scheduler(self) -> Scheduler:
        """Its scheduler, for the machine room.

        Raises:
            ClosedError: it was closed.
        """
        if self.closed or self._scheduler is None:
            raise ClosedError
        return self._scheduler

    def statistics(self) -> Statistics:
        """Return its numbers, as `statistics()` does those of the calling thread.

        *Blocks until* the thread has counted.

        Raises:
            ClosedError: it was closed.
        """
        found: Statistics = remotely(self.scheduler, statistics)
        return found

    def close(self, timeout: float | None = 5.0) -> list[ActorRef]:
        """End every actor of this thread in order, then the thread; return the actors that had to be killed.

        Nothing new can be started there from the moment this is called. Of several who close it, all wait.

        *Blocks until* the thread has ended: at most `timeout` seconds, and one more for actors that were killed.

        Args:
            timeout: seconds before what is left is killed; None for no limit.

        Raises:
            RuntimeError: called in an actor of this thread.
            ValueError: `timeout` is negative.
        """
        checked_seconds("timeout", timeout)
        scheduler = self._scheduler
        assert scheduler is not None
        if scheduler.thread == get_ident():
            raise RuntimeError("an actor cannot close the thread that it runs on; close it from another thread")
        killed: list[ActorRef] = []
        me = current_actor()
        while not self.ended:
            if self._is_first_to_close():
                killed = self._end_all(scheduler, timeout)
            me.scheduler.wait(me, STOP, LOOK)
        return killed

    def _is_first_to_close(self) -> bool:
        with _process.lock:
            first, self.closed = not self.closed, True
        return first

    def _end_all(self, scheduler: Scheduler, timeout: float | None) -> list[ActorRef]:
        try:
            killed: list[ActorRef] = remotely(scheduler, _end_all, timeout)
        except BaseException:
            self.closed = False  # it was interrupted, and may be closed again
            raise
        scheduler.inbox.post(self._stop)
        return killed

    def _run(self) -> None:
        """Be the thread."""
        scheduler = self._scheduler = scheduler_here()
        scheduler.dozes = isinstance(scheduler.loop, DozingLoop)
        me = current_actor()
        self._main = me
        self._started.release()
        try:
            while self._main is not None:  # pyright: ignore[reportUnnecessaryComparison]  # `_stop` takes it away
                try:
                    scheduler.wait(me, STOP)
                except BaseException as error:  # SystemExit in an actor, whose owner has it: it ends no other
                    telemetry.report("error", "background thread", error=error, exc_info=error)
        finally:
            scheduler.dozes = False
            end(scheduler)
            self.ended = True

    def _stop(self) -> None:
        """Have the thread end; in its hub."""
        me, self._main = self._main, None
        if me is not None and me.activity != READY:
            me.scheduler.wake(me, None)

    def __repr__(self) -> str:
        """Tell whether it was closed."""
        return f"<BackgroundThread{' closed' if self.closed else ''}>"


def _end_all(timeout: float | None) -> list[ActorRef]:
    return end_all(current_actor(), timeout)


class _Process:
    """The background thread of this process, and the lock under which it is looked for."""

    __slots__ = ("lock", "thread")

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.thread: BackgroundThread | None = None


_process = _Process()


def background() -> BackgroundThread:
    """Return the background thread, started now if none runs.

    For `spawn(…, on=background())`, `AsyncComputation.start(…, on=background())` and `Server.start(…, on=background())`:
    what is started there runs whatever the starting thread does, until it is over, its owner ends, or the thread is closed;
    at the exit of the interpreter it is closed by itself, with `timeout=5.0`.

    *Blocks until* a new thread is ready, some milliseconds.
    """
    with _process.lock:
        if _process.thread is None or _process.thread.closed:
            _process.thread = BackgroundThread()
        return _process.thread


def _close_at_exit() -> None:
    """Leave every scope before the interpreter goes: of the background thread, then of the main one."""
    if _process.thread is not None:
        _process.thread.close()
    close()


def _after_fork() -> None:
    """In the child there is only the thread that forked: what the others ran is gone."""
    _process.lock = allocate_lock()
    if _process.thread is not None:
        _process.thread.closed = _process.thread.ended = True
        _process.thread = None
    here = get_ident()
    for scheduler in all_schedulers():
        if scheduler.thread != here:
            desert(scheduler)


atexit.register(_close_at_exit)
os.register_at_fork(after_in_child=_after_fork)
