"""Workers: recycled greenlets that run one actor after another.

Creating a greenlet costs 27 times a switch. A worker that finishes an actor takes the next new one without a switch, or
switches straight to the next ready one, or goes back to the hub. It is reused only if the body left no trace in it: no
new weak references (gevent.local keeps its data by those) and no attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import getweakrefcount

from greenlet import GreenletExit, greenlet

from actors.effects.scope import current_scope, enter_scope
from actors.exits import KILLED, ActorExit
from actors.runtime.actor import NEW, RUNNING, Actor

if TYPE_CHECKING:
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

    def bind(self, actor: Actor) -> None:
        """Make `actor` the next to run here."""
        self.actor = actor
        actor.greenlet = self
        self.gr_context = actor.context
        actor.context = None

    def work(self) -> None:
        """Run actors until there is no reason to keep this greenlet."""
        scheduler = self.scheduler
        ready, pool = scheduler.ready, scheduler.pool
        traces = self.__dict__
        references = getweakrefcount(self)
        while True:
            follow = self.run_actor()
            if traces or getweakrefcount(self) != references or len(pool) >= scheduler.pool_limit or self.abandoned:
                break
            target: Any
            if follow is not None:
                target, follow = follow.greenlet, None
            elif ready and scheduler.budget > 0:
                scheduler.budget -= 1
                actor = ready.popleft()
                target = actor.greenlet
                if target is None:
                    if actor.activity == NEW:
                        self.bind(actor)
                        del actor
                        continue
                    target = scheduler.hub
                del actor
            else:
                target = scheduler.hub
            self.gr_context = None  # a pooled worker must not keep its last actor's context alive
            pool.append(self)
            switch(target)
            target = None
        scheduler.retire(self, follow)

    def run_actor(self) -> Actor | None:
        """Run the actor bound to this worker to its end; return who is to run next, if the actor says so.

        This frame stays in every traceback of the body: it is left holding nothing that leads to the actor.
        """
        actor = self.actor
        assert actor is not None
        actor.activity = RUNNING
        root = actor.root
        if current_scope() is not root:
            enter_scope(root)
        args: Any = actor.args
        body: Any = actor.body
        value: Any = None
        try:
            value = body(*args) if args else body()
        except Exception as error:
            without_this_frame(error)
            return actor.threw(error)
        except ActorExit as signal:
            return actor.left(signal.reason)
        except GreenletExit:
            return actor.left(KILLED)
        except BaseException as error:  # SystemExit, KeyboardInterrupt, a test's own outcome
            without_this_frame(error)
            self.scheduler.fatal(error)
            return actor.threw(error)
        else:
            return actor.returned(value)
        finally:
            self.actor = actor = args = body = value = None


def without_this_frame(error: BaseException) -> None:
    """Take the runtime's frame off a traceback; what is left begins in the user's code."""
    if error.__traceback__ is not None:
        error.with_traceback(error.__traceback__.tb_next)  # an assignment could be refused: a frozen dataclass is


WORKER: Any = Worker  # untyped, for `type(getcurrent()) is WORKER` on the hot paths: the checkers would want a None handled
