"""Following a run: waiting for its outcomes, and keeping account of which were taken by whom."""

from __future__ import annotations

from typing import Any, cast

from greenlet import getcurrent

from actors import clock
from actors.clock import checked_seconds
from actors.computation.faults import LegTimeoutError
from actors.computation.run import NEXT_OUTCOME, Run
from actors.computation.transitions import FINISHED
from actors.outcomes import ComputationEvent, FinalOutcome, Outcome, Suspend
from actors.runtime.actor import EMPTY, READY, RUNNING, SIGNALLED, TIMED_OUT, WAITING, Actor, Wakening
from actors.runtime.current import current_actor
from actors.runtime.deadlock import explain_deadlock
from actors.runtime.limits import LISTED
from actors.runtime.scheduler import WrongThreadError, get_ident, switch

OUTCOME = "an outcome of"  # what is waited for, in errors


class Followed(Run):
    """A run with what its owner and others need to wait for it."""

    __slots__ = ()

    def hand_over(self, me: Actor, to: Actor, timeout: float | None) -> Outcome:
        """Switch straight to a ready actor of this run and wait for the outcome of the leg."""
        scheduler = self.scheduler
        if self.phase is FINISHED:
            return self.took_from_owner(me, self.final())  # its owner was dead: it never began
        target: Any = None
        try:
            if scheduler.budget > 0 and me.doom is None and timeout != 0.0 and me.scheduler is scheduler:
                scheduler.budget -= 1
                target = to.greenlet or scheduler.greenlet_of(to)
            if target is not None:
                return self.call_from(me, target, timeout)
        except RecursionError:
            scheduler.queue_lost(to)
            raise
        scheduler.push(to)
        return self.call_queued(me, timeout)

    def call_queued(self, me: Actor, timeout: float | None) -> Outcome:
        """Wait for the outcome of a leg whose actor stands in the queue."""
        here(self)
        if me.doom is not None:
            me.doom.checkpoint()
        if timeout == 0:
            raise LegTimeoutError(self, timeout)
        return self.call_from(me, self.scheduler.hub, timeout)

    def call_from(self, me: Actor, target: Any, timeout: float | None) -> Outcome:
        """Call, from whatever greenlet: one that the runtime did not start is known only as long as it is parked."""
        if me.greenlet is None:
            me.greenlet = getcurrent()
            try:
                return self.call(me, target, timeout)
            finally:
                me.greenlet = None
        return self.call(me, target, timeout)

    def call(self, me: Actor, target: Any, timeout: float | None) -> Outcome:
        """Switch into the run and wait for the outcome of the leg: `Scheduler.wait`, written out for the wizard."""
        scheduler = self.scheduler
        try:
            self.reply = me
            me.waiting = self
            me.activity = WAITING
            if timeout is not None:
                me.timeout = timeout
                if me.timer is None or not scheduler.active:
                    scheduler.limit(me, timeout)
            switch(target)
            while me.activity != READY:  # pyright: ignore[reportUnnecessaryComparison]  # a stray wake-up
                switch(scheduler.hub)
        except BaseException:
            if me.activity is not READY:  # without a call: the exception may say that there is no room for one
                me.activity = RUNNING
                me.waiting = None
            if self.reply is me:
                self.reply = None
            self.call_interrupted(me)
            raise
        me.activity = RUNNING
        me.waiting = me.timeout = None
        if me.timer is not LISTED:
            scheduler.unlimit(me)
        outcome = me.slot
        me.slot = EMPTY
        return self.woken(me, outcome, timeout) if type(outcome) is Wakening else outcome  # type: ignore[no-any-return]

    def call_interrupted(self, me: Actor) -> None:
        """Undo a sync call whose wait ended by an exception."""
        self.scheduler.unpark(me)
        self.scheduler.waited(me)
        self.reply_lost(me)
        explain_deadlock(me, OUTCOME, self)

    def woken(self, me: Actor, wakening: Any, timeout: float | None) -> Any:
        """A sync call was woken without an outcome: raise what it was woken for."""
        try:
            if wakening is SIGNALLED and me.doom is not None:
                me.doom.checkpoint()
            if wakening is TIMED_OUT:
                raise LegTimeoutError(self, timeout)
        except BaseException:
            self.reply_lost(me)
            raise
        return wakening

    def reply_lost(self, me: Actor) -> None:
        """A sync call ended without its outcome, which goes to the owner then: now, if it is here already."""
        outcome, me.slot = me.slot, EMPTY
        if self.reply is me:
            self.reply = None
        elif isinstance(outcome, Suspend) or (me is self.owner_ and not isinstance(outcome, Wakening)):
            self.taken = False
            self.owner_.deliver(ComputationEvent(self.tag, outcome, self))

    def next_outcome(self, me: Actor, timeout: float | None) -> Outcome:
        """Wait for the outcome that comes next."""
        if me.doom is not None:
            me.doom.checkpoint()
        if timeout == 0:
            raise LegTimeoutError(self, timeout)
        outcome = self.wait_for_any(me, timeout)
        if outcome is TIMED_OUT:
            raise LegTimeoutError(self, timeout)
        return self.took_from_owner(me, cast(Outcome, outcome))

    def is_untaken(self, me: Actor, outcome: Outcome) -> bool:
        """Tell whether the latest outcome is still to be taken by this caller."""
        if isinstance(outcome, Suspend) and outcome.token != self.token:
            return False  # answered, withdrawn or cancelled
        if me is self.owner_ and not me.asks and not self.taken:
            return self.event_in(me, outcome) is not None
        return not self.taken

    def event_in(self, me: Actor, outcome: Outcome) -> int | None:
        """Return where in a mailbox the event of an outcome is."""
        for index, message in enumerate(me.mailbox or ()):
            if type(message) is ComputationEvent and message.runner is self and message.outcome is outcome:
                return index
        return None

    def took(self, outcome: Suspend) -> Suspend:
        """Note an outcome as the latest, and taken; those who wait for the next hear of it too."""
        self.outcome = outcome
        self.taken = True
        if self.waiters is not None:
            self.tell_waiters(outcome)
        return outcome

    def took_from_owner(self, me: Actor, outcome: Outcome) -> Outcome:
        """Take an outcome, and its event out of the owner's mailbox."""
        self.taken = True
        if me is self.owner_ and me.mailbox:
            index = self.event_in(me, outcome)
            if index is not None:
                del me.mailbox[index]
        return outcome

    def ending(self, timeout: float | None) -> FinalOutcome:
        """Return the final outcome, waiting for it."""
        here(self)
        checked_seconds("timeout", timeout)
        me = current_actor()
        until = None if timeout is None else clock.monotonic() + timeout
        while self.phase is not FINISHED:
            self.next_final(me, None if until is None else max(0.0, until - clock.monotonic()), timeout)
        self.took_from_owner(me, self.final())
        return self.final()

    def next_final(self, me: Actor, left: float | None, timeout: float | None) -> None:
        """Wait for some outcome, leaving its event with the owner."""
        if me.doom is not None:
            me.doom.checkpoint()
        if left == 0:
            raise LegTimeoutError(self, timeout)
        if self.wait_for_any(me, left) is TIMED_OUT:
            raise LegTimeoutError(self, timeout)

    def wait_for_any(self, me: Actor, timeout: float | None) -> Any:
        """Wait for some outcome, which its owner gets all the same."""
        if self.waiters is None:
            self.waiters = []
        self.waiters.append(me)
        try:
            return self.scheduler.wait(me, NEXT_OUTCOME, timeout)
        except BaseException:
            explain_deadlock(me, OUTCOME, self)
            raise
        finally:
            self.waiters = [other for other in self.waiters or () if other is not me] or None


def here(run: Run) -> None:
    """Refuse a call from another thread.

    Raises:
        WrongThreadError: the run belongs to another thread.
    """
    if run.scheduler.thread != get_ident():
        raise WrongThreadError(run)
