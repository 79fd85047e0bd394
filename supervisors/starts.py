"""Starting a child: within its time, in the supervisor's own actor; what a failed start leaves behind is ended."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NoReturn

from greenlet import GreenletExit, getcurrent

from actors import clock
from actors.children import SHUTDOWN
from actors.exits import ActorExit, Shutdown
from actors.runtime.current import current_actor
from actors.runtime.farewell import Exit
from actors.runtime.scheduler import get_ident
from actors.runtime.supervising import adopt, parting_with
from supervisors.child import Child, ref_of
from supervisors.errors import StartError, StartStoppedError, StartTimeoutError, SupervisorError
from supervisors.oneself import STARTING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from actors.children import ChildSpec
    from actors.runtime.actor import Actor
    from supervisors.reports import Reports
    from supervisors.stopping import Order, Path

# What ends the supervisor itself, or the program, when it is raised in a start.
FATAL: Final = (ActorExit, GreenletExit, KeyboardInterrupt, SystemExit)


class StartIsOver(BaseException):
    """Raised in a `start` that is to end, wherever it blocks; no `except Exception` keeps it."""

    def __init__(self, error: SupervisorError) -> None:
        """Take what it fails with."""
        super().__init__(error)
        self.error = error


class Starts:
    """The starts of one supervisor, one after the other. A time limit is armed only when a start blocks."""

    __slots__ = ("child", "greenlet", "last", "me", "path", "running", "starter", "timeout", "timer")

    def __init__(self, running: dict[Actor, Child], starter: Actor) -> None:
        """Take the children that run, and the supervisor's own starter."""
        self.me = current_actor()
        self.greenlet: Any = getcurrent()
        self.running = running
        self.starter = starter
        above: Starts | None = STARTING.get(starter)
        # Of the supervisor; a root has none.
        self.path: Path | None = None if above is None else (*(above.path or ()), above.child_id)
        self.child: Child | None = None  # that is being started
        self.last: Actor | None = None  # who was linked last before
        self.timeout: float | None = None
        self.timer: Any = None

    def start_each(self, specs: Iterable[ChildSpec[Any]], reports: Reports, children: dict[Hashable, Child]) -> None:
        """Start new children in their order, and put each among the others by its id.

        Raises:
            StartError: one did not start; those before it run.
        """
        for spec in specs:
            children[spec.id] = self.start_new(spec, reports)

    def start_new(self, spec: ChildSpec[Any], reports: Reports) -> Child:
        """Start a new child, and return it.

        Raises:
            StartError: it did not start.
        """
        child = Child(spec)
        self.start(child)
        reports.started(child)
        return child

    def start(self, child: Child) -> None:
        """Start a child; it is among the running ones then.

        Raises:
            StartError: its `start` raised, took too long, or returned no child.
        """
        me, spec = self.me, child.spec
        ties, scheduler = me.tied(), me.scheduler
        self.last = next(reversed(ties.links), None)
        owned = len(ties.children)
        self.child = child
        STARTING[me] = self
        if spec.start_timeout is not None:
            scheduler.limit(self, spec.start_timeout)
        try:
            started = spec.start()
            actor = ref_of(started)
            if actor is me or actor is self.starter or actor in self.running:
                raise TypeError(f"start returned {started!r}, which is no new actor; have it start one and return that")
            adopt(me, actor)
        except BaseException as error:
            self.child = None
            self.sweep(owned)
            del me, ties  # the error keeps this frame
            if isinstance(error, FATAL):
                raise
            fail(spec.id, error)
        finally:
            self.child = None
            del STARTING[self.me]
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
            self.end(StartTimeoutError(self.child.spec.id, self.child.spec.start_timeout or 0.0))

    def end(self, error: SupervisorError) -> None:
        """End the start that is under way; in any thread."""
        scheduler, child = self.me.scheduler, self.child
        if scheduler.thread == get_ident():
            scheduler.loop.run_callback(self.interrupt, child, error)
        else:
            scheduler.inbox.post(self.interrupt, child, error)

    def interrupt(self, child: Child | None, error: SupervisorError) -> None:
        """Raise in the start wherever it blocks; in the hub. One that goes on all the same is interrupted again."""
        if child is not None and self.child is child:
            self.greenlet.throw(StartIsOver(error))
        if child is not None and self.child is child and self.timer is None:
            self.timer = self.me.scheduler.start_timer(SHUTDOWN, self.timed_out)

    def let_go(self) -> None:
        """The supervisor ends by the error of a start, whose frames hold this: nothing may lead back to its actor."""
        del self.me, self.greenlet

    # -- what a start has made

    @property
    def child_id(self) -> Hashable:
        """The id of the child that is being started."""
        child = self.child
        return None if child is None else child.spec.id

    def has_made(self, actor: Actor) -> bool:
        """Tell whether the start under way has made an actor, and linked it with the supervisor; in any thread."""
        if self.me.scheduler is actor.scheduler:
            return actor.peer is self.me and actor in self.made()
        if actor.ties is None or self.me not in actor.ties.links:
            return False
        links = tuple(self.me.tied().links)
        return actor not in links or actor in self.made(links)  # the news of its link may be on the way

    def made(self, links: Any = None) -> Iterator[Actor]:
        """Yield the actors that the start under way has linked with the supervisor, the last first."""
        for actor in reversed(self.me.tied().links if links is None else links):
            if actor is self.last or actor is self.starter or actor in self.running:
                return
            yield actor

    def sweep(self, owned: int) -> None:
        """End what a failed start has made: the actors linked with the supervisor, and the runs that it owns."""
        children = self.me.tied().children
        runs = islice(reversed(children), max(0, len(children) - owned))
        for actor in [*self.made(), *(run for run in runs if run.is_run)]:
            parting = parting_with(self.me, actor)
            parting.tell(Shutdown("the start that made it failed"))
            if not parting.wait(SHUTDOWN):
                parting.kill()


def under_way(actor: Actor) -> Starts | None:
    """Return the innermost start that a supervisor, or who starts one, waits for."""
    found = STARTING.get(actor)
    while True:
        waiting = actor if found is None else found.me
        runs: Any = () if found is None else found.running  # such a child restarts its own: nobody waits for that
        below = (starts for starts in list(STARTING.values()) if starts.starter is waiting and starts.me not in runs)
        deeper = next(below, None)
        if deeper is None:
            return found
        found = deeper


def end_start(actor: Actor, order: Order) -> None:
    """End the start that a supervisor, or who starts one, is in the midst of: it is to stop."""
    starts = under_way(actor)
    if starts is not None:
        starts.end(StartStoppedError(starts.child_id, order))


def fail(child_id: Hashable, error: BaseException) -> NoReturn:
    """Raise what a start that raised has come to.

    Raises:
        StartError: always.
    """
    cause = error.error if isinstance(error, StartIsOver) else error
    try:
        raise StartError(child_id, cause) from cause
    finally:
        del cause, error  # the error keeps this frame
