"""Calls into another thread: what a thread cannot do itself, an agent does there, and its caller waits here.

An agent is an actor like any other, for one call: so whatever blocks may be called, and whatever is promised of it holds.
If its caller is interrupted, so is the agent, in its own thread; a result that nobody waits for any more is given to
`unclaimed` there, so that no outcome is lost. A call that has an `unclaimed` is made in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from actors import clock
from actors.exits import ActorExit, ActorsError, ExitReason, Shutdown
from actors.runtime.actor import NEW, TIMED_OUT, WAITING, Actor
from actors.runtime.current import current_actor
from actors.runtime.doom import Doom
from actors.runtime.inbox import ClosedError

if TYPE_CHECKING:
    from actors.runtime.scheduler import Scheduler

GIVEN_UP = Shutdown("nobody waits for it any more")
REACH = 0.1  # seconds that a call which is not to wait there may take to be made in another thread, and told of


class Agent(Actor):
    """Does one call for an actor of another thread, its principal."""

    __slots__ = ("call", "principal_")

    def __init__(self, call: RemoteCall, principal: Actor | None, scheduler: Scheduler) -> None:
        """Take whom it is for, None for nobody that has a mailbox; the context variables are the caller's."""
        super().__init__(call.run, (), scheduler)
        self.call: RemoteCall | None = call
        self.principal_ = self if principal is None else principal

    @property
    def principal(self) -> Actor:
        """Whom it stands for."""
        return self.principal_

    def conclude(self, reason: ExitReason, heard: bool = False) -> None:
        """End; whoever waits for what it was to do, and has not, learns that it never will."""
        Actor.conclude(self, reason, heard)  # compiled, `super()` finds no class here
        call, self.call = self.call, None
        if call is not None and not call.done:
            call.fail(ClosedError())


class RemoteCall:
    """One call into another thread. Everything but `end` happens there, in its hub or in the agent."""

    __slots__ = ("agent", "args", "done", "error", "fn", "given_up", "over", "tell", "unclaimed", "value", "waiter")

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], tell: Callable[[RemoteCall], object]) -> None:
        """Take the call, and what tells its caller that it is over, in whatever thread that is noticed."""
        self.fn = fn
        self.args = args
        self.tell = tell
        self.unclaimed: Callable[[Any], object] | None = None
        self.agent: Agent | None = None
        self.waiter: Any = None  # the actor that waits, if it is one
        self.value: Any = None
        self.error: BaseException | None = None
        self.done = False  # there is a result
        self.given_up = False  # nobody waits
        self.over = False  # the caller knows the result

    def start(self, scheduler: Scheduler, principal: Actor | None) -> None:
        """Have it done in a thread, for an actor of another one if it has a mailbox; called there."""
        self.agent = Agent(self, principal, scheduler)
        scheduler.inbox.post(self.begin)

    def begin(self) -> None:
        """Start the agent; in its hub."""
        agent = self.agent
        if agent is None:
            return
        if agent.scheduler.inbox.closed:
            self.fail(ClosedError())
        else:
            agent.scheduler.push(agent)

    def run(self) -> None:
        """Make the call; in the agent."""
        agent = self.agent
        try:
            if agent is not None and self.given_up:
                agent.scheduler.interrupt(agent, Doom(agent, GIVEN_UP))  # it is not to wait
            self.value = self.fn(*self.args)
        except BaseException as error:
            if isinstance(error, ActorExit) and agent is not None and error.origin is agent.doom:
                raise  # the agent's own end
            if self.given_up and not isinstance(error, ActorsError):
                raise  # the user's, and nobody else hears of it
            self.error = error
        finally:
            agent = None
        self.finish()

    def fail(self, error: BaseException) -> None:
        """It cannot be done."""
        self.error = error
        self.finish()

    def finish(self) -> None:
        """There is a result."""
        self.done = True
        self.agent = None
        if self.given_up:
            self.drop()
        else:
            self.tell(self)

    def give_up(self) -> None:
        """Nobody waits any more; in the agent's hub."""
        self.given_up = True
        if self.done:
            self.drop()
        elif self.agent is not None and self.agent.doom is None and (self.unclaimed is None or self.agent.activity != NEW):
            self.agent.scheduler.interrupt(self.agent, Doom(self.agent, GIVEN_UP))

    def drop(self) -> None:
        """Give away a result that nobody waits for."""
        if self.unclaimed is not None and self.error is None:
            self.unclaimed(self.value)

    def result(self) -> Any:
        """Return what the call returned, or raise what it raised."""
        if self.error is None:
            return self.value
        error, self.error = self.error, None
        try:
            raise error
        finally:
            del error, self  # the traceback holds this frame: no cycle


def end(call: RemoteCall, waiter: Actor) -> None:
    """Wake who waits for a call that is over, if it still does; in the waiter's hub."""
    call.over = True
    if waiter.waiting is call and waiter.activity == WAITING:
        waiter.scheduler.wake(waiter, None)


def remotely(
    scheduler: Scheduler,
    fn: Callable[..., Any],
    *args: Any,
    timeout: float | None = None,
    late: Callable[[], Exception] | None = None,
    unclaimed: Callable[[Any], object] | None = None,
) -> Any:
    """Have an agent in another thread do `fn(*args)`, and return what it returns.

    *Blocks until* it is done, or `timeout` seconds have passed: then raises what `late()` returns. It has its own limit
    there; this one is for a thread that is held. A result that comes too late is given to `unclaimed` there.

    Raises:
        ClosedError: the other thread's runtime was closed.
        RuntimeError: called in the hub.
        LinkedExitError: in a greenlet the runtime did not start, when an actor linked to it has ended.
    """
    me = current_actor()
    check_may_wait(me)
    call = RemoteCall(fn, args, tell_waiter)
    call.unclaimed = unclaimed
    call.waiter = me
    call.start(scheduler, me)
    try:
        wait_for(call, me, timeout, late)
    except BaseException:
        scheduler.inbox.post(call.give_up)
        raise
    return call.result()


def check_may_wait(me: Actor) -> None:
    """Refuse a wait in the hub, and raise the caller's own end.

    Raises:
        RuntimeError: called in the hub.
        LinkedExitError: in a greenlet the runtime did not start, when an actor linked to it has ended.
    """
    if getcurrent() is me.scheduler.hub:
        raise RuntimeError("in the hub, in a callback of the event loop, nothing may block; spawn an actor that does this")
    if me.doom is not None:
        me.doom.checkpoint()


def wait_for(call: RemoteCall, me: Actor, timeout: float | None, late: Callable[[], Exception] | None) -> None:
    """Wait until a call is over."""
    until = None if timeout is None else clock.monotonic() + timeout
    left = timeout
    while not call.over:
        if me.scheduler.wait(me, call, left) is TIMED_OUT and not call.over:
            raise TimeoutError if late is None else late()
        left = None if until is None else max(0.0, until - clock.monotonic())


def tell_waiter(call: RemoteCall) -> None:
    """Tell the actor that waits, in its own thread."""
    waiter = call.waiter
    waiter.scheduler.inbox.post(end, call, waiter)
