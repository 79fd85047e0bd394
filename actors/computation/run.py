"""Runs: an actor whose body is a computation, its legs and its outcomes.

All transitions go through `transitions`. An outcome is published once: to whoever resumed the leg, else to the owner.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count
from types import FunctionType
from typing import Any, Final, TypeAlias

from actors import telemetry
from actors.computation import cancelling
from actors.computation.cancelling import CancelDoom, Cancellable
from actors.computation.faults import FinishedError, NotSuspendedError, StaleTokenError, refused_token
from actors.computation.options import DEFAULTS, Options, UnderHandlers
from actors.computation.transitions import COMPLETED, FINISHED, NOTHING, RUNNING, SUSPEND, THROW, Made, State
from actors.effects.scope import Scope
from actors.exits import KILLED, NORMAL, Crash, ExitReason
from actors.ops import Question
from actors.outcomes import (
    Cancel,
    Cancelled,
    Completed,
    ComputationEvent,
    FinalOutcome,
    Notify,
    Outcome,
    OwnerEnded,
    Resume,
    Suspend,
    Throw,
)
from actors.runtime import farewell, native
from actors.runtime.actor import ACTOR_SCOPE, ENDED, READY, RECEIVING, WAITING, Actor
from actors.runtime.doom import Doom

Queued: TypeAlias = tuple[Actor, Question[Any], dict[Any, Any]]

RUN_HANDLERS: dict[Any, Callable[[Any], Any]] = {}
RUN_SCOPE = Scope(ACTOR_SCOPE, RUN_HANDLERS, leaf=True)

# What those wait for who wait for the next outcome, whoever it is for; a sync call waits for the run itself.
NEXT_OUTCOME: Final = "the next outcome"
next_token: Callable[[], int] = count(1).__next__


class Run(Cancellable):
    """The control block of one run."""

    __slots__ = (
        "asker",
        "options",
        "outcome",
        "owner_",
        "phase",
        "questions",
        "reply",
        "tag",
        "taken",
        "timer_",
        "token",
        "waiters",
    )

    root = RUN_SCOPE
    is_run = True

    def fill(self, fn: Callable[..., Any], args: Any, owner: Actor, tag: Any, options: Options) -> None:
        """Take what to run, whose it is, and the options; the run is not in the queue yet."""
        if options is not DEFAULTS and options.handlers is not None:
            fn, args = UnderHandlers(options.handlers, fn, args).run, ()
        self.prepare(fn, args, owner.scheduler)
        self.leaving_ = None
        self.owner_ = owner
        self.tag = tag
        self.options = options
        self.phase: State = RUNNING
        self.outcome: Outcome | None = None  # the latest
        self.taken: int = 0  # how many got it from a call that waited for it
        self.reply: Actor | None = None  # who gets the outcome of this leg, if not the owner
        self.waiters: list[Actor] | None = None
        self.token: int | None = None  # of the open suspension
        self.asker: Actor | None = None  # the run itself, or the branch whose question is open
        self.questions: deque[Queued] | None = None  # of branches, waiting for their turn
        self.timer_: Any = None  # of the deadline
        if options is DEFAULTS or options.link:
            ties = owner.ties or owner.tied()
            ties.children[self] = None

    @property
    def shutdown(self) -> float | None:
        """Seconds that it has to leave its scopes after a cancel."""
        return self.options.shutdown

    @property
    def alive(self) -> bool:
        """Whether it has not ended; from before its final outcome is published, so that names are free by then."""
        return self.phase is not FINISHED

    def label(self) -> str:
        """Return the name of the computation."""
        stack = getattr(self.body, "__self__", None)
        return str(getattr(stack.fn, "__qualname__", "")) if isinstance(stack, UnderHandlers) else super().label()

    @property
    def run(self) -> Run:
        """The run that this actor belongs to."""
        return self

    # -- legs

    def publish(self, outcome: Outcome) -> Actor | None:
        """Give the outcome of a leg to whom it belongs; return a sync caller that is to be switched to now."""
        self.outcome = outcome
        self.taken = 0
        if self.waiters is not None:
            self.tell_waiters(outcome)
        reply = self.reply
        if reply is not None:
            return self.publish_to(reply, outcome)
        event = ComputationEvent(self.tag, outcome, self)
        owner = self.owner_
        if owner.activity == RECEIVING:  # `deliver`, written out
            scheduler = owner.scheduler
            if not scheduler.active:
                scheduler.kick()
            scheduler.ready.append(owner)
            owner.slot = event
            owner.activity = READY
        elif owner.mailbox is not None and owner.reason is None and type(owner) is Actor:
            owner.mailbox.append(event)
        else:
            owner.take(event)
        return None

    def publish_to(self, reply: Actor, outcome: Outcome) -> Actor | None:
        """Give the outcome of a leg to whoever resumed it; return it if it waits in a sync call."""
        self.reply = None
        if reply.waiting is not self:
            reply.deliver(ComputationEvent(self.tag, outcome, self))
        elif reply.activity == WAITING:
            self.taken = 1
            reply.slot = outcome
            reply.activity = READY
            return reply
        else:  # its time is over: it has been woken for that, and gets nothing more
            self.owner_.deliver(ComputationEvent(self.tag, outcome, self))
        return None

    def tell_waiters(self, outcome: Outcome) -> None:
        """Wake those who wait for the next outcome."""
        waiters, self.waiters = self.waiters or [], None
        try:
            for waiter in waiters:
                if waiter.waiting is NEXT_OUTCOME and waiter.activity == WAITING:
                    self.scheduler.wake(waiter, outcome)
        except RecursionError:
            self.waiters = waiters  # for the next outcome: this one is withdrawn
            raise

    def notice(self, value: Any) -> None:
        """Tell the owner something without ending the leg."""
        if self.phase.notify.made is Made.NOTIFY:
            self.owner_.deliver(ComputationEvent(self.tag, Notify(value), self))

    def admit(self, token: int | None) -> Suspend:
        """Return the open suspension that an answer with this token is for.

        Raises:
            FinishedError: the run has ended.
            StaleTokenError: the token is not that of the open suspension; as TypeError: it is none.
            NotSuspendedError: no suspension is open.
        """
        made = self.phase.resume.made
        if made is NOTHING and (token is None or token == self.token):
            return self.outcome  # type: ignore[return-value]  # suspended: the latest outcome is the suspension
        if made is Made.FINISHED:
            raise FinishedError(self, self.final())
        if token is not None:
            raise refused_token(self, token, self.token)
        raise NotSuspendedError(self, "is running, not suspended; an answer is taken after a Suspend")

    def answered(self, value: Any) -> Actor:
        """Take an accepted answer; return who asked, ready to run with it."""
        self.phase = self.phase.resume.state
        self.token = None
        asker = self.asker
        assert asker is not None
        self.asker = None
        asker.slot = value
        asker.activity = READY
        return asker

    def parsed(self, suspend: Suspend, answer: Any) -> tuple[Any, Suspend | None]:
        """Have the question parse an answer; return what it made of it, and the question to be put again if it refuses."""
        refusal: ValueError | None = None
        try:
            answer = suspend.value.parse(answer)
        except ValueError as error:
            refusal = error
        self.admit(suspend.token)  # parse is user code: it may have switched
        if refusal is None:
            return answer, None
        self.token = next_token()
        return answer, Suspend(suspend.value, self.token, suspend.data, farewell.worded(refusal), self)

    def final(self) -> FinalOutcome:
        """Return the final outcome of a finished run."""
        outcome = self.outcome
        assert isinstance(outcome, Completed | Throw | Cancelled)
        return outcome

    # -- the end

    def returned(self, value: Any) -> Actor | None:
        """The body returned: completed, unless the signal had been raised in it."""
        if self.phase.return_.made is COMPLETED:
            outcome: Completed[Any] = native.valued(Completed, "value", value)
            if self.doom is not None or self.reason is not None:
                return self.finish(outcome, NORMAL)
            self.activity = ENDED
            self.greenlet = None
            return self.publish_final(outcome, NORMAL)
        return self.finish(Cancelled(self.cause), self.doomed())

    def threw(self, error: BaseException) -> Actor | None:
        """The body raised: a throw, or the error of a cancel's clean-up."""
        cancelling.release(error)
        if self.phase.throw.made is THROW:
            return self.finish(Throw(error), native.valued(Crash, "error", error))
        return self.finish(Cancelled(self.cause, error), self.doomed())

    def left(self, reason: ExitReason) -> Actor | None:
        """The body was unwound by a signal."""
        if self.doom is not None and self.doom.raised:
            return self.finish(Cancelled(self.cause), self.doomed())
        return self.finish(Cancelled(reason), reason)

    def over(self, reason: ExitReason) -> None:
        """It was cancelled before its body began."""
        follow = self.finish(Cancelled(self.cause), reason)
        if follow is not None:
            self.scheduler.push(follow)

    def doomed(self) -> ExitReason:
        """Return the exit reason of its doom."""
        return self.doom.reason if self.doom is not None else NORMAL

    def finish(self, outcome: FinalOutcome, reason: ExitReason) -> Actor | None:
        """Its body is gone: publish the final outcome, unless it was killed before; return whom to switch to."""
        self.activity = ENDED
        self.greenlet = None
        if self.doom is not None:
            self.doom.settled(reason)
        if self.reason is None:
            return self.publish_final(outcome, reason)
        self.end_shutdown()  # the limit of a kill begins when its signal is raised
        return None

    def publish_final(self, outcome: FinalOutcome, reason: ExitReason) -> Actor | None:
        """Give out the final outcome: to whoever made the sync call, and to the owner if that was somebody else."""
        self.phase = self.phase.return_.state
        self.token = self.asker = self.questions = None
        if self.leaving_ is not None:
            self.end_shutdown()
        if self.timer_ is not None:
            self.scheduler.stop_timer(self.timer_)
            self.timer_ = None
        called = self.reply
        owner = self.owner_
        if called is None:
            follow = self.publish(outcome)
        elif called is owner and called.waiting is self and called.activity == WAITING and self.waiters is None:
            self.reply = None  # `publish`, written out
            self.taken = 1
            self.outcome = called.slot = outcome
            called.activity = READY
            follow = called
        else:
            follow = self.publish_called(outcome, called)
        self.reason = reason
        body: Any = self.body
        self.ended_as = body.__qualname__ if type(body) is FunctionType else self.label()
        self.body = self.context = None
        self.args = ()
        ties = owner.ties
        if ties is not None:
            ties.children.pop(self, None)
        if self.peer is not None or self.ties is not None or self.monitors is not None:
            farewell.say(self, reason, heard=True)
        return follow

    def publish_called(self, outcome: FinalOutcome, called: Actor) -> Actor | None:
        """Give the final outcome to whom the leg was for, and to the owner if that was somebody else."""
        late = called.waiting is self and called.activity != WAITING  # the time of its call is over
        if late:
            self.reply = None
        follow = self.publish(outcome)
        if not late and called.principal is not self.owner_.principal:
            self.owner_.deliver(ComputationEvent(self.tag, outcome, self))
        return follow

    def killed(self) -> None:
        """It is finished for everybody at once, while its body may still be leaving."""
        if self.reason is None:
            follow = self.publish_final(Cancelled(KILLED if self.cause is None else self.cause, killed=True), KILLED)
            if follow is not None:
                self.scheduler.push(follow)

    # -- what others do to it

    def begin_cancel(self, cause: object) -> None:
        """Cancel, unless it was cancelled before or has ended."""
        step = self.phase.cancel
        if step.state is not self.phase:
            doom = CancelDoom(self, cause)
            self.leaving.cause = cause
            self.phase = step.state
            self.token = None
            self.scheduler.interrupt(self, doom)

    def raising(self, doom: Doom) -> None:
        """The signal is raised for the first time: it can only end as cancelled now."""
        self.phase = self.phase.raise_.state
        self.begin_shutdown()

    def owner_ended(self, reason: ExitReason) -> None:
        """Cancel, because the owner has ended."""
        self.cancel_for(OwnerEnded(reason))

    def deliver(self, message: Any) -> None:
        """Take a control message; what is refused becomes a dead letter."""
        self.take(message)

    def take(self, message: Any) -> None:
        """Take a control message."""
        match message:
            case ComputationEvent():
                return  # from a run that this one owns: `wait` and `result` find it on the runner
            case Cancel(reason) if self.reason is None:
                self.cancel_for(reason)
            case Resume(value, token):
                try:
                    self.resume(value, token=token)
                except (NotSuspendedError, StaleTokenError):
                    farewell.dead_letter(self, message)
                except Exception as error:  # a fault of `parse` is not the sender's: sending never raises
                    farewell.dead_letter(self, message)
                    telemetry.report("error", "parse failed", actor=farewell.shown(self), error=error, exc_info=error)
            case _:
                farewell.dead_letter(self, message)

    def resume(self, value: object, *, token: int | None = None, reply_to: Actor | None = None) -> None:
        """Deliver an answer; see `AsyncComputation.resume`."""
        suspend = self.admit(token)
        value, again = self.parsed(suspend, value) if suspend.value.has_parse else (value, None)
        self.reply = reply_to
        if again is not None:
            self.publish(again)
            return
        self.scheduler.push(self.answered(value))
        self.put_next_question()

    def queue_question(self, asker: Actor, question: Question[Any], data: dict[Any, Any]) -> None:
        """Have the question of a branch wait for its turn."""
        if self.questions is None:
            self.questions = deque()
        self.questions.append((asker, question, data))

    def next_question(self) -> Suspend | None:
        """Open the next question of a branch, if one waits for its turn."""
        while self.questions and self.phase.ask.made is SUSPEND:
            branch, question, data = self.questions.popleft()
            if branch.waiting is question and branch.activity == WAITING and not branch.is_leaving():
                return self.open(branch, question, data)
        return None

    def put_next_question(self) -> None:
        """Publish the next question of a branch, if one waits for its turn."""
        suspension = self.next_question()
        follow = None if suspension is None else self.publish(suspension)
        if follow is not None:
            self.scheduler.push(follow)

    def open(self, asker: Actor, question: Question[Any], data: dict[Any, Any]) -> Suspend:
        """Open a suspension."""
        self.phase = self.phase.ask.state
        self.asker = asker
        self.token = next_token()
        return Suspend(question, self.token, data, None, self)

    def withdraw(self, asker: Actor) -> None:
        """The ask ended without an answer: its token is stale, the next question may be put."""
        if self.asker is asker and self.token is not None:
            self.phase = self.phase.withdraw.state
            self.token = self.asker = None
            self.put_next_question()
