"""`call`, `cast` and `reply`.

A call is a message that knows its caller. One slot for a reply, used once: the caller says what it waits for, the call
says who waits; a reply is handed over only while both agree, so that a late one has nowhere to go. Whoever waits for a
server's reply is known to the server's ties, so that its end wakes them.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, TypeVar, overload

from greenlet import getcurrent

from actors import clock, telemetry
from actors.clock import checked_seconds
from actors.exits import Crash, ExitReason
from actors.runtime.actor import (
    EMPTY,
    READY,
    RECEIVING,
    RUNNING,
    SIGNALLED,
    TIMED_OUT,
    WAITING,
    Actor,
    ActorRef,
    Wakening,
)
from actors.runtime.current import current_actor
from actors.runtime.deadlock import explain_deadlock
from actors.runtime.farewell import Awaited, dead_letters, shown
from actors.runtime.inbox import deliver
from actors.runtime.limits import LISTED
from actors.runtime.mailbox import send
from actors.runtime.registry import whom
from actors.runtime.remote import remotely
from actors.runtime.scheduler import get_ident, switch
from actors.runtime.worker import WORKER
from actors.server.faults import AlreadyRepliedError, CallingSelfError, CallTimeoutError, ServerExitedError, unregistered
from actors.server.requests import Request

R = TypeVar("R")

FAILED: Final = Wakening()  # the server has ended; the call holds the reason


class Call(Awaited):
    """One call: what a server's `handle_call` gets beside the request, for `reply(call, value)`.

    It has no `__init__`: `call` sets the fields itself, which costs a third.
    """

    __slots__ = ("awaited", "caller", "reason", "request")
    __match_args__ = ("request",)

    request: Any
    caller: Actor | None  # until it has its reply
    awaited: dict[Any, None]  # the calls whose callers wait for the same server, this one among them
    reason: ExitReason | None  # the server's, once it has ended, until the caller takes it

    def receiver_ended(self, reason: ExitReason) -> None:
        """The server has ended: its caller hears of it.

        A crashed handler's frame holds the call. So that the two are no cycle, nothing leads from here to an actor or
        a crash, once the caller has taken the reason.
        """
        caller = self.caller
        self.reason = self.caller = None
        if caller is not None and caller.waiting is self and caller.activity == WAITING:
            self.reason = reason
            caller.scheduler.wake(caller, FAILED)

    def taken_reason(self) -> ExitReason:
        """Return why the server ended, and forget it."""
        reason, self.reason = self.reason, None
        assert reason is not None
        return reason

    def __repr__(self) -> str:
        """Show the request."""
        return f"<Call {shown(self.request)}>"


class SystemCall(Call):
    """A call that the server's loop answers, not the server."""

    __slots__ = ()


class Cast:
    """A request without a reply, as it stands in a mailbox; `handle_cast` gets only the request."""

    __slots__ = ("request",)
    __match_args__ = ("request",)

    def __init__(self, request: Any) -> None:
        """Take the request."""
        self.request = request

    def __repr__(self) -> str:
        """Show the request."""
        return f"Cast({shown(self.request)})"


class Nobody(ActorRef):
    """Stands for the receiver in a dead letter to a name that nobody has."""

    __slots__ = ("wanted",)

    def __init__(self, wanted: str) -> None:
        """Take the name."""
        self.wanted = wanted

    @property
    def alive(self) -> bool:
        """Never."""
        return False

    @property
    def name(self) -> str:
        """The name that nobody has."""
        return self.wanted

    def __repr__(self) -> str:
        """Show the name."""
        return f"<nobody is registered as {self.wanted!r}>"


@overload
def call(server: ActorRef | str, request: Request[R], timeout: float | None = 5.0) -> R: ...
@overload
def call(server: ActorRef | str, request: object, timeout: float | None = 5.0) -> Any: ...


def call(server: ActorRef | str, request: Any, timeout: float | None = 5.0) -> Any:
    """Send a request to a server and return its reply.

    *Blocks until* the reply is there, the server has ended, or `timeout` seconds have passed. A server is started with
    `Server.start`; any other actor may serve too: it receives a `Call` and uses `reply(call, value)`.

    Args:
        server: its ref, or the name it is registered under.
        request: any value; for a `Request[R]` the reply is an `R`.
        timeout: seconds; None for no limit, 0 sends the request and does not wait.

    Raises:
        DeadlockError: nobody is left who could reply.
        ServerExitedError: the server had ended, or ended before it replied; it carries the exit reason. So does a name
            that nobody has.
        CallTimeoutError: no reply in time; a late one is dropped.
        CallingSelfError: the caller is the server.
        LinkedExitError: in a greenlet the runtime did not start, when an actor linked to it has ended.
        RuntimeError: called in the hub (a callback of the event loop), which must not block.
        TypeError: `server` is neither a ref nor a name or is a run, or `timeout` is not a number.
        ValueError: `timeout` is negative.
        ClosedError: the server belongs to another thread, whose runtime was closed.
    """
    return wait_for_reply(Call(), server, request, timeout)


