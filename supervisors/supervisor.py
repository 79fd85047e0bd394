"""`Supervisor`: children in an order, started and stopped in it, and restarted by a strategy."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from actors import clock
from actors.children import ChildSpec, Restart
from actors.exits import ExitReason, Shutdown
from actors.runtime import ActorRef, current
from actors.server import Request, Server, Stop
from supervisors import runs
from supervisors.child import Child
from supervisors.errors import (
    ChildExistsError,
    ChildRestartingError,
    ChildRunningError,
    NoSuchChildError,
    StartError,
)
from supervisors.handle import Handle, StartChild
from supervisors.keeper import BY_SUPERVISOR, REQUESTS, Keeper
from supervisors.plan import affected, grouped, is_over
from supervisors.retries import Retry
from supervisors.spec import (
    AutoShutdown,
    Intensity,
    Strategy,
    checked_child,
    checked_children,
    checked_option,
    checked_spec,
)
from supervisors.stopping import order_in

if TYPE_CHECKING:
    from actors.runtime.background import BackgroundThread

S = TypeVar("S")


class TerminateChild(Request[None]):
    """Stop a child."""

    id: Hashable


class RestartChild(Request[Any]):
    """Start a child that was stopped."""

    id: Hashable


class DeleteChild(Request[None]):
    """Know a child no more."""

    id: Hashable


class FindChild(Request[Any]):
    """Look a child up."""

    id: Hashable


class Supervising(Keeper):
    """The server behind a `Supervisor`."""

    def __init__(
        self,
        starter: ActorRef,
        specs: tuple[ChildSpec[Any], ...],
        strategy: Strategy,
        intensity: Intensity,
        auto_shutdown: AutoShutdown,
    ) -> None:
        """Take who started it, the first children and the options."""
        super().__init__(starter, intensity)
        self.specs = specs
        self.strategy = strategy
        self.auto_shutdown = auto_shutdown
        self.children: dict[Hashable, Child] = {}

    def init(self) -> None:
        """Start the children, in their order; if one does not start, stop those before it."""
        super().init()
        try:
            self.starts.start_each(self.specs, self.reports, self.children)
        except BaseException as error:
            self.order = order_in(error)
            self.stop_surely(Shutdown("a sibling did not start"))
            self.let_go()
            raise
        self.specs = ()

    def add(self, spec: ChildSpec[Any]) -> Child:
        """Start a new child."""
        child = self.children[spec.id] = self.start_new(spec)
        return child

    def stop_everything(self, reason: ExitReason) -> None:
        """Stop the children that run, the last first."""
        self.stop_all([child for child in self.children.values() if child.running], reason)

    def known(self) -> Iterable[Child]:
        """Return the children, those that do not run included."""
        return self.children.values()

    def forget(self, child: Child) -> None:
        """Know a child no more."""
        del self.children[child.spec.id]

    # -- ends and restarts

    def restart(self, child: Child, reason: ExitReason) -> Stop | None:
        """Restart a child that has failed, and whom the strategy has go down with it."""
        if not self.window.admit(clock.monotonic()):
            return self.give_up(child, reason, (child,))
        if self.strategy is Strategy.ONE_FOR_ONE:
            return self.restart_alone(child, reason)
        stop, forget, start = grouped(affected(self.strategy, list(self.children.values()), child))
        for member in start:
            member.retry = None  # an earlier restart that waits is part of this one
        self.stop_for_restart(stop[::-1])
        for member in forget:
            self.forget(member)
        return self.attempt(child, Retry(list(start), reason))

    def restart_alone(self, child: Child, reason: ExitReason) -> Stop | None:
        """Restart a child and nobody else; if it need not wait, a `Retry` is made only when it does not start."""
        if child.spec.backoff is None:
            try:
                self.start_again(child, reason)
            except StartError as error:
                self.reports.failed(child, error.reason)
            else:
                return None
            retry = child.retry = Retry([child], reason)
            return self.failed_again(child, retry)
        return self.attempt(child, Retry([child], reason))

    def left(self, child: Child) -> Stop | None:
        """Tell whether the supervisor ends with a child that has ended of its own accord."""
        if not child.spec.significant:
            return None
        others = (other.running or other.retry is not None for other in self.children.values() if other.spec.significant)
        if is_over(self.auto_shutdown, others):
            return Stop(Shutdown(f"significant child {child.spec.id!r} has ended"))
        return None

    # -- requests

    def start_child(self, request: StartChild) -> Any:
        """Add a child."""
        known = self.children.get(request.spec.id)
        if known is not None:
            raise ChildExistsError(request.spec.id, known.actor)
        return self.add(checked_child(request.spec, self.auto_shutdown)).started

    def terminate_child(self, request: TerminateChild) -> None:
        """Stop a child; a temporary one is known no more."""
        child = self.find(request.id)
        child.retry = None
        if child.running:
            self.stop_all([child], BY_SUPERVISOR)
        else:
            runs.tell_outcome(child.started)
        if child.restart is Restart.TEMPORARY:
            self.forget(child)

    def restart_child(self, request: RestartChild) -> Any:
        """Start a child that does not run."""
        child = self.find_stopped(request.id)
        self.starts.start(child)
        self.reports.started(child)
        return child.started

    def delete_child(self, request: DeleteChild) -> None:
        """Know a child no more."""
        self.forget(self.find_stopped(request.id))

    def find_child(self, request: FindChild) -> Any:
        """Return what `start` returned."""
        child = self.find(request.id)
        return child.started if child.running else None

    def find(self, child_id: Hashable) -> Child:
        """Return a child.

        Raises:
            NoSuchChildError: there is none.
        """
        try:
            return self.children[child_id]
        except (KeyError, TypeError):  # also what is no id at all
            raise NoSuchChildError(child_id) from None

    def find_stopped(self, child_id: Hashable) -> Child:
        """Return a child that does not run, and is not about to.

        Raises:
            NoSuchChildError: there is none.
            ChildRunningError: it runs.
            ChildRestartingError: it is about to.
        """
        child = self.find(child_id)
        if child.actor is not None:
            raise ChildRunningError(child_id, child.actor)
        if child.retry is not None:
            raise ChildRestartingError(child_id)
        return child


Supervising.handlers = REQUESTS | {
    StartChild: Supervising.start_child,
    TerminateChild: Supervising.terminate_child,
    RestartChild: Supervising.restart_child,
    DeleteChild: Supervising.delete_child,
    FindChild: Supervising.find_child,
}


class Supervisor(Handle):
    """A supervisor, by its ref or its name; `start` starts one."""

    __slots__ = ()

    @staticmethod
    def start(
        children: Iterable[ChildSpec[Any]] = (),
        *,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        intensity: Intensity = Intensity(),  # noqa: B008  a value
        auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
        name: str | None = None,
        on: BackgroundThread | None = None,
    ) -> Supervisor:
        """Start a supervisor and its children, in their order, and return it.

        It is linked with the caller and ends with it, whatever the reason; then, as on `stop`, the children end, the
        last started before the others.

        *Blocks until* all children have started, each within its `start_timeout`.

        Args:
            children: the specs of the first children.
            strategy: who else is restarted with a child that failed.
            intensity: how often it restarts before it gives up, and ends with `Shutdown(GaveUp(…))`.
            auto_shutdown: whether it ends when significant children have.
            name: register it under this name.
            on: the thread that it belongs to, `background()`; None for the caller's.

        Raises:
            StartError: a child did not start; those before it have been stopped again.
            SpecError: two children with one id, or an option that is none.
            NameTakenError: another live actor has the name.
        """
        checked_option("strategy", strategy, Strategy)
        checked_option("intensity", intensity, Intensity)
        checked_option("auto_shutdown", auto_shutdown, AutoShutdown)
        specs = checked_children(children, auto_shutdown)
        ref = Server.start(
            Supervising, current(), specs, strategy, intensity, auto_shutdown, name=name, timeout=None, on=on
        )
        return Supervisor(ref)

    def start_child(self, spec: ChildSpec[S]) -> S:
        """Add a child, start it, and return what its `start` returned.

        Raises:
            ChildExistsError: another child has its id.
            StartError: it did not start, and is not kept.
            SpecError: it is no `ChildSpec`.
            ServerExitedError: the supervisor has ended, or nobody has the name.
            SupervisorBusyError: called by a child that the supervisor is starting.
        """
        checked_spec(spec)
        started: S = self.ask(StartChild(spec))
        return started

    def terminate_child(self, child_id: Hashable) -> None:
        """Stop a child, as its spec says; it stays known and can be restarted, unless it is temporary.

        One that waits for its restart is not restarted.

        Raises:
            NoSuchChildError: no child has the id. For the supervisor's end see `start_child`.
        """
        self.ask(TerminateChild(child_id))

    def restart_child(self, child_id: Hashable) -> Any:
        """Start a child that was stopped or has ended, and return what its `start` returned; it counts as no restart.

        Raises:
            NoSuchChildError: no child has the id.
            ChildRunningError: it runs.
            ChildRestartingError: the supervisor is about to restart it.
            StartError: it did not start; it stays stopped. For the supervisor's end see `start_child`.
        """
        return self.ask(RestartChild(child_id))

    def delete_child(self, child_id: Hashable) -> None:
        """Forget a child that was stopped or has ended; its id is free again.

        Raises:
            NoSuchChildError: no child has the id.
            ChildRunningError: it runs.
            ChildRestartingError: the supervisor is about to restart it. For the supervisor's end see `start_child`.
        """
        self.ask(DeleteChild(child_id))

    def child(self, child_id: Hashable) -> Any:
        """Return what the `start` of a child returned last: its ref, runner or supervisor; None while it does not run.

        Raises:
            NoSuchChildError: no child has the id. For the supervisor's end see `start_child`.
        """
        return self.ask(FindChild(child_id))
