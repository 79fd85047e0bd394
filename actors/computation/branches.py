"""`parallel` and `race` in a run: branches, actors that are parts of the run.

A branch has no owner and no outcome of its own: its questions are the run's, its end is told to the group it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors.computation.answers import asking_actor
from actors.computation.cancelling import Cancellable
from actors.computation.run import RUN_HANDLERS
from actors.effects.scope import Scope, current_scope
from actors.effects.together import Parallel, Race, Together, branch_scopes
from actors.exits import KILLED, NORMAL, ActorExit, Crash, ExitReason
from actors.outcomes import ComputationEvent
from actors.runtime import farewell
from actors.runtime.actor import ENDED, WAITING, Actor
from actors.runtime.doom import KillDoom

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.computation.run import Run


class Branch(Cancellable):
    """One child of a `parallel` or `race`."""

    __slots__ = ("group", "index", "root", "run_")

    def __init__(self, thunk: Callable[[], Any], scope: Scope, group: Group, index: int) -> None:
        """Take what to run, the scope it begins in, and its place."""
        super().__init__(thunk, (), group.parent.scheduler)
        self.root = scope  # a class attribute elsewhere, since only branches differ
        self.group = group
        self.index = index
        self.run_: Run = group.parent.run

    @property
    def run(self) -> Run:
        """The run that it belongs to."""
        return self.run_

    @property
    def shutdown(self) -> float | None:
        """Seconds that it has to leave its scopes: the run's."""
        return self.run.shutdown

    def returned(self, value: Any) -> Actor | None:
        """The thunk returned."""
        signal = self.signal()
        self.over(NORMAL)
        self.group.ended(self.index, value, signal)
        return None

    def threw(self, error: BaseException) -> Actor | None:
        """The thunk raised."""
        self.over(Crash(error))
        self.group.ended(self.index, None, error)
        return None

    def left(self, reason: ExitReason) -> Actor | None:
        """The thunk was unwound by a signal."""
        signal = self.signal() or ActorExit(reason)
        self.over(reason)
        self.group.ended(self.index, None, signal)
        return None

    def signal(self) -> ActorExit | None:
        """Return the signal that was raised in it, if one was; whatever the thunk does, it ended by that."""
        return ActorExit(self.doom.reason) if self.doom is not None and self.doom.raised else None

    def over(self, reason: ExitReason) -> None:
        """Its body is gone, or never began."""
        began = self.greenlet is not None
        self.activity = ENDED
        self.greenlet = None
        self.end_shutdown()
        if self.doom is not None:
            self.doom.settled(reason)
        if self.reason is None:
            self.conclude(reason)
        if not began:
            self.group.ended(self.index, None, ActorExit(reason))

    def conclude(self, reason: ExitReason, heard: bool = True) -> None:
        """Tell what was tied to it; the group is told apart."""
        self.reason = reason
        self.body = self.context = None
        farewell.say(self, reason, heard=heard)

    def is_leaving(self) -> bool:
        """Tell whether it has been cancelled, or its group is being stopped."""
        return self.doom is not None or self.group.stopped

    def take(self, message: Any) -> None:
        """Refuse messages: a branch has no mailbox, and what it owns it finds on the runner."""
        if not isinstance(message, ComputationEvent):
            farewell.dead_letter(self, message)

    def begin_cancel(self, cause: object) -> None:
        """Send the signal; an answer to what it asked comes too late from now on."""
        super().begin_cancel(cause)
        self.run.withdraw(self)

    def killed(self) -> None:
        """It did not leave in time: the group goes on without it."""
        self.run.withdraw(self)
        if self.reason is None:
            self.conclude(KILLED)
            self.group.ended(self.index, None, ActorExit(KILLED))


class Group:
    """The branches of one `parallel` or `race`, and what they came to."""

    def __init__(self, parent: Any, op: Together, first_wins: bool) -> None:
        """Make the branches; they begin at the next switch."""
        self.parent = parent
        self.first_wins = first_wins
        self.stopped = False  # one branch decided, or the computation around it ended
        self.error: BaseException | None = None
        self.late: list[BaseException] = []  # what clean-up raised in branches that were stopped
        self.winner: Any = None
        self.results: list[Any] = [None] * len(op.thunks)
        self.pending = set(range(len(op.thunks)))
        scopes = branch_scopes(current_scope(), len(op.thunks))
        self.branches = [
            Branch(thunk, scope, self, index) for index, (thunk, scope) in enumerate(zip(op.thunks, scopes, strict=True))
        ]
        for branch in self.branches:
            parent.scheduler.push(branch)

    def __repr__(self) -> str:
        """Show what its parent waits for."""
        return f"{len(self.pending)} of {len(self.results)} branches"

    def ended(self, index: int, value: Any, error: BaseException | None) -> None:
        """Take the end of a branch; cancel the others if it decides the group."""
        if index not in self.pending:
            return  # it was killed, and its body ended later
        self.pending.discard(index)
        self.results[index] = value
        if self.stopped and error is not None and not isinstance(error, ActorExit):
            self.late.append(error)
        if not self.stopped and (error is not None or self.first_wins):
            self.error = error
            self.winner = value
            self.stop("another branch decided")
        if not self.pending and self.parent.waiting is self and self.parent.activity == WAITING:
            self.parent.scheduler.wake(self.parent, None)

    def stop(self, reason: object) -> None:
        """Cancel the branches that still run; what they come to does not count."""
        self.stopped = True
        for index in sorted(self.pending):
            self.branches[index].cancel_for(reason)

    def kill(self) -> None:
        """End by force the branches that still run: what they belong to was killed, and no time limit ends them."""
        for index in sorted(self.pending):
            branch = self.branches[index]
            branch.scheduler.kill(branch, KillDoom(branch, KILLED))

    def join(self) -> None:
        """Wait until every branch has ended; an exception thrown in meanwhile cancels them, and is raised after that."""
        interruption: BaseException | None = None
        while self.pending:
            try:
                self.parent.scheduler.wait(self.parent, self)
            except BaseException as error:
                interruption = error  # held: a signal that is being handled must not look swallowed
                self.stop("the computation around it ended")
                if self.parent.reason is not None and self.parent.shutdown is None:
                    self.kill()
        if interruption is not None:
            try:
                raise interruption
            finally:
                self.raise_late()
                del interruption

    def raise_late(self) -> None:
        """Raise what clean-up raised in a branch, in the context of what stopped it.

        Raises:
            BaseException: the first of those.
        """
        if self.late:
            late, self.late = self.late[0], []
            try:
                raise late
            finally:
                del late


def run_all(op: Parallel) -> tuple[Any, ...]:
    """Answer `Parallel`."""
    return tuple(run_group(op, first_wins=False).results)


def run_first(op: Race) -> Any:
    """Answer `Race`."""
    return run_group(op, first_wins=True).winner


def run_group(op: Together, *, first_wins: bool) -> Group:
    """Run thunks as branches of the run that performs the operation, and wait for all to end."""
    me = asking_actor(op)
    if me.doom is not None:
        me.doom.checkpoint()
    group = Group(me, op, first_wins)
    try:
        group.join()
    finally:
        group.branches.clear()  # a branch leads to its group: no cycle is left
    if group.error is None:
        return group
    error, group.error = group.error, None
    if group.late and error.__context__ is None:
        error.__context__ = group.late[0]  # chained, so that it is seen and the first throw still wins
    try:
        raise error
    finally:
        del error, group, me  # the traceback holds this frame: no cycle


RUN_HANDLERS[Parallel] = run_all
RUN_HANDLERS[Race] = run_first
