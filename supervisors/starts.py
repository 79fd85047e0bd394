"""Starting a child: within its time, in the supervisor's own actor; what a failed start leaves behind is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from actors import clock
from actors.exits import Shutdown
from actors.runtime.current import current_actor
from actors.runtime.farewell import Exit
from actors.runtime.supervising import adopt, parting_with
from supervisors.child import GRACE, ref_of
from supervisors.errors import StartError, StartTimeoutError
from supervisors.handle import STARTING

if TYPE_CHECKING:
    from actors.runtime.actor import Actor
    from supervisors.child import Child


class TimeIsUp(BaseException):
    """Raised in a `start` that takes too long, wherever it blocks; no `except Exception` keeps it."""


class Starts:
    """The starts of one supervisor, one after the other. A time limit is armed only when a start blocks."""

    __slots__ = ("child", "greenlet", "me", "running", "starter", "timeout", "timer")

    def __init__(self, running: dict[Actor, Child], starter: Actor) -> None:
        """Take the children that run, and the supervisor's own starter."""
        self.me = current_actor()
        self.greenlet: Any = getcurrent()
        self.running = running
        self.starter = starter
        self.child: Child | None = None  # that is being started
        self.timeout: float | None = None
        self.timer: Any = None

    def start(self, child: Child) -> None:
        """Start a child; it is among the running ones then.

        Raises:
            StartError: its `start` raised, took too long, or returned no child.
        """
        me, spec = self.me, child.spec
        before = len(me.tied().links)
        scheduler = me.scheduler
        self.child = child
        STARTING[me] = spec.id
        if spec.start_timeout is not None:
            scheduler.limit(self, spec.start_timeout)
        try:
            started = spec.start()
            actor = adopt(me, ref_of(started))
        except (Exception, TimeIsUp) as error:
            self.child = None
            self.sweep(before)
            cause = StartTimeoutError(spec.id, spec.start_timeout or 0.0) if isinstance(error, TimeIsUp) else error
            raise StartError(spec.id, cause) from cause
        finally:
            self.child = None
            del STARTING[me]
            scheduler.unlimit(self)
        child.started, child.actor = started, actor
        child.since = clock.monotonic()
        child.retry = None
        self.running[actor] = child
        if actor.reason is not None:  # it has ended already; if it was not linked, its `Exit` has not come
            me.deliver(Exit(actor, actor.reason))

    def timed_out(self) -> None:
        """The start takes too long."""
        self.timer = None
        if self.child is not None:
            self.me.scheduler.loop.run_callback(self.interrupt, self.child)

    def interrupt(self, child: Child) -> None:
        """Raise in the start wherever it blocks; in the hub."""
        if self.child is child:
            self.greenlet.throw(TimeIsUp())

    def sweep(self, before: int) -> None:
        """End the actors that a failed start has linked with the supervisor."""
        links = self.me.tied().links
        if len(links) <= before:
            return
        strays: list[Actor] = []
        for actor in reversed(links):
            if actor in self.running or actor is self.starter:
                break
            strays.append(actor)
        for actor in strays:
            parting = parting_with(self.me, actor)
            parting.tell(Shutdown("the start that made it failed"))
            if not parting.wait(GRACE):
                parting.kill()
