"""Legs asked for from another thread: what stands for the caller where the run is, and what the caller waits for.

A sync call needs no agent in the run's thread: what it does before its wait cannot block and is done in the hub, and the
wait is the caller's own. One object stands for the caller there, and gets the outcome. When the caller gives up, the hub of
the run's thread decides whose the outcome is: it goes to the caller or to the owner, never to both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from actors import clock
from actors.computation.faults import FinishedError, LegTimeoutError, NotSuspendedError, StaleTokenError
from actors.computation.run import Run
from actors.computation.transitions import FINISHED
from actors.outcomes import Outcome
from actors.runtime.actor import EMPTY, READY, TIMED_OUT, WAITING, Actor
from actors.runtime.inbox import ClosedError
from actors.runtime.remote import check_may_wait
from actors.runtime.scheduler import switch

if TYPE_CHECKING:
    from collections.abc import Callable


class Courier(Actor):
    """Stands in a run's thread for an actor of another one that waits for the outcome of a leg."""

    __slots__ = ("error", "known", "outcome", "run", "token", "value", "waiter")

    def __init__(self, run: Run, waiter: Actor, value: Any = None, token: int | None = None) -> None:
        """Take the run, who waits, and the answer with its token."""
        self.prepare(None, (), run.scheduler)
        self.context = None
        self.activity = WAITING
        self.run = run
        self.waiter = waiter
        self.value = value
        self.token = token
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.known = False  # the caller knows what came of it

    @property
    def principal(self) -> Actor:
        """Whom it stands for."""
        return self.waiter.principal

    def label(self) -> str:
        """Return the name of the computation."""
        return self.run.label()

    # -- in the thread of the caller

    def leg(self, begin: Callable[[], object], timeout: float | None) -> Outcome | None:
        """Have the run's hub begin a leg, and return its outcome; None if that takes an agent.

        *Blocks until* there is one, or `timeout` seconds have passed.

        Raises:
            LegTimeoutError: no outcome in time; it comes to the owner.
            ClosedError: the run's thread was closed before the run began.
            StaleTokenError: the token was used, or its suspension withdrawn or cancelled.
            NotSuspendedError: no suspension is open; as `FinishedError`: the run had ended.
            RuntimeError: called in the hub.
            LinkedExitError: in a greenlet the runtime did not start, when an actor linked to it has ended.
        """
        me = self.waiter
        check_may_wait(me)
        inbox = self.scheduler.inbox
        inbox.post(begin)
        try:
            self.wait(me, timeout)
        except BaseException:
            inbox.post(self.give_up)
            raise
        error, self.error = self.error, None
        if error is None:
            return self.outcome
        try:
            raise error
        finally:
            del error, self, me, begin  # the traceback holds this frame: no cycle

    def wait(self, me: Actor, timeout: float | None) -> None:
        """Wait until it is over."""
        until = None if timeout is None else clock.monotonic() + timeout
        left = timeout
        while not self.known:
            if me.scheduler.wait(me, self, left) is TIMED_OUT and not self.known:
                raise LegTimeoutError(self.run, timeout)
            if not self.known:
                left = None if until is None else max(0.0, until - clock.monotonic())

    def arrived(self) -> None:
        """Wake the caller, if it still waits; in its hub."""
        self.known = True
        waiter = self.waiter
        if waiter.waiting is self and waiter.activity == WAITING:
            waiter.scheduler.wake(waiter, None)

    # -- in the hub of the run's thread

    def begin(self) -> None:
        """Have the run begin."""
        run: Any = self.run
        if self.scheduler.inbox.closed:
            self.fail(ClosedError())
            return
        run.bind()
        if run.phase is FINISHED:  # cancelled before, or by its owner's end
            self.fail(FinishedError(run, run.final()))
        else:
            self.follow(run)

    def answer(self) -> None:
        """Give the run the answer; the next question of a branch is there at once."""
        run: Any = self.run
        try:
            suspend = run.admit(self.token)
        except (StaleTokenError, NotSuspendedError) as error:
            self.fail(error)
            return
        if suspend.value.has_parse:  # user code, which may block: for an agent
            self.tell()
            return
        asker = run.answered(self.value)
        if not run.questions:
            self.follow(asker)
            return
        self.scheduler.push(asker)
        following = run.next_question()
        if following is None:
            run.reply = self
        else:
            self.outcome = run.took(following)
            self.tell()

    def follow(self, actor: Actor) -> None:
        """Switch straight to a ready actor of the run, and take the outcome if that is there when control comes back.

        One that comes later is delivered.
        """
        run, scheduler = self.run, self.scheduler
        run.reply = self
        hub = scheduler.hub
        if scheduler.ready or scheduler.budget <= 0 or getcurrent() is not hub:
            scheduler.push(actor)
            return
        scheduler.budget -= 1
        scheduler.inbox.sleeper = None  # it is awake, also for the watchdog
        scheduler.loop.update_now()  # its loop's idea of the time may be that of before it slept
        target = scheduler.greenlet_of(actor, True)
        if target is None:
            return  # there are too many actors, and the run has ended of it
        self.greenlet = hub
        self.waiting = run
        try:
            switch(target)
        finally:
            self.greenlet = self.waiting = None
            if self.activity == READY:
                self.outcome, self.slot = self.slot, EMPTY
                self.tell()

    def deliver(self, message: Any) -> None:
        """Take the event of the outcome."""
        self.run.taken = True
        self.outcome = message.outcome
        self.tell()

    def fail(self, error: BaseException) -> None:
        """There will be no outcome."""
        self.error = error
        self.tell()

    def tell(self) -> None:
        """Tell the caller, in its thread, that it is over."""
        self.waiter.scheduler.inbox.post(self.arrived)

    def give_up(self) -> None:
        """The caller does not wait any more: the outcome goes to the owner."""
        run: Any = self.run
        self.error = None
        if run.reply is self:
            run.reply = None
        elif self.outcome is not None:
            run.unclaimed(self.principal, self.outcome)
