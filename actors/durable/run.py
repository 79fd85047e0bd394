"""A durable run as its owner holds it: a runner like any other, whatever becomes of the actor that runs it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from actors.clock import checked_seconds
from actors.codec import encode, stored
from actors.computation.faults import DeadlineExceeded, StaleTokenError
from actors.computation.runner import AsyncComputation
from actors.computation.transitions import FINISHED, RUNNING, SUSPENDED
from actors.durable.driven import Driven
from actors.durable.forms import cause_form
from actors.durable.notices import Detached
from actors.durable.rows import unpacked_question
from actors.durable.runs_faults import DetachedError
from actors.durable.store_faults import StoreUnavailableError
from actors.exits import ExitReason
from actors.outcomes import Cancelled, Suspend
from actors.runtime import farewell
from actors.runtime.actor import NEW
from actors.runtime.arguments import addressed
from actors.runtime.current import current_actor
from actors.runtime.proxy import proxy_of
from actors.runtime.remote import remotely
from actors.runtime.scheduler import get_ident
from actors.runtime.spawning import give_way, spawn

if TYPE_CHECKING:
    from actors.durable.appends import Append
    from actors.durable.inner import Inner
    from actors.durable.recording import Recording
    from actors.runtime.actor import ActorRef

T = TypeVar("T")

Base: Any = AsyncComputation  # a compiled method is overridden without `super()`

stored("DeadlineExceeded")(DeadlineExceeded)

TAKING = 5.0  # seconds that an answer or a cancel may take to be on disk


class DurableRun(Driven[T], Generic[T]):
    """One durable run, for its owner; made by `DurableRuns`.

    Everything an `AsyncComputation` has: its outcomes come as events, it is resumed, cancelled and waited for. Besides,
    `id` names it in the store.
    """

    __slots__ = ()

    # -- answers

    def resume(self, value: object, *, token: int | None = None, reply_to: ActorRef | None = None) -> None:
        """Deliver the answer to the open suspension; when it returns, the answer is on disk.

        *Blocks until* it is, 5 seconds at most before it is being written. Otherwise as `AsyncComputation.resume`.

        Raises:
            FinishedError: the run has ended.
            StaleTokenError: the token was used, or its suspension withdrawn or cancelled.
            NotSuspendedError: no suspension is open.
            StoreUnavailableError: the store did not take it; nothing was taken.
            EncodeError: the answer cannot be stored.
            Exception: what the question's `parse` raises, other than `ValueError`.
        """
        if self.scheduler.thread != get_ident():
            remotely(self.scheduler, partial(self.resume, value, token=token, reply_to=reply_to))
            return
        self.revived()
        suspend = self.admit(token)
        value, again = self.parse(suspend, value)
        self.reply = None if reply_to is None else proxy_of(addressed(reply_to), self.scheduler)
        if again is not None:
            self.told(again)
            return
        following = self.take_answer(suspend.token, value)
        if following is not None:
            self.told(self.opened(following))
        try:
            self.taken_by_store()
        except StoreUnavailableError:
            if self.asks_still(suspend):
                raise

    def asks_still(self, suspend: Suspend) -> bool:
        """After the store refused something, tell whether it was the answer: then the question is open as before."""
        row = self.runs.store.get(self.id)
        if row is None or row.question is None or unpacked_question(row.question)[0] != suspend.token:
            return False
        if self.phase is RUNNING:
            self.phase = SUSPENDED
            self.token = suspend.token
            self.outcome = suspend
        return True

    def revived(self) -> None:
        """Wait until it has come to the end of its log, if it was brought back just now."""
        if self.reviving:
            self.wait_for_any(current_actor(), TAKING)

    def resume_sync(self, value: object, *, token: int | None = None, timeout: float | None = 5.0) -> Any:
        """Deliver the answer and return the outcome of the leg that it starts; see `AsyncComputation.resume_sync`.

        Raises:
            StoreUnavailableError: the store did not take it; nothing was taken.
            EncodeError: the answer cannot be stored.
            DetachedError: the run was unloaded or parked meanwhile.
        """
        checked_seconds("timeout", timeout)
        if self.scheduler.thread != get_ident():
            return self.leg_elsewhere(partial(self.resume_sync, value, token=token, timeout=timeout), timeout=timeout)
        self.revived()
        suspend = self.admit(token)
        value, again = self.parse(suspend, value)
        if again is not None:
            return self.took(again)
        following = self.take_answer(suspend.token, value)
        if following is not None:
            return self.took(self.opened(following))
        try:
            return self.unless_detached(self.call_queued(current_actor(), timeout))
        except DetachedError as error:
            cause = getattr(error.notice, "reason", None)
            if isinstance(cause, StoreUnavailableError) and self.asks_still(suspend):
                raise cause from None
            raise

    def parse(self, suspend: Suspend, answer: Any) -> tuple[Any, Suspend | None]:
        """Have the question parse an answer; return what it made of it, or the question to be put again."""
        if not suspend.value.has_parse:
            return answer, None
        try:
            answer = suspend.value.parse(answer)
        except ValueError as error:
            return None, Suspend(suspend.value, suspend.token, suspend.data, farewell.worded(error), self)
        self.admit(suspend.token)  # parse is user code: it may have switched
        return answer, None

    def take_answer(self, token: int | None, value: object, taken: tuple[str, ...] = ()) -> Suspend | None:
        """Write an answer, and have the run go on with it; return the question of a branch whose turn it is now."""
        if self.inner is None:
            with self.loading:
                if self.inner is None:
                    self.take_answer_cold(token, value, taken)
                    return None
        self.admit(token)  # meanwhile others may have answered
        inner, log = self.parts()
        if inner is None or log is None or log.failure is not None:
            raise DetachedError(self, Detached(None if log is None else log.failure))
        if log.open is None or inner.asker is None:
            raise StaleTokenError(self, token, None)  # withdrawn; its branch has not heard of that yet
        log.give(log.open, value, hot=True)
        self.answered_by(log, taken)
        inner.scheduler.push(inner.answered(value))
        return inner.next_question()

    def parts(self) -> tuple[Inner | None, Recording | None]:
        """Return the actor that runs it and its log, if it is live."""
        return self.inner, self.log

    def take_answer_cold(self, token: int | None, value: object, taken: tuple[str, ...]) -> None:
        """Write an answer, and have the run go on with it from its log."""
        self.runs.take_in_hand(self)
        log = self.runs.loaded(self)
        self.admit(token)
        if log.open is None or log.question is None or unpacked_question(log.question)[0] != self.token:
            raise StaleTokenError(self, token, None)
        log.give(log.open, value, hot=False)
        self.answered_by(log, taken)
        self.go_live(log)

    def answered_by(self, log: Recording, taken: tuple[str, ...]) -> None:
        """The open question has its answer."""
        log.taken.extend(taken)
        self.phase = RUNNING
        self.token = None
        self.runs.touched(self)

    def taken_by_store(self) -> None:
        """Wait until what was written is on disk; the leg runs meanwhile, and its rows go with it.

        Raises:
            StoreUnavailableError: the store did not take it.
        """
        log = self.log
        give_way()
        if log is not None:
            log.flush()
            if log.ticket is not None:
                self.on_disk(log.ticket)

    def on_disk(self, ticket: Append) -> None:
        """Wait for what was given to the store.

        Raises:
            StoreUnavailableError: it does not take it.
        """
        try:
            self.in_time(ticket)
        except Exception as error:
            self.unload(error)
            raise

    def in_time(self, ticket: Append) -> None:
        """Wait for what was given to the store, and take it back if it is not being written within 5 seconds.

        Raises:
            StoreUnavailableError: it was taken back.
        """
        try:
            ticket.wait(TAKING)
        except TimeoutError as error:
            if ticket.withdraw():
                raise StoreUnavailableError(str(self.runs.store), f"it took nothing for {TAKING} seconds") from error
            ticket.wait()  # it is being written: whether it was is known soon

    # -- its end, and the end of what runs it

    def cancel(self, reason: object = "cancelled") -> None:
        """Have the run leave its scopes; when it returns, the cancel is on disk. The first reason wins.

        *Blocks until* it is, 5 seconds at most before it is being written. One `Cancelled(reason)` comes after the last
        scope was left; a passivated run is brought back for that.

        Raises:
            StoreUnavailableError: the store did not take it.
        """
        if self.scheduler.thread != get_ident():
            remotely(self.scheduler, partial(self.cancel, reason))
            return
        phase, token = self.phase, self.token
        if self.take_cancel(reason):
            try:
                self.taken_by_store()
            except StoreUnavailableError:
                if self.phase is not FINISHED:
                    self.phase, self.token = phase, token
                raise

    def take_cancel(self, reason: object, taken: tuple[str, ...] = ()) -> bool:
        """Write that the run is cancelled, and have it hear of that; return whether it could be."""
        if self.inner is None:
            with self.loading:
                if self.inner is None:
                    return self.take_cancel_cold(reason, taken)
        inner, log = self.parts()
        if self.is_ending() or inner is None or log is None or log.closed:
            return False
        if inner.activity == NEW or log.order:  # it is to meet that after all that it was told before
            log.cancel(reason, hot=False)
        else:
            log.cancel(reason, hot=True)
            inner.cancel_for(reason)
        self.cancelled_by(log, reason, taken)
        log.flush()
        return True

    def take_cancel_cold(self, reason: object, taken: tuple[str, ...]) -> bool:
        """Write that the run is cancelled, and have it hear of that at the end of its log."""
        if self.is_ending():
            return False
        self.runs.take_in_hand(self)
        log = self.runs.loaded(self)
        if self.row.status == "parked":
            return self.end_parked(log, reason, taken)
        log.cancel(reason, hot=False)
        self.cancelled_by(log, reason, taken)
        self.go_live(log)
        return True

    def is_ending(self) -> bool:
        """Tell whether it has ended, or is being cancelled."""
        return self.phase.cancel.state is self.phase

    def cancelled_by(self, log: Recording, reason: object, taken: tuple[str, ...]) -> None:
        """It is being cancelled."""
        log.taken.extend(taken)
        self.leaving.cause = reason
        self.phase = self.phase.cancel.state
        self.token = None

    def end_parked(self, log: Recording, reason: object, taken: tuple[str, ...]) -> bool:
        """Cancel a run that was set aside: nothing of it can be run."""
        log.taken.extend(taken)
        log.cancel(reason, hot=False)
        log.close(encode(["cancelled", cause_form(reason), None]))
        if log.ticket is not None:
            self.on_disk(log.ticket)
        self.finished(Cancelled(reason))
        return True

    def exceeded(self) -> None:
        """Its deadline has passed."""
        log = self.log
        if log is not None and log.deadline is not None:
            deadline, log.deadline = log.deadline, None
            self.take_cancel(DeadlineExceeded(deadline - self.row.created))

    def cancel_for(self, cause: object) -> None:
        """Cancel, from wherever."""
        spawn(self.cancel, cause, link=False)

    def owner_ended(self, reason: ExitReason) -> None:
        """Nobody hears of it any more: unload it; it can be attached to."""
        self.unload(f"its owner ended: {reason}")
        self.runs.let_go(self)

    def killed(self) -> None:
        """It is finished for its owner, and what runs it ends; the store keeps it as it is."""
        self.unload("its runner was killed", quiet=True)
        Base.killed(self)
