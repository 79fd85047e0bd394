"""Resuming a run: giving an answer, and waiting for what comes of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from greenlet import getcurrent

from actors.clock import checked_seconds
from actors.computation.courier import Courier
from actors.computation.faults import FinishedError
from actors.computation.following import Followed
from actors.computation.transitions import NOTHING, SUSPENDED
from actors.exits import ExitReason
from actors.outcomes import Outcome, Suspend
from actors.runtime.actor import EMPTY, READY, WAITING, Actor, ActorRef
from actors.runtime.arguments import addressed
from actors.runtime.current import current_actor
from actors.runtime.farewell import dead_letter
from actors.runtime.proxy import proxy_of
from actors.runtime.remote import remotely
from actors.runtime.scheduler import get_ident
from actors.runtime.worker import WORKER


class Bearer(Actor):
    """Brings a run a control message from another thread."""

    __slots__ = ("message", "to")

    def __init__(self, to: Actor, message: Any) -> None:
        """Take both."""
        super().__init__(self.bring, (), to.scheduler)
        self.to = to
        self.message = message

    def bring(self) -> None:
        """Deliver it; `parse` is the user's code and may block, which is why this is an actor."""
        message, self.message = self.message, EMPTY
        self.to.deliver(message)

    def conclude(self, reason: ExitReason, heard: bool = False) -> None:
        """End; a message that it never came to bring is a dead letter."""
        super().conclude(reason, heard=heard)
        if self.message is not EMPTY:
            dead_letter(self.to, self.message)


class Answerable(Followed):
    """A run that can be answered."""

    __slots__ = ()

    def resume(self, value: object, *, token: int | None = None, reply_to: ActorRef | None = None) -> None:
        """Deliver the answer to the open suspension, and return at once; from another thread, once that has taken it.

        The question's `parse` runs here. If it refuses the answer, the answer is not taken: the question comes again as
        a new `Suspend` whose `error` is the message.

        Args:
            value: the answer.
            token: the token of the suspension it is for; None for whichever is open.
            reply_to: who gets the outcome of the coming leg instead of the owner.

        Raises:
            FinishedError: the run has ended.
            StaleTokenError: the token was used, or its suspension withdrawn or cancelled.
            NotSuspendedError: no suspension is open.
            TypeError: `reply_to` is not an `ActorRef`.
            ClosedError: the run belongs to another thread, whose runtime was closed.
            Exception: what the question's `parse` raises, other than `ValueError`.
        """
        scheduler: Any = self.scheduler
        if scheduler.thread != get_ident():
            self.check_unfinished()
            remotely(scheduler, partial(self.resume, value, token=token, reply_to=reply_to))
            return None
        step = self.phase.resume
        suspend: Any = self.outcome
        if (
            step.made is not NOTHING
            or (token is not None and token != self.token)
            or suspend.value.has_parse
            or reply_to is not None
            or self.questions
        ):
            to = None if reply_to is None else proxy_of(addressed(reply_to), scheduler)
            return super().resume(value, token=token, reply_to=to)
        if not scheduler.active:
            scheduler.kick()
        scheduler.ready.append(self.answered(value))
        return None

    def resume_sync(self, value: object, *, token: int | None = None, timeout: float | None = 5.0) -> Outcome:
        """Deliver the answer and return the outcome of the leg that it starts.

        *Blocks until* the run suspends again or ends, or `timeout` seconds have passed.

        Raises:
            DeadlockError: nobody is left who could bring one about.
            StaleTokenError: the token was used, or its suspension withdrawn or cancelled.
            NotSuspendedError: no suspension is open; as `FinishedError`: the run had ended, it carries the final outcome.
            LegTimeoutError: no outcome in time; the run goes on, and that outcome comes to the owner as an event.
            ValueError: `timeout` is negative.
            ClosedError: the run belongs to another thread, whose runtime was closed.
            Exception: what the question's `parse` raises, other than `ValueError`.
        """
        greenlet: Any = getcurrent()
        scheduler: Any = self.scheduler
        if type(greenlet) is not WORKER or type(timeout) is not float or not timeout > 0.0:
            return self.resume_slowly(value, token, timeout)
        me: Any = greenlet.actor
        if me.scheduler is not scheduler:
            return self.resume_slowly(value, token, timeout)
        step = self.phase.resume
        suspend: Any = self.outcome
        asker: Any = self.asker
        if step.made is not NOTHING or suspend.value.has_parse or (token is not None and token != self.token):
            return self.resume_slowly(value, token, timeout)
        if self.questions or scheduler.budget <= 0 or me.doom is not None:
            return self.resume_slowly(value, token, timeout)
        scheduler.budget -= 1
        self.phase = step.state  # `answered`, written out
        self.token = self.asker = None
        asker.slot = value
        asker.activity = READY
        try:
            return self.call(me, asker.greenlet, timeout)
        except RecursionError:
            if asker.activity is READY and self.asker is None:  # no room to switch there: not answered
                self.phase, self.token, self.asker = SUSPENDED, suspend.token, asker
                asker.activity, asker.slot = WAITING, EMPTY
            raise

    def resume_slowly(self, value: Any, token: int | None, timeout: float | None) -> Outcome:
        """Do what `resume_sync` does, whatever the circumstances, and raise what is to be raised."""
        checked_seconds("timeout", timeout)
        me = current_actor()
        if me.scheduler is not self.scheduler:
            return self.answer_elsewhere(me, value, token, timeout)
        suspend = self.admit(token)
        if suspend.value.has_parse:
            value, again = self.parsed(suspend, value)
            if again is not None:
                return self.took(again)
        asker = self.answered(value)
        try:
            return self.after_answer(me, asker, timeout)
        except RecursionError:
            self.scheduler.queue_lost(asker)
            raise

    def answer_elsewhere(self, me: Actor, value: Any, token: int | None, timeout: float | None) -> Outcome:
        """Do what `resume_sync` does, for a run of another thread; a question that parses takes an agent there."""
        self.check_unfinished()
        if timeout != 0 and not self.is_to_parse():
            courier = Courier(self, me, value, token)
            outcome: Outcome | None = courier.leg(courier.answer, timeout)
            if outcome is not None:
                return outcome
        return self.leg_elsewhere(partial(self.resume_sync, value, token=token, timeout=timeout), timeout=timeout)

    def is_to_parse(self) -> bool:
        """Tell whether the open question parses its answer."""
        outcome = self.outcome
        return isinstance(outcome, Suspend) and bool(outcome.value.has_parse)

    def check_unfinished(self) -> None:
        """Refuse an answer from another thread at once if the run has ended: its own thread may have ended too.

        Raises:
            FinishedError: it has.
        """
        if self.reason is not None:
            raise FinishedError(self, self.final())

    def sent_from_abroad(self, message: Any, timeout: float | None) -> None:
        """Take a control message of another thread."""
        self.scheduler.inbox.post(take_abroad, self, Bearer(self, message))

    def after_answer(self, me: Actor, asker: Actor, timeout: float | None) -> Outcome:
        """Return the outcome that follows an answer; the next question of a branch is there at once."""
        if not self.questions:
            return self.hand_over(me, asker, timeout)
        self.scheduler.push(asker)
        following = self.next_question()
        return self.call_queued(me, timeout) if following is None else self.took(following)


def take_abroad(run: Answerable, bearer: Bearer) -> None:
    """Take a control message from another thread, or have an actor bring it; in the run's hub."""
    if run.reason is None and run.is_to_parse():
        run.scheduler.push(bearer)
    else:
        bearer.bring()
