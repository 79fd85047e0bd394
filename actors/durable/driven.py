"""A durable run as it is driven: what becomes of the actor that runs it, and of its outcomes, which come here first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gevent.lock import BoundedSemaphore

from actors import telemetry
from actors.codec import decode, encode
from actors.computation.runner import AsyncComputation
from actors.computation.transitions import SUSPENDED
from actors.durable.faults import Diverged
from actors.durable.forms import cause_form, form_of
from actors.durable.inner import AT, Inner
from actors.durable.notices import Detached, Parked
from actors.durable.rows import unpacked_question
from actors.durable.runs_faults import DetachedError
from actors.durable.store_faults import StoreUnavailableError
from actors.exits import KILLED, NORMAL, Crash, ExitReason, as_reason
from actors.outcomes import Cancelled, Completed, ComputationEvent, FinalOutcome, Notify, Outcome, Suspend, Throw
from actors.runtime.actor import WAITING
from actors.runtime.spawning import spawn

if TYPE_CHECKING:
    from actors.durable.appends import Append
    from actors.durable.in_hand import RunsInHand
    from actors.durable.recording import Recording
    from actors.durable.store import RunRow
    from actors.runtime.actor import Actor

T = TypeVar("T")

Base: Any = AsyncComputation  # a compiled method is overridden without `super()`


class Driven(AsyncComputation[T], Generic[T]):
    """Stands for a run while that is live, passivated, or in nobody's hands. It never runs itself: an `Inner` does."""

    __slots__ = ("id", "inner", "loading", "log", "name_", "quiet", "reviving", "row", "runs")

    runs: RunsInHand
    id: str
    name_: str  # of the computation
    row: RunRow  # as it was read last
    log: Recording | None  # while it is live
    inner: Inner | None
    loading: BoundedSemaphore  # held by whoever brings it back
    reviving: bool  # it has not come to the end of its log
    quiet: bool  # the owner is not told that it is unloaded

    def known(self, runs: RunsInHand, row: RunRow) -> None:
        """Stand for a run that is in the store."""
        self.runs = runs
        self.row = row
        self.id = row.id
        self.name_ = row.name
        self.log = self.inner = None
        self.loading = BoundedSemaphore()
        self.quiet = self.reviving = False
        if row.status == "suspended" and row.question is not None:
            self.outcome = self.asked(row.question)
            self.token = self.outcome.token
            self.phase = SUSPENDED

    def asked(self, question: bytes) -> Suspend:
        """Return the suspension on the question that the run's row shows."""
        number, _, form = unpacked_question(question)
        return Suspend(decode(form), number, {}, None, self)

    def label(self) -> str:
        """Return the name of the computation."""
        return self.name_

    def __repr__(self) -> str:
        """Name the computation, the run and its state."""
        return f"<DurableRun {self.id!r} of {self.name_} {self.state}>"

    def withdrawn(self) -> None:
        """The open question was answered, or its ask ended without an answer."""
        if self.phase is SUSPENDED:
            self.phase = self.phase.withdraw.state
            self.token = None
            self.runs.touched(self)

    def sleeps(self) -> None:
        """It waits for the time, and may be passivated."""
        self.runs.touched(self)

    def go_live(self, log: Recording) -> None:
        """Start the actor that runs it, from its log."""
        self.log = log
        log.on_withdrawn = self.withdrawn
        log.on_sleep = self.sleeps
        log.flush()
        self.inner = self.runs.execution(self, log).start(self, self.options.shutdown)

    def unload(self, cause: object, *, quiet: bool = False) -> None:
        """Unwind what runs it, for this process only; its log stays."""
        if self.inner is not None and self.log is not None:
            self.quiet = quiet
            self.log.unload(cause)
            self.inner.unload(cause)

    # -- outcomes

    def take(self, message: Any) -> None:
        """Take what the live run came to, or a control message."""
        if isinstance(message, ComputationEvent):
            if message.runner is self.inner:
                self.heard(message.outcome)
            return
        Base.take(self, message)

    def heard(self, outcome: Any) -> None:
        """Hand on what the live run came to."""
        if not isinstance(outcome, Notify):
            self.reviving = False
        match outcome:
            case Suspend():
                self.told(self.opened(outcome))
            case Notify(value):
                self.owner_.deliver(ComputationEvent(self.tag, Notify(value), self))
            case _:
                self.ended(outcome)

    def opened(self, outcome: Suspend) -> Suspend:
        """The live run asks: return its suspension as the owner gets it."""
        log, operation = self.log, outcome.data.pop(AT)
        assert log is not None
        if log.open != operation.where:  # of a branch, whose turn it is
            log.show(operation.where, operation.seq, form_of(outcome.value))
        self.phase = self.phase.ask.state
        self.token = operation.seq
        self.runs.touched(self)
        return Suspend(outcome.value, operation.seq, outcome.data, None, self)

    def told(self, outcome: Outcome) -> None:
        """Publish an outcome that is on disk."""
        follow = self.publish(outcome)
        if follow is not None:
            self.scheduler.push(follow)

    def ended(self, outcome: FinalOutcome) -> None:
        """The actor that ran it is gone: the run has ended, or goes on from its log one day."""
        log, self.log, self.inner = self.log, None, None
        assert log is not None
        failure = log.failure
        if failure is not None:
            paused, told = is_passing(failure.args[0]), self.runs.is_paused(self.id)
            self.runs.unloaded(self, log, paused=paused)
            if isinstance(failure, Diverged):
                self.parked(failure)
            elif not self.quiet and not (paused and told):
                self.tell(Detached(failure.cause))
            self.quiet = False
            return
        if not log.closed:
            cause = outcome.reason if isinstance(outcome, Cancelled) else None
            log.close(encode(["cancelled", cause_form(cause), None]))  # killed: its body wrote nothing
        ticket = log.ticket
        if ticket is None or (ticket.done and ticket.error is None):
            self.finished(outcome)
        else:
            spawn(self.finished_on_disk, outcome, ticket, link=False)

    def finished_on_disk(self, outcome: FinalOutcome, ticket: Append) -> None:
        """The run has ended, once that is on disk; if the store does not take it, it goes on from its log one day."""
        try:
            ticket.wait()
        except Exception as error:
            self.runs.forgotten(self)
            self.tell(Detached(error))
        else:
            self.finished(outcome)

    def finished(self, outcome: FinalOutcome) -> None:
        """The run has ended."""
        self.runs.forgotten(self)
        reason: ExitReason = NORMAL
        if isinstance(outcome, Throw):
            reason = Crash(outcome.error)
        elif isinstance(outcome, Cancelled):
            reason = KILLED if outcome.killed else as_reason(outcome.reason)
        follow = Base.publish_final(self, outcome, reason)
        if follow is not None:
            self.scheduler.push(follow)

    def parked(self, failure: Diverged) -> None:
        """Code and log differ: set it aside."""
        telemetry.report("error", "run parked", actor=self.id, error=failure)
        spawn(self.set_aside, failure, link=False)

    def set_aside(self, failure: Diverged) -> None:
        """Write that it is parked, and then tell."""
        try:
            self.runs.park(self.id, str(failure))
        finally:
            self.tell(Parked(failure))

    def tell(self, notice: Detached | Parked) -> None:
        """Tell the owner, and all who wait for an outcome, that none comes now."""
        told: Any = notice
        self.owner_.deliver(ComputationEvent(self.tag, told, self))
        if self.waiters is not None:
            self.tell_waiters(told)
        reply, self.reply = self.reply, None
        if reply is not None and reply.waiting is self and reply.activity == WAITING:
            self.scheduler.wake(reply, told)

    def wait_for_any(self, me: Actor, timeout: float | None) -> Any:
        """Wait for some outcome.

        Raises:
            DetachedError: none comes now.
        """
        return self.unless_detached(Base.wait_for_any(self, me, timeout))

    def unless_detached(self, outcome: Any) -> Any:
        """Return an outcome that a call waited for.

        Raises:
            DetachedError: it is none: the run is live no more.
        """
        if isinstance(outcome, Detached | Parked):
            raise DetachedError(self, outcome)
        return outcome

    def outcome_of(self, result: bytes) -> FinalOutcome:
        """Return what a finished run came to."""
        match decode(result):
            case ["completed", value]:
                return Completed(value)
            case ["throw", error]:
                return Throw(error)
            case [_, cause, error]:
                return Cancelled(decode(cause), error)
            case other:
                raise ValueError(f"{other!r} is no outcome")

    def bind(self) -> None:
        """Heed nobody's end yet: `DurableRuns` does that."""


def is_passing(cause: object) -> bool:
    """Tell whether a run was unloaded because of something that passes: a disk that is full."""
    return isinstance(cause, StoreUnavailableError) and not cause.lasting
