"""Following a run: waiting for its outcomes, and keeping account of which were taken by whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from greenlet import getcurrent

from actors import clock
from actors.clock import checked_seconds
from actors.computation.faults import FinishedError, LegTimeoutError
from actors.computation.run import NEXT_OUTCOME, Run
from actors.computation.transitions import FINISHED
from actors.outcomes import ComputationEvent, FinalOutcome, Notify, Outcome, Suspend
from actors.runtime.actor import EMPTY, READY, RUNNING, SIGNALLED, TIMED_OUT, WAITING, Actor, Wakening
from actors.runtime.current import current_actor
from actors.runtime.deadlock import explain_deadlock
from actors.runtime.limits import LISTED
from actors.runtime.mailbox import receive_in
from actors.runtime.remote import REACH, remotely
from actors.runtime.scheduler import switch

OUTCOME = "an outcome of"  # what is waited for, in errors


class Followed(Run):
    """A run with what its owner and others need to wait for it."""

    __slots__ = ()

    def next_untaken(self, timeout: float | None) -> Any:
        """Return the next outcome that was not yet taken; see `AsyncComputation.wait`."""
        me = current_actor()
        if me.scheduler is not self.scheduler:
            return self.wait_elsewhere(me, timeout)
        outcome = self.outcome
        if outcome is not None and self.is_untaken(me, outcome):
            return self.took_from_owner(me, outcome)
        if self.phase is FINISHED:
            raise FinishedError(self, self.final())
        return self.next_outcome(me, timeout)

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
        if me.doom is not None:
            me.doom.checkpoint()
        if timeout == 0:
            raise LegTimeoutError(self, timeout)
        return self.call_from(me, self.scheduler.hub, timeout)

    def call_from(self, me: Actor, target: Any, timeout: float | None) -> Outcome:
        """Call, from whatever greenlet: one that the runtime did not start is known only as long as it is parked."""
        if me.greenlet is None:
            self.scheduler.now = clock.monotonic()  # no round may have begun for long
            me.greenlet = getcurrent()
            self.scheduler.inbox.hold()
            try:
                return self.call(me, target, timeout)
            finally:
                self.scheduler.inbox.release()
                me.greenlet = None
        return self.call(me, target, timeout)

    def call(self, me: Actor, target: Any, timeout: float | None) -> Outcome:
        """Switch into the run and wait for the outcome of the leg: `Scheduler.wait`, written out for the wizard."""
        scheduler = self.scheduler
        try:
            self.reply = me
            me.waiting = self
            me.since = scheduler.now
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
        elif not isinstance(outcome, Wakening):
            self.unclaimed(me.principal, outcome)

    def unclaimed(self, principal: Actor, outcome: Outcome) -> None:
        """Give the owner an outcome that came too late for whom it was for; a final one it has, if that was another."""
        if isinstance(outcome, Suspend) or principal is self.owner_.principal:
            self.owner_.deliver(ComputationEvent(self.tag, outcome, self))
            self.give_back(outcome)

    def give_back(self, outcome: Outcome) -> None:
        """Who took an outcome did not get it: if nobody else has, it is for who waits now, or waits next."""
        if self.outcome is outcome:
            self.taken -= 1
            is_open = not isinstance(outcome, Suspend) or outcome.token == self.token
            if is_open and not self.taken and self.waiters is not None:
                self.tell_waiters(outcome)

    # -- from another thread

    def elsewhere(
        self, fn: Callable[..., Any], *args: Any, timeout: float | None, unclaimed: Callable[[Any], object] | None = None
    ) -> Any:
        """Do something in the run's own thread, with the time limit of a leg."""
        late = partial(LegTimeoutError, self, timeout)
        return remotely(
            self.scheduler, fn, *args, timeout=REACH if timeout == 0 else timeout, late=late, unclaimed=unclaimed
        )

    def leg_elsewhere(self, fn: Callable[..., Outcome], *args: Any, timeout: float | None) -> Outcome:
        """Make a sync call in the run's own thread."""
        unclaimed = partial(self.unclaimed, current_actor().principal)
        outcome: Outcome = self.elsewhere(fn, *args, timeout=timeout, unclaimed=unclaimed)
        return outcome

    def wait_elsewhere(self, me: Actor, timeout: float | None) -> Outcome:
        """Return the next outcome of a run of another thread: its owner has them all in its mailbox."""
        if me is not self.owner_.principal or me.asks:
            outcome: Outcome = self.elsewhere(self.next_untaken, timeout, timeout=timeout, unclaimed=self.give_back)
            return outcome
        if self.reason is not None:
            me.scheduler.inbox.take()  # the last event is here, if it was not taken
            timeout = 0.0
        try:
            event: ComputationEvent = receive_in(me, timeout, self.is_next)
        except TimeoutError:
            if self.reason is not None and timeout == 0:
                raise FinishedError(self, self.final()) from None
            raise LegTimeoutError(self, timeout) from None
        self.taken = 1
        return cast(Outcome, event.outcome)

    def is_next(self, message: Any) -> bool:
        """Tell whether a message is the event of an outcome that is still to be taken."""
        if type(message) is not ComputationEvent or message.runner is not self or isinstance(message.outcome, Notify):
            return False
        return not isinstance(message.outcome, Suspend) or message.outcome.token == self.token

    # -- any outcome

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
        self.taken = 1
        if self.waiters is not None:
            self.tell_waiters(outcome)
        return outcome

    def took_from_owner(self, me: Actor, outcome: Outcome) -> Outcome:
        """Take an outcome, and its event out of the owner's mailbox."""
        self.taken += 1
        if me is self.owner_.principal and me.mailbox:
            index = self.event_in(me, outcome)
            if index is not None:
                del me.mailbox[index]
        return outcome

    def ending(self, timeout: float | None) -> FinalOutcome:
        """Return the final outcome, waiting for it."""
        checked_seconds("timeout", timeout)
        me = current_actor()
        if me.scheduler is not self.scheduler:
            if self.reason is None:
                self.elsewhere(self.ending, timeout, timeout=timeout, unclaimed=self.give_back)
            else:
                me.scheduler.inbox.take()  # its event is here, if it was not taken
            return cast(FinalOutcome, self.took_from_owner(me, self.final()))
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