def wait_for_reply(made: Any, server: Any, request: Any, timeout: float | None) -> Any:
    """Send a call and wait for its reply: `Scheduler.wait`, written out; see `call`."""
    here: Any = getcurrent()
    me: Any = here.actor if type(here) is WORKER else held_caller_in(here)
    try:
        if not isinstance(server, Actor) or server.reason is not None or me.doom is not None or type(timeout) is not float:
            server = checked_server(me, server, timeout)
        scheduler = me.scheduler
        if server.scheduler is not scheduler or server is me or server.asks or (timeout is not None and not timeout > 0.0):
            return call_elsewhere(made, me, server, request, timeout)
        made.request, made.caller, to = request, me, server
        made.awaited = (to.ties or to.tied()).awaited
        made.awaited[made] = None
        me.greenlet = here
        me.waiting, me.since, me.activity = made, scheduler.now, WAITING
        if timeout is not None:
            me.timeout = timeout
            if me.timer is None or not scheduler.active:
                scheduler.limit(me, timeout)
        if to.activity == RECEIVING and scheduler.budget > 0:
            scheduler.budget -= 1
            to.slot, to.activity = made, READY
            switch(to.greenlet)  # pyright: ignore[reportArgumentType]  # who is receiving has one
        else:
            to.deliver(made)
            switch(scheduler.next_target())
        while me.activity != READY:  # pyright: ignore[reportUnnecessaryComparison]  # a stray wake-up
            switch(scheduler.hub)
        me.activity, value = RUNNING, me.slot
        if type(value) is Wakening:
            value = woken(made, me, server, timeout)
    except BaseException:
        interrupted(made, me, server)
        here = me = server = to = scheduler = made = None  # the error keeps this frame
        raise
    me.slot = EMPTY
    me.waiting = me.timeout = None
    if me.timer is not LISTED or me.foreign:
        waited(me)
    return value


def waited(me: Actor) -> None:
    """A call has its reply, and its caller a timer to stop, or is a greenlet that the runtime did not start."""
    timer, me.timer = me.timer, None
    if timer is LISTED:
        me.timer = timer
    elif timer is not None:
        timer.stop()
        timer.close()
    if me.foreign:
        me.greenlet = None
        me.scheduler.inbox.release()


def held_caller_in(here: Any) -> Actor:
    """Return the same, and keep its hub's loop alive until the call is over: the server may wait for another thread."""
    me = caller_in(here)
    if me.foreign:
        me.scheduler.inbox.hold()
    return me


def caller_in(here: Any) -> Actor:
    """Return the actor of a greenlet that the runtime did not start, known to it as long as it waits."""
    me = current_actor()
    if here is me.scheduler.hub:
        raise RuntimeError("call() in the hub, in a callback of the event loop: nothing may block there; spawn an actor")
    me.scheduler.now = clock.monotonic()  # no round may have begun for long
    return me


def checked_server(me: Actor, server: ActorRef | str, timeout: float | None) -> Actor:
    """Return the living actor to call.

    Raises:
        ServerExitedError: it has ended, or nobody has the name.
        TypeError: it is neither a ref nor a name, or `timeout` is not a number.
        ValueError: `timeout` is negative.
        ActorExit: the caller was told to end.
    """
    checked_seconds("timeout", timeout)
    doom = me.doom
    del me  # an error keeps this frame
    if doom is not None:
        doom.checkpoint()
    found = server if isinstance(server, Actor) else whom(server)
    if found is None:
        raise ServerExitedError(server, Crash(unregistered(server)))
    if not isinstance(found, Actor):
        raise TypeError(f"{server!r} is neither an ActorRef nor a name; Server.start, spawn and whereis give a ref")
    if found.reason is not None:
        raise ServerExitedError(found, found.reason)
    return found


