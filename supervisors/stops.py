"""Stopping children one after the other: the common case without a switch to the supervisor between two of them.

Most children are actors of the supervisor's own thread, and have the same time to leave. Of those, the end of one tells
the next. The supervisor waits for all of them, and runs only for what is due: a time that is over, a child of another kind,
and now and then the reports of those that have ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors import clock
from actors.computation.supervised import SupervisedRun
from actors.runtime import native
from actors.runtime.actor import TIMED_OUT, WAITING, Actor
from actors.runtime.supervising import HAS_ENDED, Parting, released
from supervisors.refusing import refuse_call

if TYPE_CHECKING:
    from actors.clock import Seconds
    from actors.exits import ExitReason
    from supervisors.child import Child


def stop_in_turn(keeper: Any, children: list[Child], reason: ExitReason) -> None:
    """Stop running children of `keeper`, a supervisor's server: the last of them first, each before the next is told.

    *Blocks until* all have ended: each leaves within its time, or is killed.

    Raises:
        ActorExit: the supervisor is told to end meanwhile; what was not stopped yet runs.
    """
    left = children[:]
    while left:
        if keeper.order is None:
            InTurn(keeper, left, reason).stop()
        if left:
            child = left.pop()
            keeper.part(child, keeper.tell(child, reason, child.grace), child.grace, child.grace)


class InTurn(Parting):
    """The parting with one child after the other: `ref` is the one that was told last."""

    __slots__ = ("began", "child", "ended", "grace", "keeper", "left", "reason", "running", "summoned", "telling")

    def __init__(self, keeper: Any, left: list[Child], reason: ExitReason) -> None:
        """Take the supervisor's server, the children to stop, the first of them at the end, and what to tell them."""
        self.watcher = keeper.me
        self.ref = keeper.me  # nobody yet
        self.keeper = keeper
        self.running = keeper.running
        self.left = left
        self.reason = reason
        self.grace: Seconds = left[-1].grace
        self.child: Child | None = None  # that is waited for
        self.began = 0.0  # when it was told
        self.ended: list[Any] = []  # and were not reported yet; after each its actor
        self.telling = False
        self.summoned = False  # the supervisor is to run soon

    def stop(self) -> None:
        """Stop children until none is left, or the next one is of another kind."""
        me = self.watcher
        try:
            while self.is_awaiting() or self.tell_next():
                if self.ended:  # whoever is told may let others run, and the child end meanwhile
                    self.report()
                    continue
                child = self.child
                seconds = None if self.grace is None else max(0.0, self.began + self.grace - clock.monotonic())
                late = me.scheduler.wait(me, self, seconds) is TIMED_OUT
                if late and self.child is child and self.is_awaiting():
                    self.keeper.reports.overrun(child, self.ref, self.grace)
                    self.kill()
        except BaseException:
            if self.is_awaiting():
                monitors: Any = self.ref.monitors
                monitors.remove(self)  # it is not waited for any more
                self.keeper.keep(self.child, self.ref)
            raise
        finally:
            self.report()
            del me  # an error keeps this frame

    def is_awaiting(self) -> bool:
        """Tell whether a child was told and has not ended; note that it has."""
        child = self.child
        if child is None:
            return False
        actor = self.ref
        if actor.reason is None:
            return True
        self.child = None
        self.ended += (child, actor)
        return False

    def tell_next(self) -> bool:
        """Tell the next child, and the one after it if that one has ended by then; tell whether one is waited for."""
        me = self.watcher
        running = self.running
        while self.left:
            child = self.left[-1]
            actor = child.actor
            assert actor is not None
            if not self.is_alike(child, actor):
                return False
            self.ref = actor
            self.telling = True
            try:
                self.tell(self.reason)
            finally:
                self.telling = False
            if actor.activity == WAITING:
                refuse_call(me, actor)
            child.drop_actor()
            del running[actor]
            self.left.pop()
            self.child = child
            if self.is_awaiting():
                self.began = clock.monotonic()
                return True
        return False

    def is_alike(self, child: Child, actor: Actor) -> bool:
        """Tell whether a child is of this thread, no run, and has as long to leave as the others."""
        return (
            self.grace != 0
            and child.grace == self.grace
            and actor.scheduler is self.watcher.scheduler
            and not native.is_a(child.started, SupervisedRun)
        )

    def receiver_ended(self, reason: ExitReason) -> None:
        """A child has ended: tell the next one. If the supervisor is about to run, that is for itself to do."""
        me = self.watcher
        if self.telling or me.activity != WAITING:
            return
        going = False
        try:
            going = not self.is_awaiting() and self.tell_next()
        finally:
            if not going:
                self.summon()
        if going and not self.summoned:
            self.summoned = True
            me.scheduler.loop.run_callback(self.summon)

    def summon(self) -> None:
        """Have the supervisor run."""
        self.summoned = False
        me = self.watcher
        if me.waiting is self and me.activity == WAITING:
            me.scheduler.wake(me, HAS_ENDED)

    def report(self) -> None:
        """Know those that have ended no more, and report them."""
        me = self.watcher
        ended, self.ended = self.ended, []
        for at in range(1, len(ended), 2):
            released(me, ended[at])
        self.keeper.reports.all_stopped(ended)
