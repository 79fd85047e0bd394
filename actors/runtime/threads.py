"""Native threads that make calls for one thread with a hub.

They wait at a queue in C and hand what is done to the hub's inbox. Only the hub's thread counts: a call is in flight from
the moment it is handed over until the hub has taken its end, so that no lock is needed.
"""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from gevent._hub_local import get_hub_if_exists  # the public `get_hub` would make one
from gevent.monkey import get_original

from actors.runtime.inbox import Inbox

MOST = 10  # threads for each hub, as many as gevent's pool has; further calls wait for one of them
IDLE = 60.0  # seconds after which a thread without work tells the hub that it may leave

# The patched ones are green; threads are meant.
_SimpleQueue: Any = get_original("queue", "SimpleQueue")
_start_thread: Callable[..., int] = get_original("_thread", "start_new_thread")
_of_thread: Any = get_original("_thread", "_local")()


class Job(Protocol):
    """A call that is made in a native thread."""

    def run(self) -> None:
        """Make the call; in the native thread. Raises nothing."""
        ...

    def end(self) -> None:
        """The call is over; in the hub."""
        ...


class NativeThreads:
    """The native threads of one hub. They end when this object does."""

    __slots__ = ("__weakref__", "in_flight", "inbox", "queue", "threads", "watcher")

    def __init__(self, inbox: Inbox) -> None:
        """Work for the hub of an inbox; there is no thread yet."""
        self.inbox = inbox
        self.queue: Any = _SimpleQueue()
        self.in_flight = 0
        self.threads = 0
        self.watcher: Any = inbox.loop.async_()  # keeps the loop alive as long as calls are in flight

    def begin(self, job: Job) -> None:
        """Have a call made as soon as a thread is free.

        Raises:
            RuntimeError: there is no thread, and none can be started.
        """
        if self.in_flight >= self.threads and self.threads < MOST:
            self.grow()
        if not self.in_flight:
            self.watcher.start(_nothing)
        self.in_flight += 1
        self.queue.put(job)

    def grow(self) -> None:
        """Start a thread; where that fails, those that are there have to do."""
        try:
            _start_thread(_work, (self.queue, self.inbox.post, weakref.ref(self)))
        except RuntimeError:
            if not self.threads:
                raise
        else:
            self.threads += 1

    def end(self, job: Job) -> None:
        """A call is over; in the hub."""
        self.in_flight -= 1
        if not self.in_flight:
            self.watcher.stop()
        job.end()

    def spare(self) -> None:
        """A thread has had nothing to do for a while: let one leave, if there are more than calls; in the hub."""
        if self.threads > self.in_flight:
            self.threads -= 1
            self.queue.put(None)

    def __del__(self) -> None:
        """Let all threads leave, each when its call is over."""
        for _ in range(self.threads):
            self.queue.put(None)


def _nothing() -> None:
    """Nobody sends to the watcher: that it is started keeps the loop alive."""


def _work(queue: Any, post: Callable[..., None], threads: weakref.ref[NativeThreads]) -> None:
    """Make the calls that come, until told to leave: the body of a native thread."""
    get, job = queue.get, None
    try:
        while True:
            try:
                job = get(timeout=IDLE)
            except Exception:  # queue.Empty; the name may be another one's where gevent has patched
                post(_spare, threads)
                continue
            if job is None:
                return
            job.run()
            post(_end, threads, job)
            job = None  # it holds the result
    finally:
        hub: Any = get_hub_if_exists()
        if hub is not None:  # a call has used gevent in this thread
            hub.destroy(destroy_loop=True)


def _end(threads: weakref.ref[NativeThreads], job: Job) -> None:
    there = threads()
    if there is not None:
        there.end(job)


def _spare(threads: weakref.ref[NativeThreads]) -> None:
    there = threads()
    if there is not None:
        there.spare()


def threads_for(inbox: Inbox) -> NativeThreads:
    """Return the native threads of the calling thread, whose inbox this is; made now if need be."""
    threads: NativeThreads | None = getattr(_of_thread, "threads", None)
    if threads is None or threads.inbox is not inbox:
        threads = _of_thread.threads = NativeThreads(inbox)
    return threads


def calls_in_flight() -> int:
    """Return how many calls of this thread native threads have not ended."""
    threads: NativeThreads | None = getattr(_of_thread, "threads", None)
    return 0 if threads is None else threads.in_flight


def _forget() -> None:
    """Have no threads any more: a child process has none, and one that ends needs none."""
    _of_thread.threads = None


os.register_at_fork(after_in_child=_forget)
atexit.register(_forget)
