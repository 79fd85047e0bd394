"""A native thread that does what is queued: whatever is there when it comes for more, all at once.

It is never green, whoever patches: its lock, its bell and its start are the interpreter's own. Whoever queues never waits
for the thread, except for room.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from gevent.monkey import get_original

from actors.durable.store_faults import StoreClosedError, WithdrawnError
from actors.runtime.tickets import Ticket, hand_over

_allocate_lock: Callable[[], Any] = get_original("_thread", "allocate_lock")
_start_thread: Callable[..., int] = get_original("_thread", "start_new_thread")
_RLock: Any = get_original("_thread", "RLock")  # a signal's handler may queue while its thread does

MOST_JOBS = 512  # done at once; more only makes the first of them wait for the last
MOST_BYTES = 1 << 20  # done at once
ROOM = 8 << 20  # bytes queued from which on who queues has to wait

FORKED = "was opened before a fork, and is its parent's"


class Job(Ticket):
    """Something to be done, and the ticket of who waits for it."""

    __slots__ = ("args", "fn")

    size = 200  # bytes that it takes in the queue, or so

    def __init__(self, fn: Callable[..., Any], *args: Any) -> None:
        """Take what is to be called in the thread; what comes first is the thread's own."""
        super().__init__()
        self.fn = fn
        self.args = args


class Work(Protocol):
    """What a thread does."""

    def do(self, jobs: list[Any]) -> None:
        """Do these, and put values and errors in place. Raises nothing."""
        ...

    def end(self) -> None:
        """No job comes any more; the last call in the thread."""
        ...


class QueueThread:
    """The thread and its queue. It ends when it was told to and everything is done."""

    __slots__ = (
        "__weakref__",
        "asleep",
        "batch",
        "bell",
        "closed",
        "ended",
        "jobs",
        "joined",
        "lock",
        "name",
        "room",
        "size",
        "work",
    )

    def __init__(self, name: str, work: Work) -> None:
        """Start the thread.

        Raises:
            RuntimeError: no thread can be started.
        """
        self.name = name
        self.work = work
        self.jobs: list[Any] = []
        self.batch: list[Any] = []  # those that are being done
        self.size = 0
        self.asleep = False
        self.closed = ""  # why nothing can be queued any more
        self.room: Ticket | None = None  # of those who wait for it
        self.ended = Ticket()
        self.lock = _RLock()
        self.bell = _allocate_lock()
        self.bell.acquire()
        self.joined = _allocate_lock()  # for those who cannot wait for a ticket
        self.joined.acquire()
        _start_thread(self._run, ())
        _threads.add(self)

    def put(self, job: Any) -> Any:
        """Queue a job and return it.

        *Blocks until* there is room: less than 8 MiB are queued.

        Raises:
            StoreClosedError: the thread was told to end.
        """
        while self.size > ROOM:
            self._wait_for_room()
        with self.lock:
            if self.closed:
                raise StoreClosedError(self.name, self.closed)
            self.jobs.append(job)
            self.size += job.size
            if self.asleep:
                self.asleep = False
                self.bell.release()
        return job

    def _wait_for_room(self) -> None:
        with self.lock:
            if self.size <= ROOM or self.closed:
                return
            room = self.room = self.room or Ticket()
        room.wait()

    def withdraw(self, job: Any) -> bool:
        """Take a job out again, unless it is being done."""
        with self.lock:
            if job not in self.jobs:
                return False
            self.jobs.remove(job)
            self.size -= job.size
        job.error = WithdrawnError(f"{job} was withdrawn")
        hand_over([job])
        return True

    def close(self, why: str = "was closed") -> None:
        """Have the thread end when all is done that was queued; returns at once."""
        with self.lock:
            self.closed = self.closed or why
            if self.asleep:
                self.asleep = False
                self.bell.release()

    def join(self, timeout: float) -> None:
        """Wait for the end without letting any other greenlet run: for the exit of the interpreter."""
        self.close()
        self.joined.acquire(timeout=timeout)

    def _run(self) -> None:
        """Be the thread."""
        try:
            while batch := self._take():
                try:
                    self.work.do(batch)
                except Exception as error:  # nobody is to wait for ever
                    for job in batch:
                        job.error = job.error or error
                self._forget(batch)
                hand_over(batch)
        finally:
            _threads.discard(self)
            self.work.end()
            hand_over([self.ended])
            self.joined.release()

    def _take(self) -> list[Any]:
        """Return what is to be done now; wait for something; nothing at the end."""
        while True:
            with self.lock:
                if self.jobs:
                    count = _fitting(self.jobs)
                    self.batch, self.jobs = self.jobs[:count], self.jobs[count:]
                    return self.batch
                if self.closed:
                    return []
                self.asleep = True
            self.bell.acquire()

    def _forget(self, batch: list[Any]) -> None:
        room = None
        with self.lock:
            self.batch = []
            self.size -= sum(job.size for job in batch)
            if self.size <= ROOM:
                room, self.room = self.room, None
        if room is not None:
            hand_over([room])

    def orphan(self) -> None:
        """In the child of a fork there is no such thread: fail what was queued."""
        self.closed = FORKED
        self.lock = _RLock()
        lost = [*self.batch, *self.jobs]
        self.batch, self.jobs, self.size = [], [], 0
        for job in lost:
            job.error = StoreClosedError(self.name, FORKED)
        hand_over([*lost, self.ended, *([self.room] if self.room else [])])


def _fitting(jobs: list[Any]) -> int:
    """Return how many of these are done at once."""
    left = MOST_BYTES
    for count, job in enumerate(jobs[:MOST_JOBS]):
        left -= job.size
        if left < 0:
            return max(1, count)
    return min(len(jobs), MOST_JOBS)


_threads: weakref.WeakSet[QueueThread] = weakref.WeakSet()


def _after_fork() -> None:
    for thread in list(_threads):
        thread.orphan()
    _threads.clear()


os.register_at_fork(after_in_child=_after_fork)
