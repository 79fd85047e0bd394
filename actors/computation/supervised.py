"""Computations as children of a supervisor: an outcome that leads to a restart is kept from the owner until it is decided.

The owner hears `Restarted` in place of a throw, and the throw itself when the supervisor gives up, or is no more.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

from actors.children import Backoff, ChildSpec, Restart
from actors.computation.options import Options
from actors.computation.runner import AsyncComputation
from actors.exits import ExitReason
from actors.outcomes import Cancelled, ComputationEvent, FinalOutcome, Restarted, Throw
from actors.runtime import arguments, native
from actors.runtime.actor import Actor, ActorRef
from actors.runtime.arguments import addressed
from actors.runtime.current import current_actor
from actors.runtime.proxy import proxy_of

if TYPE_CHECKING:
    from actors.runtime.scheduler import Scheduler


Base: Any = AsyncComputation  # a compiled method is overridden without `super()`


class Nobody(Actor):
    """Has the events of a run whose owner is to hear nothing yet."""

    __slots__ = ()

    def take(self, message: Any) -> None:
        """Drop it."""


class SupervisedRun(AsyncComputation[Any]):
    """A run that is restarted."""

    __slots__ = ("replaced", "supervisor", "told", "withheld")

    supervisor: Actor
    replaced: bool  # it is stopped only to be started afresh
    withheld: bool  # it has ended, and the owner may have to hear of that
    told: bool  # but the outcome it knows, from a call of its own

    def publish_final(self, outcome: FinalOutcome, reason: ExitReason) -> Actor | None:
        """Give out the final outcome, but not to the owner if a restart may follow."""
        if not self.may_be_restarted(outcome):
            told: Actor | None = Base.publish_final(self, outcome, reason)
            return told
        owner, called = self.owner_, self.reply
        nobody = Nobody(None, (), self.scheduler)
        self.owner_ = nobody
        try:
            follow: Actor | None = Base.publish_final(self, outcome, reason)
        finally:
            self.owner_ = owner
        owner.tied().children.pop(self, None)
        self.withheld = True
        self.told = bool(self.taken) and called is not None and called.principal is owner.principal
        return follow

    def may_be_restarted(self, outcome: FinalOutcome) -> bool:
        """Tell whether its supervisor decides what follows this outcome."""
        if self.supervisor.reason is not None or not self.owner.alive:
            return False
        if self.replaced:
            return True
        return isinstance(outcome, Throw) or (isinstance(outcome, Cancelled) and outcome.killed and not self.cancelled)

    @property
    def cancelled(self) -> bool:
        """Whether somebody has cancelled it."""
        return self.cause is not None

    @property
    def wanted(self) -> bool:
        """Whether it may be restarted: nobody cancelled it, and its owner has not ended."""
        return self.owner.alive and (self.replaced or not self.cancelled)

    def replace(self) -> None:
        """Be stopped only to be started afresh: the owner is told of that alone."""
        self.replaced = True

    def restarted(self, runner: AsyncComputation[Any], error: BaseException, attempt: int) -> None:
        """Tell the owner that `runner` runs in its place."""
        self.withheld = False
        self.owner_.deliver(ComputationEvent(self.tag, Restarted(error, attempt, runner), self))

    def release(self) -> None:
        """Tell the owner of the end, unless it knows: no restart follows."""
        if self.reason is not None and self.withheld:
            self.withheld = False
            if not self.told:
                self.owner_.deliver(ComputationEvent(self.tag, self.outcome, self))  # type: ignore[arg-type]  # ended

    def supervisor_ended(self, supervisor: ActorRef, reason: ExitReason) -> None:
        """Nobody restarts it any more."""
        Base.supervisor_ended(self, supervisor, reason)
        self.release()


def start_as_child(
    fn: Callable[..., Any], args: tuple[Any, ...], tag: Hashable, owner: ActorRef | None, options: Options
) -> Any:
    """Start a run in the thread of the caller, its supervisor, which owns it if nobody else does."""
    supervisor = current_actor()
    scheduler: Scheduler = supervisor.scheduler
    run: SupervisedRun = native.blank(SupervisedRun)
    run.supervisor = supervisor
    run.replaced = run.withheld = run.told = False
    run.fill(fn, args, proxy_of(supervisor if owner is None else addressed(owner), scheduler), tag, options)
    run.bind()
    scheduler.push(run)
    return run


def child_spec(  # noqa: PLR0917  `AsyncComputation.child` hands everything on
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    id_: Hashable,
    owner: ActorRef | None,
    tag: Hashable,
    options: Options,
    backoff: Backoff | None,
) -> ChildSpec[Any]:
    """Return the spec of a run; see `AsyncComputation.child`."""
    arguments.check_call(fn, args)
    if owner is not None:
        addressed(owner)
    name = getattr(fn, "__qualname__", repr(fn)) if id_ is None else id_
    start = partial(start_as_child, fn, args, name if tag is None else tag, owner, options)
    return ChildSpec(name, start, Restart.TRANSIENT, shutdown=options.shutdown, backoff=backoff)
