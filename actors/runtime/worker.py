"""Workers: recycled greenlets that run one actor after another.

Creating a greenlet costs 27 times a switch. A worker that finishes an actor takes the next new one without a switch, or
switches straight to the next ready one, or goes back to the hub. What it does between two bodies is in `serving`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import getweakrefcount

from greenlet import greenlet

from actors.runtime.serving import Books, Job, begin, go_on, raised, returned

if TYPE_CHECKING:
    from actors.runtime.actor import Actor
    from actors.runtime.scheduler import Scheduler

switch = greenlet.switch
TUPLE: Any = tuple  # untyped, as `WORKER` below


class Worker(greenlet):
    """A greenlet whose parent is the hub and which runs actors."""

    __slots__ = ("abandoned", "actor", "books")

    def __init__(self, scheduler: Scheduler) -> None:
        """Belong to a scheduler; to be started from its hub."""
        super().__init__(self.work, scheduler.hub)
        self.actor: Actor | None = None
        self.abandoned = False
        self.books = Books(scheduler, getweakrefcount(self))

    # Both come too late once the body was abandoned, or has ended and the worker rests in the pool.

    def switch(self, *args: Any, **kwargs: Any) -> Any:
        """Switch here, as gevent's waiters do (the scheduler uses `greenlet.switch`); nothing where no body goes on."""
        return None if self.abandoned or self.actor is None else switch(self, *args, **kwargs)

    def throw(self, *args: Any) -> Any:
        """Throw here, as gevent's timeouts do; nothing where no body goes on."""
        return None if self.abandoned or self.actor is None else greenlet.throw(self, *args)

    def work(self) -> None:
        """Run actors until there is no reason to keep this greenlet.

        This frame stays in every traceback of a body: it is left holding nothing that leads to the actor. It calls the
        body itself and must not be compiled: a parked actor would need another 0.9 kB of C stack, and greenlet gives no
        context to a stack without a Python frame.
        """
        books = self.books
        job: Job = begin(books)
        value: Any
        while True:  # not `while job is not None`: by its jump back CPython 3.11 knows that the loop is worth specializing
            try:
                value = job() if type(job) is not TUPLE else job[0](*job[1])
            except BaseException as error:
                job = None
                raised(self, books, error)
            else:
                returned(self, books, value)
            job = value = None
            job = go_on(self, books)
            if job is None:
                return


WORKER: Any = Worker  # untyped, for `type(getcurrent()) is WORKER` on the hot paths: the checkers would want a None handled
