"""Starting a child: within its time, in the supervisor's own actor; what a failed start leaves behind is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from actors import clock
from actors.exits import Shutdown
from actors.runtime.current import current_actor
from actors.runtime.farewell import Exit
from actors.runtime.scheduler import get_ident
from actors.runtime.supervising import adopt, parting_with
from supervisors.child import GRACE, ref_of
from supervisors.errors import StartError, StartStoppedError, StartTimeoutError, SupervisorError
from supervisors.handle import STARTING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from actors.runtime.actor import Actor
    from supervisors.child import Child
    from supervisors.stopping import Order, Path


class StartIsOver(BaseException):
    """Raised in a `start` that is to end, wherever it blocks; no `except Exception` keeps it."""

    def __init__(self, error: SupervisorError) -> None:
        """Take what it fails with."""
        super().__init__(error)
        self.error = error


class Starts:
    """The starts of one supervisor, one after the other. A time limit is armed only when a start blocks."""

    __slots__ = ("child", "greenlet", "me", "path", "running", "starter", "timeout", "timer")

    def __init__(self, running: dict[Actor, Child], starter: Actor) -> None:
        """Take the children that run, and the supervisor's own starter."""
        self.me = current_actor()
        self.greenlet: Any = getcurrent()
        self.running = running
        self.starter = starter
        above: Starts | None = STARTING.get(starter)
        self.path: Path | None = (
            None if above is None else (*(above.path or ()), above.child_id)
        )  # of the supervisor; a root has none
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
        self.child = child
        STARTING[me] = self
        if spec.start_timeout is not None:
            me.scheduler.limit(self, spec.start_timeout)
        try:
            started = spec.start()
            actor = adopt(ref_of(started))
        except (Exception, StartIsOver) as error:
            self.child = None
            self.sweep(before)
            cause = error.error if isinstance(error, StartIsOver) else error
            raise StartError(spec.id, cause) from cause
        finally:
            self.child = None
            del STARTING[me]
            me.scheduler.unlimit(self)
        child.started, child.actor = started, actor
        child.since = clock.monotonic()
        child.retry = None
        self.running[actor] = child
        if actor.reason is not None:  # it has ended already; if it was not linked, its `Exit` has not come
            me.deliver(Exit(actor, actor.reason))

    @property
    def child_id(self) -> Hashable:
        """The id of the child that is being started."""
        return None if self.child is None else self.child.spec.id

    def timed_out(self) -> None:
        """The start takes too long."""
        self.timer = None
        if self.child is not None:
            self.end(StartTimeoutError(self.child.spec.id, self.child.spec.start_timeout or 0.0))

    def end(self, error: SupervisorError) -> None:
        """End the start that is under way; in any thread."""
        scheduler, child = self.me.scheduler, self.child
        if scheduler.thread == get_ident():
            scheduler.loop.run_callback(self.interrupt, child, error)
        else:
            scheduler.inbox.post(self.interrupt, child, error)

    def interrupt(self, child: Child | None, error: SupervisorError) -> None:
        """Raise in the start wherever it blocks; in the hub."""
        if child is not None and self.child is child:
            self.greenlet.throw(StartIsOver(error))

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
            parting = parting_with(actor)
            parting.tell(Shutdown("the start that made it failed"))
            if not parting.wait(GRACE):
                parting.kill()


def under_way(actor: Actor) -> Starts | None:
    """Return the innermost start that a supervisor, or who starts one, waits for."""
    found = STARTING.get(actor)
    while True:
        waiting = actor if found is None else found.me
        deeper = next((starts for starts in list(STARTING.values()) if starts.starter is waiting), None)
        if deeper is None:
            return found
        found = deeper


def end_start(actor: Actor, order: Order) -> None:
    """End the start that a supervisor, or who starts one, is in the midst of: it is to stop."""
    starts = under_way(actor)
    if starts is not None:
        starts.end(StartStoppedError(starts.child_id, order))
