"""What every kind of supervisor is: a server that keeps children, hears of their ends, and restarts them one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any, ClassVar, Final

from actors import clock
from actors.children import ChildSpec, SpecError
from actors.clock import Seconds
from actors.exits import ActorExit, ExitReason, Normal, Shutdown
from actors.outcomes import ComputationEvent
from actors.runtime import ActorRef, Exit, current, give_way, trap_exits
from actors.runtime.actor import WAITING, Actor
from actors.runtime.arguments import addressed
from actors.runtime.current import current_actor
from actors.runtime.farewell import dead_letter, shown
from actors.runtime.supervising import Parting, parting_with, released, supervise
from actors.server import Call, Cast, NoReply, Request, Server, Stop
from supervisors import runs
from supervisors.child import Child, infos
from supervisors.errors import GaveUp, StartError, SupervisorError
from supervisors.handle import CountChildren, Refused, StopTree, WhichChildren, Withdrawn
from supervisors.infos import ChildCounts, ChildInfo
from supervisors.intensity import Window
from supervisors.oneself import STARTING
from supervisors.plan import FORGET, RESTART
from supervisors.refusing import refuse_call
from supervisors.reports import Reports
from supervisors.retries import Retry
from supervisors.spec import Intensity
from supervisors.starts import Starts, end_start
from supervisors.stopping import Order, Path, order_in
from supervisors.stops import stop_in_turn

BY_SUPERVISOR: Final = Shutdown("stopped by its supervisor")


class Keeper(Server):
    """Keeps children; what becomes of those that end is for its subclasses to say."""

    def __init__(self, starter: ActorRef, intensity: Intensity) -> None:
        """Take who started it, with whom it ends, and how often it may restart."""
        self.starter: Any = starter
        self.intensity = intensity
        self.window = Window(intensity)
        self.running: dict[Actor, Child] = {}
        self.retries: set[Retry] = set()
        self.me = current_actor()
        self.starts = Starts(self.running, addressed(starter))
        if self.starts.path is not None:
            name_body(self.me, self.starts.path)
        self.reports = Reports(current(), self.starts.path)
        self.order: Order | None = None  # to end with the whole tree, within a limit

    handlers: ClassVar[Mapping[type[Request[Any]], Callable[[Any, Any], Any]]]  # what grants each request

    def init(self) -> None:
        """Hear of the ends of children."""
        trap_exits(True)
        supervise()
        self.reports.begun()

    def start_new(self, spec: ChildSpec[Any]) -> Child:
        """Start a new child."""
        return self.starts.start_new(spec, self.reports)

    def handle_info(self, message: Any) -> Stop | None:
        """Hear that a child, or the starter, has ended; a stranger's exit signal is ignored."""
        if type(message) is Exit:
            actor = addressed(message.ref)
            if actor.reason is not None and actor in self.running:
                return self.ended(self.running.pop(actor), message.reason)
            return self.starter_ended(message.reason) if actor is self.starter else None
        if type(message) is Retry:
            return self.retry(message)
        if isinstance(message, ComputationEvent):
            runs.heard(message)
            return None
        super().handle_info(message)
        return None

    def starter_ended(self, reason: ExitReason) -> Stop | None:
        """End for the reason that the starter had; a crash is the starter's, and so reported as that alone."""
        if isinstance(reason, Normal):
            return Stop()
        self.me.struck(addressed(self.starter), reason)
        return None

    def handle_cast(self, request: Any) -> None:
        """Take no casts."""
        dead_letter(current(), Cast(request))

    def terminate(self, reason: ExitReason) -> None:
        """Stop what is left."""
        for retry in list(self.retries):
            self.call_off(retry)
        self.order = order_in(reason)
        if self.order is not None:
            self.order.limit.heard.add(self.me)
        self.stop_surely(reason if isinstance(reason, Shutdown) else BY_SUPERVISOR)
        self.reports.over(reason, self.known())

    def let_go(self) -> None:
        """`init` has failed, and the error keeps its frames: nothing may lead from here to the actor that has the error."""
        self.starts.let_go()
        del self.me, self.reports

    def stop_surely(self, reason: ExitReason) -> None:
        """Stop all children that run, even if the supervisor is told to end meanwhile."""
        try:
            self.stop_everything(reason)
        except ActorExit:
            if self.me.reason is None:  # not killed: while the signal is handled, one may wait
                self.stop_everything(reason)
            raise

    def stop_everything(self, reason: ExitReason) -> None:
        """Stop all children that run."""
        raise NotImplementedError

    def known(self) -> Iterable[Child]:
        """Return the children, those that do not run included."""
        raise NotImplementedError

    # -- requests

    def handle_call(self, request: Any, call: Call) -> Any:
        """Grant a request, or refuse it in the caller."""
        grant = self.handlers.get(request.__class__)
        if grant is None:
            return Refused(
                TypeError(f"{current()} does not do {request!r}; it is another kind of supervisor, or none is meant")
            )
        try:
            return grant(self, request)
        except (SupervisorError, SpecError) as error:
            return Refused(error.with_traceback(None))

    def which_children(self, request: WhichChildren) -> tuple[ChildInfo, ...]:
        """List the children."""
        return infos(self.known())

    def count_children(self, request: CountChildren) -> ChildCounts:
        """Count the children."""
        return counts(self.known())

    def stop_tree(self, request: StopTree) -> Stop:
        """End."""
        return Stop(reply=None)

    def nothing(self, request: Withdrawn) -> NoReply:
        """Do what is left of a call that was refused while it waited."""
        return NoReply()

    # -- ends and restarts

    def ended(self, child: Child, reason: ExitReason) -> Stop | None:
        """A child has ended of its own accord."""
        actor = child.actor
        child.drop_actor()
        assert actor is not None
        if not runs.is_withheld(child.started):
            released(self.me, actor)
        reason = actor.reason or reason  # one that ended before it was linked has told only that
        self.reports.ended(child, actor, reason)
        decision = child.decisions[type(reason)]
        if decision is RESTART and runs.is_wanted(child.started):
            if child.spec.backoff is not None and clock.monotonic() - child.since >= self.intensity.seconds:
                child.failures = 0
            return self.restart(child, reason)
        runs.tell_outcome(child.started)
        if decision is FORGET:
            self.forget(child)
        return self.left(child)

    def restart(self, child: Child, reason: ExitReason) -> Stop | None:
        """Restart a child that has failed, and nobody else."""
        if not self.window.admit(clock.monotonic()):
            return self.give_up(child, reason, (child,))
        return self.attempt(child, Retry([child], reason))

    def forget(self, child: Child) -> None:
        """Know a child no more."""
        raise NotImplementedError

    def left(self, child: Child) -> Stop | None:
        """A child has ended of its own accord and is not restarted."""
        return None

    def attempt(self, child: Child, retry: Retry) -> Stop | None:
        """Make a restart that was admitted, or have it wait; `child` is the one that failed."""
        child.failures += 1
        for member in retry.children:
            member.retry = retry
        if child.spec.backoff is None:
            return self.perform(retry)
        self.retries.add(retry)
        seconds = child.spec.backoff.seconds(child.failures)
        self.me.tied().awaited[retry] = None
        retry.timer = self.me.scheduler.start_timer(seconds, lambda: self.me.deliver(retry))
        return None

    def retry(self, retry: Retry) -> Stop | None:
        """Make a restart whose time has come; others run first, and what they have sent is served."""
        retry.timer = None
        retry.due = not retry.due
        if retry.due:
            give_way()
            self.me.deliver(retry)
            return None
        self.retries.discard(retry)
        self.me.tied().awaited.pop(retry, None)
        return self.perform(retry)

    def perform(self, retry: Retry) -> Stop | None:
        """Start the children of a restart that are still meant by it."""
        started: list[Child] = []
        over = None
        alone = len(retry.children) == 1
        for child in retry.children:
            if child.retry is not retry:
                continue  # it was stopped by hand, or is part of a later restart
            if runs.is_orphan(child.started, child.spec.start):
                over = self.dropped(child) or over
                continue
            try:
                self.start_again(child, retry.reason, alone)
            except StartError as error:
                self.reports.failed(child, error.reason)
                self.stop_for_restart(started)
                for member in started:
                    member.retry = retry
                return self.failed_again(child, retry)
            except BaseException:
                retry.children = []  # the supervisor ends: no cycle
                raise
            started.append(child)
        return over

    def dropped(self, child: Child) -> Stop | None:
        """A run is not restarted after all, since its owner has ended."""
        child.retry = None
        runs.tell_outcome(child.started)
        return self.left(child)

    def start_again(self, child: Child, reason: ExitReason, alone: bool = True) -> None:
        """Start a child of a restart, which is for it alone or for its group.

        Raises:
            StartError: it did not start.
        """
        before = child.started
        self.starts.start(child)
        child.restarts += 1
        self.reports.restarted(child, alone)
        runs.tell_restarted(before, child.started, reason, child.restarts)

    def failed_again(self, child: Child, retry: Retry) -> Stop | None:
        """An attempt failed: count the next, and have it wait behind what is queued, or longer."""
        if not self.window.admit(clock.monotonic()):
            return self.give_up(child, retry.reason, retry.children)
        if child.spec.backoff is not None:
            return self.attempt(child, retry)
        child.failures += 1
        self.retries.add(retry)
        self.me.tied().awaited[retry] = None
        self.me.deliver(retry)
        return None

    def call_off(self, retry: Retry) -> None:
        """Drop a restart that waits: it is not made."""
        self.retries.discard(retry)
        self.me.tied().awaited.pop(retry, None)
        retry.stop_timer()
        for child in retry.children:
            child.retry = None
            runs.tell_outcome(child.started)

    def give_up(self, child: Child, reason: ExitReason, group: Iterable[Child]) -> Stop:
        """Restart no more, and end; the supervisor's own supervisor decides what follows."""
        why = GaveUp(child.spec.id, reason, self.intensity.restarts, self.intensity.seconds)
        self.reports.gave_up(child, why)
        for member in group:
            member.retry = None
            runs.tell_outcome(member.started)
        return Stop(Shutdown(why))

    # -- stopping

    def stop_all(self, children: list[Child], reason: ExitReason) -> None:
        """Stop running children, the last of them first, each before the next is told."""
        stop_in_turn(self, children, reason)

    def stop_at_once(self, children: Iterable[Child], reason: ExitReason) -> None:
        """Stop running children, all at the same time; the time of each counts from when it was told."""
        told = [(child.grace, child, self.tell(child, reason, child.grace)) for child in children]
        began = clock.monotonic()
        told.sort(key=lambda one: inf if one[0] is None else one[0])  # so that nobody gets more than its time
        try:
            for grace, child, parting in told:
                left = None if grace is None else max(0.0, began + grace - clock.monotonic())
                self.part(child, parting, grace, left)
        except BaseException:
            for _, child, parting in told:
                self.keep(child, parting.ref)
            raise

    def keep(self, child: Child, actor: Actor) -> None:
        """The supervisor is told to end while it stops a child: what stops all then stops this one too."""
        if actor.reason is None:
            child.actor = actor
            self.running[actor] = child

    def stop_for_restart(self, children: list[Child]) -> None:
        """Stop running children that are to be started afresh."""
        for child in children:
            runs.replace(child.started)
        self.stop_all(children, BY_SUPERVISOR)

    def tell(self, child: Child, reason: ExitReason, grace: Seconds) -> Parting:
        """Tell a child to end; from here on it does not count as running."""
        actor = child.actor
        child.drop_actor()
        assert actor is not None
        del self.running[actor]
        parting = parting_with(self.me, actor)
        if grace == 0:
            return parting
        if self.order is None:
            parting.tell(reason)
        else:
            parting.tell(Shutdown(self.order.below(child.id)))
            if actor in STARTING:
                end_start(actor, self.order)
        if actor.activity == WAITING or actor.scheduler is not self.me.scheduler:
            refuse_call(self.me, actor)
        return parting

    def part(self, child: Child, parting: Parting, grace: Seconds, left: Seconds) -> None:
        """Wait until a child that was told has ended; kill it when the time that it has left is over."""
        actor = parting.ref
        try:
            self.await_end(child, parting, grace, left)
        except BaseException:
            self.keep(child, actor)
            raise
        if not runs.is_replaced(child.started):
            runs.tell_outcome(child.started)
            released(self.me, actor)
        self.reports.stopped(child, actor, actor.reason)

    def await_end(self, child: Child, parting: Parting, grace: Seconds, left: Seconds) -> None:
        """Wait until a child has ended, or make it end."""
        actor = parting.ref
        if grace == 0:
            parting.kill()
        elif self.order is not None:
            if not self.order.limit.wait(parting, left, child.started):
                limit = self.order.limit
                self.reports.overrun(child, actor, limit.elapsed() if limit.over else grace)
                limit.kill(parting, (*self.order.path, child.id))
        elif not parting.wait(left):
            self.reports.overrun(child, actor, grace)
            parting.kill()


def name_body(me: Actor, path: Path) -> None:
    """Have the ref of a supervisor below another show where it stands."""
    body: Any = me.body
    body.__qualname__ = f"{body.__qualname__} {'/'.join(map(shown, path))}"


REQUESTS: dict[type[Request[Any]], Callable[[Any, Any], Any]] = {
    WhichChildren: Keeper.which_children,
    CountChildren: Keeper.count_children,
    StopTree: Keeper.stop_tree,
    Withdrawn: Keeper.nothing,
}


def counts(children: Iterable[Child]) -> ChildCounts:
    """Count children."""
    known = list(children)
    supervisors = sum(child.is_supervisor for child in known)
    return ChildCounts(len(known), sum(child.running for child in known), supervisors, len(known) - supervisors)