def call_elsewhere(made: Any, me: Actor, server: Actor, request: Any, timeout: float | None) -> Any:
    """Call a server of another thread; or raise what is wrong with a call, or send one that does not wait."""
    try:
        checked_seconds("timeout", timeout)
        if server is me:
            raise CallingSelfError(server)
        if server.asks:
            raise TypeError(f"{server} is a run: it takes Resume and Cancel, and replies to nobody; call a server")
        late = partial(CallTimeoutError, server, request, timeout)
        if timeout is None or timeout > 0:
            there = partial(call_as_agent, type(made), server, request, timeout)
            answer = remotely(server.scheduler, there, timeout=timeout, late=late, unclaimed=drop)
            if me.foreign:
                me.scheduler.inbox.release()
            return answer
        made.request, made.caller, made.awaited = request, me, {}
        if server.scheduler is me.scheduler:
            server.deliver(made)
        else:
            server.scheduler.inbox.post(deliver, server, made)
        raise late()
    finally:
        del made, me, server  # the error keeps this frame


def call_as_agent(kind: type[Call], server: Actor, request: Any, timeout: float | None) -> Any:
    """Call for an actor of another thread; if it has given up meanwhile, the request is sent all the same.

    The call is the agent's own: that of the principal is undone in another thread, at any time.
    """
    me, made = current_actor(), kind()
    if me.doom is None:
        return wait_for_reply(made, server, request, timeout)
    made.request, made.caller, made.awaited = request, me, {}
    return server.deliver(made)


def drop(_: object) -> None:
    """Drop a reply that nobody waits for any more."""


def woken(made: Call, me: Actor, server: Actor, timeout: float | None) -> Any:
    """A call was woken without a reply: raise what it was woken for, or go on waiting."""
    try:
        value: Any = me.slot
        while type(value) is Wakening:
            me.slot = EMPTY
            if value is FAILED:
                raise ServerExitedError(server, made.taken_reason())
            if value is TIMED_OUT or (timeout is not None and me.timeout is None):
                raise CallTimeoutError(server, made.request, timeout)
            if value is SIGNALLED and me.doom is not None:
                me.doom.checkpoint()
            value = me.scheduler.wait(me, made, me.timeout)  # the signal is being handled already
        return value
    finally:
        del made, me, server  # an error keeps this frame


def interrupted(made: Call, me: Actor, server: ActorRef) -> None:
    """Undo a call whose wait ended by an exception; its reply has nowhere to go from now on.

    Raises:
        DeadlockError: the wait could never have ended.
    """
    if me.foreign:
        me.scheduler.inbox.release()
    if me.waiting is made:
        me.scheduler.unpark(me)
        me.scheduler.waited(me)
        me.slot = EMPTY
    if hasattr(made, "awaited"):
        made.awaited.pop(made, None)
    if hasattr(made, "reason"):
        made.reason = None
    explain_deadlock(me, "the reply of", server)


def cast(server: ActorRef | str, request: Any) -> None:
    """Send a request to a server and go on; it comes to `handle_cast`, or to another actor as `Cast(request)`.

    Never blocks, and never fails because the server is dead or nobody has the name: the cast becomes a dead letter.

    Raises:
        TypeError: `server` is neither a ref nor a name.
    """
    found = whom(server)
    if found is None and isinstance(server, str):
        dead_letters.add(Nobody(server), Cast(request))
    elif isinstance(found, ActorRef):
        send(found, Cast(request))
    else:
        raise TypeError(f"cast({server!r}, …): neither an ActorRef nor a name; Server.start, spawn and whereis give a ref")


def reply(call: Call, value: Any) -> None:
    """Give a call its reply, now or later, from its server or from any other actor. Never blocks.

    A reply whose caller no longer waits (its time was over, it or the server has ended) is dropped, with the telemetry
    event `late reply`.

    Raises:
        AlreadyRepliedError: the call has its reply.
        TypeError: `call` is not what a `handle_call` was given.
    """
    if not isinstance(call, Call):
        raise TypeError(f"reply({call!r}, …): give the call that handle_call was given")
    caller = call.caller
    if caller is None:
        if not hasattr(call, "reason"):
            raise AlreadyRepliedError(call.request, value)
        telemetry.emit("late reply", request=call.request, value=value)
        return
    if caller.scheduler.thread != get_ident():
        caller.scheduler.inbox.post(reply_from_abroad, call, value)
        return
    call.caller = None
    call.awaited.pop(call, None)
    if caller.waiting is call and caller.activity == WAITING:
        caller.slot = value
        caller.activity = READY
        caller.scheduler.push(caller)
    else:
        telemetry.emit("late reply", request=call.request, value=value)


def reply_from_abroad(call: Call, value: Any) -> None:
    """Give a call its reply that came from another thread; in the caller's hub."""
    try:
        reply(call, value)
    except AlreadyRepliedError as error:  # who replied has gone on
        telemetry.report("error", "second reply", request=shown(call.request), error=error)
