"""Workers: recycled greenlets that run one actor after another.

Creating a greenlet costs 27 times a switch. A worker that finishes an actor takes the next new one without a switch, or
switches straight to the next ready one, or goes back to the hub. It is reused only if the body left no trace in it: no
new weak references (gevent.local keeps its data by those) and no attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlet import greenlet

from actors.runtime.serving import serve

if TYPE_CHECKING:
    from actors.runtime.actor import Actor
    from actors.runtime.scheduler import Scheduler

switch = greenlet.switch


class Worker(greenlet):
    """A greenlet whose parent is the hub and which runs actors."""

    __slots__ = ("abandoned", "actor", "scheduler")

    def __init__(self, scheduler: Scheduler) -> None:
        """Belong to a scheduler; to be started from its hub."""
        super().__init__(self.work, scheduler.hub)
        self.scheduler = scheduler
        self.actor: Actor | None = None
        self.abandoned = False

    def switch(self, *args: Any, **kwargs: Any) -> Any:
        """Switch here, as gevent's waiters do (the scheduler uses `greenlet.switch`); nothing once abandoned."""
        return None if self.abandoned else switch(self, *args, **kwargs)

    def throw(self, *args: Any) -> Any:
        """Throw here; nothing once abandoned."""
        return None if self.abandoned else greenlet.throw(self, *args)

    def work(self) -> None:
        """Run actors. This frame is all that it has on its stack in the pool: greenlet gives a context to no other."""
        serve(self)


WORKER: Any = Worker  # untyped, for `type(getcurrent()) is WORKER` on the hot paths: the checkers would want a None handled
