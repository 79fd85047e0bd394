"""`DynamicSupervisor`: any number of children, started on demand, known by their refs, and stopped all at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from actors.children import ChildSpec, SpecError
from actors.exits import ExitReason
from actors.runtime import ActorRef, current
from actors.runtime.actor import Actor
from actors.runtime.arguments import addressed
from actors.server import Request, Server, Stop
from supervisors.child import Child, ref_of
from supervisors.errors import MaxChildrenError, NoSuchChildError
from supervisors.handle import Handle, StartChild
from supervisors.keeper import BY_SUPERVISOR, REQUESTS, Keeper
from supervisors.retries import Retry
from supervisors.spec import Intensity, checked_count, checked_option, checked_spec

if TYPE_CHECKING:
    from actors.runtime.background import BackgroundThread

S = TypeVar("S")


class TerminateRef(Request[None]):
    """Stop the child that has this ref, or had it before a restart that is still to come."""

    ref: ActorRef


class DynamicSupervising(Keeper):
    """The server behind a `DynamicSupervisor`."""

    def __init__(self, starter: ActorRef, intensity: Intensity, max_children: int | None) -> None:
        """Take who started it and the options."""
        super().__init__(starter, intensity)
        self.max_children = max_children
        self.restarting: dict[Actor, Child] = {}  # those whose restart waits, by the ref they had last
        self.reports.shared = {}  # a storm in many children is one, and one line a second

    def known(self) -> Iterable[Child]:
        """Return the children, those that wait for a restart included."""
        return chain(self.running.values(), self.restarting.values())

    def stop_everything(self, reason: ExitReason) -> None:
        """Stop the children that run, all at the same time."""
        self.stop_at_once(list(self.running.values()), reason)

    def forget(self, child: Child) -> None:
        """Know a child no more: one that has ended is not among those that run, and that is all."""

    # -- restarts

    def restart(self, child: Child, reason: ExitReason) -> Stop | None:
        """Restart a child that has failed."""
        self.restarting[ref_of(child.started)] = child
        return super().restart(child, reason)

    def perform(self, retry: Retry) -> Stop | None:
        """Start the child of a restart, if it is still meant by it."""
        (child,) = retry.children
        before = ref_of(child.started)
        stop = super().perform(retry)
        if child.retry is None:
            self.restarting.pop(before, None)
        return stop

    # -- requests

    def start_child(self, request: StartChild) -> Any:
        """Add a child."""
        self.check_room(request.spec.id)
        return self.start_new(request.spec).started

    def check_room(self, child_id: object) -> None:
        """Refuse one child more than the limit.

        Raises:
            MaxChildrenError: it would be one.
        """
        limit = self.max_children
        if limit is not None and len(self.running) + len(self.restarting) >= limit:
            raise MaxChildrenError(child_id, limit)

    def terminate_child(self, request: TerminateRef) -> None:
        """Stop a child, or see to it that it is not restarted."""
        actor = addressed(request.ref)
        child = self.running.get(actor)
        if child is not None:
            self.stop_all([child], BY_SUPERVISOR)
            return
        child = self.restarting.pop(actor, None)
        if child is None:
            raise NoSuchChildError(actor)
        retry: Any = child.retry
        self.call_off(retry)


DynamicSupervising.handlers = REQUESTS | {
    StartChild: DynamicSupervising.start_child,
    TerminateRef: DynamicSupervising.terminate_child,
}


class DynamicSupervisor(Handle):
    """A dynamic supervisor, by its ref or its name; `start` starts one."""

    __slots__ = ()

    @staticmethod
    def start(
        *,
        max_children: int | None = None,
        intensity: Intensity = Intensity(),  # noqa: B008  a value
        name: str | None = None,
        on: BackgroundThread | None = None,
    ) -> DynamicSupervisor:
        """Start a supervisor without children and return it.

        It is linked with the caller and ends with it, whatever the reason; then, as on `stop`, its children are told to
        end at once, and each has its own `shutdown` from then on. A child that failed is restarted alone; one that has
        ended and is not restarted is forgotten.

        *Blocks until* it is ready.

        Args:
            max_children: how many it may have, those that wait for a restart included; None for no limit.
            intensity: how often it restarts, whichever of its children, before it ends with `Shutdown(GaveUp(…))`.
            name: register it under this name.
            on: the thread that it belongs to, `background()`; None for the caller's.

        Raises:
            SpecError: an option cannot be what it was given; it names the option.
            NameTakenError: another live actor has the name.
        """
        checked_count("max_children", max_children, "no limit")
        checked_option("intensity", intensity, Intensity)
        ref = Server.start(DynamicSupervising, current(), intensity, max_children, name=name, timeout=None, on=on)
        return DynamicSupervisor(ref)

    def start_child(self, spec: ChildSpec[S]) -> S:
        """Add a child, start it, and return what its `start` returned. Its id need not be its own.

        *Blocks until* it has started, within its `start_timeout`, after what the supervisor does before.

        Raises:
            MaxChildrenError: there are as many as there may be.
            StartError: it did not start, and is not kept.
            SpecError: it is no `ChildSpec`, or `significant`, which means nothing here.
            ServerExitedError: the supervisor has ended, or nobody has the name.
            SupervisorBusyError: called by a child that the supervisor is starting.
        """
        checked_spec(spec)
        if spec.significant:
            raise SpecError("significant", True, "a dynamic supervisor ends with none of its children; leave it out")
        started: S = self.ask(StartChild(spec))
        return started

    def terminate_child(self, child: ActorRef | Any) -> None:
        """Stop a child, as its spec says, and forget it; one that waits for its restart is not restarted.

        Args:
            child: its ref, or what its `start` returned.

        *Blocks until* it has ended.

        Raises:
            NoSuchChildError: none has the ref; it may have ended before.
            TypeError: it is no ref, and has none. For the supervisor's end see `start_child`.
        """
        ref = child if isinstance(child, ActorRef) else getattr(child, "ref", None)
        self.ask(TerminateRef(addressed(ref if isinstance(ref, ActorRef) else child)))
