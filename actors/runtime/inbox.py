"""What other threads give a thread to do: one queue for each hub, and one wake-up for all that is in it.

Only the owning thread touches its actors. Whoever is elsewhere posts a call here; the hub makes the posted calls in the
order they came, so that the order of each sender is kept.
"""

from __future__ import annotations

import _thread
import sys
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from gevent.monkey import get_original

from actors.clock import FOREVER
from actors.exits import ActorsError

if TYPE_CHECKING:
    from actors.runtime.actor import Actor
    from actors.runtime.scheduler import Scheduler

allocate_lock: Callable[[], Any] = get_original("_thread", "allocate_lock")
_other_threads: Callable[[], int] = cast(Any, _thread)._count  # how many there are, of whatever kind, without a lock


SIGNALS = 1.0  # seconds after which the main thread, waiting for others, looks for signals


class ClosedError(ActorsError, RuntimeError):
    """The runtime of a thread was used after it was closed."""

    def __init__(self) -> None:
        """Say what can be done."""
        super().__init__(
            "the runtime of that thread was closed, or its thread has ended, or it was started before a fork and is not in "
            "this process; background() returns one that runs"
        )


class Inbox:
    """The calls that other threads have posted to one thread's hub."""

    __slots__ = ("calls", "closed", "holders", "lock", "loop", "owns_hub", "sleeper", "waking", "watcher")

    def __init__(self, loop: Any) -> None:
        """Take the hub's loop."""
        self.loop = loop
        self.calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self.closed = False  # its thread has ended
        self.owns_hub = False  # the hub was made for the runtime, and goes with the thread
        self.holders = 0
        self.lock: Any = None
        self.sleeper: Any = None  # a lock on which the thread waits, instead of in its hub
        self.watcher: Any = None
        self.waking = False  # a wake-up is on its way, and will see whatever is posted until it begins

    def post(self, function: Callable[..., object], *args: Any) -> None:
        """Have the hub call `function(*args)`; callable from any thread, never blocks."""
        self.calls.append((function, args))
        if self.closed or not self.waking:
            self.posted()

    def posted(self) -> None:
        """See that the calls are made."""
        if self.closed:
            self.close()
        else:
            self.waking = True  # before looking how to wake: whoever stops dozing looks for it afterwards
            self.wake()

    def wake(self) -> None:
        """Wake the thread, from its lock or from its hub."""
        if self.sleeper is not None:
            self.rouse()
            return
        try:
            self.loop.run_callback_threadsafe(self.take)
        except ValueError:  # the hub was destroyed
            self.close()

    def rouse(self) -> None:
        """Wake the thread from its lock."""
        try:
            self.lock.release()
        except RuntimeError:  # another thread did
            pass

    def doze(self, timeout: float | None) -> bool:
        """Wait on a lock until something is posted, and make the calls; tell whether that was within `timeout` seconds.

        The caller has set `sleeper` with `fall_asleep`, and calls `awake` at last.
        """
        in_time = bool(self.calls) or self.lock.acquire(True, -1 if timeout is None else min(timeout, FOREVER))
        self.take()
        return in_time

    def fall_asleep(self) -> None:
        """From now on a lock wakes this thread."""
        if self.lock is None:
            self.lock = allocate_lock()
        self.lock.acquire(False)
        self.sleeper = self.lock

    def awake(self) -> None:
        """From now on the hub's loop wakes this thread; who posted meanwhile may have released the lock."""
        self.sleeper = None
        if self.calls or self.waking:
            self.waking = True
            self.loop.run_callback(self.take)

    def close(self) -> None:
        """Nobody runs the hub any more: make the calls that are here, and those that still come, wherever they are made.

        All its actors have ended before, so that each call finds only the dead: a message becomes a dead letter, a link or
        a monitor hears `NoSuchActorError`.
        """
        self.closed = True
        while self.calls:
            try:
                function, args = self.calls.popleft()
            except IndexError:  # another thread was faster
                return
            function(*args)

    def hold(self) -> None:
        """Keep the loop alive while a greenlet that the runtime did not start waits and other threads could wake it.

        With one thread only, the loop may end: that is gevent's detection of a deadlock, its `LoopExit` (see `deadlock`).
        """
        self.holders += 1
        if self.watcher is None and _other_threads():
            self.watch()

    def watch(self) -> None:
        """Keep the loop alive from now on, if somebody waits: there is another thread."""
        if self.holders and self.watcher is None:
            # In the main thread a timer, so that a signal which came right before the poll is not slept over.
            self.watcher = self.loop.timer(SIGNALS, SIGNALS) if self.loop.default else self.loop.async_()
            self.watcher.start(_nothing)

    def release(self) -> None:
        """That wait is over."""
        self.holders -= 1
        if not self.holders and self.watcher is not None:
            self.watcher.stop()
            self.watcher.close()
            self.watcher = None

    def take(self) -> None:
        """Make the calls that are here; in the hub. What is posted meanwhile may be made now, or wakes it again."""
        self.waking = False  # before the first look: a call posted from here on is seen below or sends a wake-up
        calls = self.calls
        try:
            for _ in range(len(calls)):
                function, args = calls.popleft()
                function(*args)
        finally:
            if calls and not self.waking:
                self.waking = True
                self.loop.run_callback(self.take)


def _nothing() -> None:
    """Nobody sends to the watcher: that it is started keeps the loop alive."""


def deliver(actor: Actor, message: Any) -> None:
    """Deliver a message; in the hub of the actor's thread."""
    actor.deliver(message)


def enter(actor: Actor) -> None:
    """Have an actor begin that was made in another thread; in the hub of its own."""
    if actor.scheduler.inbox.closed:
        actor.threw(ClosedError())
    else:
        actor.scheduler.push(actor)


class _ThreadEnd:
    """Ends what a thread has left when it ends, and with it what the thread kept as its own."""

    __slots__ = ("scheduler",)

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler

    def __del__(self) -> None:
        if not sys.is_finalizing():
            for ended in at_thread_end:
                ended(self.scheduler)


at_thread_end: list[Callable[[Scheduler], None]] = []


_of_thread: Any = get_original("_thread", "_local")()


def close_at_the_end(scheduler: Scheduler) -> None:
    """Have what the calling thread leaves ended with it."""
    _of_thread.end = _ThreadEnd(scheduler)
