"""The loop of a server: the body of its actor.

A reply goes straight back: when nothing else is queued, the server parks by switching to the caller. That caller
(`follow`) is woken and does not stand in the queue; nothing may happen before the switch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from greenlet import GreenletExit, getcurrent

from actors import clock, telemetry
from actors.exits import ActorExit, Crash, Normal
from actors.runtime.actor import EMPTY, READY, RECEIVING, RUNNING, SIGNALLED, WAITING, Actor
from actors.runtime.links import unlink
from actors.runtime.mailbox import put_back, receive, receive_in
from actors.runtime.scheduler import switch
from actors.server.calling import Call, Cast, SystemCall, reply
from actors.server.requests import ABSENT, Continue, Directive, NoReply, Reply, Stop

if TYPE_CHECKING:
    from actors.server.behaviour import Server

Then: TypeAlias = "Continue | Stop | None"  # what a handler wants next


class Serving:
    """The body of one server's actor."""

    __slots__ = ("__dict__", "args", "make", "paused", "server", "starting", "stopping")

    server: Server

    def __init__(self, make: Callable[..., Server], args: tuple[Any, ...], starting: Call) -> None:
        """Take what makes the server, with its arguments, and the call of whoever starts it."""
        self.__qualname__ = getattr(make, "__qualname__", type(make).__qualname__)
        self.make = make
        self.args = args
        self.starting: Call | None = starting
        self.paused = False
        self.stopping: Call | None = None  # the call whose handler stopped the server

    def __call__(self) -> None:
        """Make the server, serve, and terminate."""
        then = self.begin()
        try:
            stop = self.serve(then)
        except GreenletExit:
            raise
        except BaseException as error:
            self.end(error)
            raise
        self.stop(stop)

    def begin(self) -> Then:
        """Make the server and its `init`, and tell whoever waits for that."""
        starting, self.starting = self.starting, None
        assert starting is not None
        try:
            self.server = self.make(*self.args)
            if not hasattr(self.server, "handle_call"):
                raise TypeError(f"{self.make!r} made {self.server!r}, not a Server; give Server.start a Server class")
            then = as_next(self.server.init(), "init")
            if isinstance(then, Stop):
                raise ActorExit(then.reason)
        except BaseException:
            if starting.caller is not None:
                unlink(starting.caller.principal)  # it gets the error itself; a signal besides would end it
            starting = None
            raise
        if starting.caller is not None and starting.caller.waiting is starting:
            reply(starting, None)
        return then

    def end(self, error: BaseException) -> None:
        """Terminate because a handler raised, or because a signal came; not after a kill."""
        if here().reason is None:
            self.server.terminate(error.reason if isinstance(error, ActorExit) else Crash(error))

    def stop(self, stop: Stop) -> None:
        """Terminate because a handler said so; the reply that it gave comes after that.

        Raises:
            ActorExit: the reason, unless it is `Normal`.
        """
        try:
            self.server.terminate(stop.reason)
        finally:
            call, self.stopping = self.stopping, None
            if call is not None and stop.reply is not ABSENT and here().reason is None:
                reply(call, stop.reply)
        if not isinstance(stop.reason, Normal):
            raise ActorExit(stop.reason)

    def serve(self, then: Then) -> Stop:
        """Handle one message after the other until a handler stops the server."""
        me: Any = here()
        scheduler, awaited = me.scheduler, me.tied().awaited
        message: Any = None
        follow: Any = None
        try:
            stop = self.proceed(then)
            handle_call = self.server.handle_call
            while stop is None:
                if follow is not None:
                    target, follow = follow.greenlet, None
                    message = hand_back(me, target)
                elif me.mailbox and scheduler.budget > 1 and me.doom is None:  # `receive`, written out
                    scheduler.budget -= 1
                    message = me.mailbox.popleft()
                else:
                    message = receive()
                if type(message) is not Call or telemetry.subscribers:
                    stop = self.handle(message)
                    continue
                answer = handle_call(message.request, message)
                if isinstance(answer, Directive):
                    stop = self.obey(message, answer)
                    continue
                caller = message.caller
                if caller is None or caller.waiting is not message or caller.activity != WAITING or me.mailbox:
                    reply(message, answer)
                else:
                    message.caller = None
                    del awaited[message]
                    caller.slot = answer
                    caller.activity = READY
                    follow = caller
            return stop
        finally:
            me = follow = caller = message = answer = scheduler = awaited = None  # an error keeps this frame

    def handle(self, message: Any) -> Stop | None:
        """Handle whatever is not a plain call that nobody listens to."""
        if type(message) is SystemCall:
            reply(message, message.request(self))
            if self.paused:
                self.wait_while_paused()
            return None
        if not telemetry.subscribers:
            return self.dispatch(message)
        kind = "call" if isinstance(message, Call) else "cast" if isinstance(message, Cast) else "info"
        request = message if kind == "info" else message.request
        data: dict[str, Any] = {"server": here(), "kind": kind, "request": request, "error": None}
        began = clock.monotonic()
        try:
            return self.dispatch(message)
        except BaseException as error:
            data["error"] = error
            raise
        finally:
            data["seconds"] = clock.monotonic() - began
            telemetry.tell("server request", data)
            del data, message, request

    def dispatch(self, message: Any) -> Stop | None:
        """Give a message to its handler."""
        if type(message) is Call:  # the answer has no name here: it may be an error that keeps this frame
            return self.answer(message, self.server.handle_call(message.request, message))
        if type(message) is Cast:
            return self.proceed(as_next(self.server.handle_cast(message.request), "handle_cast"))
        return self.proceed(as_next(self.server.handle_info(message), "handle_info"))

    def answer(self, call: Call, answer: Any) -> Stop | None:
        """Reply with what a `handle_call` returned, or do that."""
        if isinstance(answer, Directive):
            return self.obey(call, answer)
        reply(call, answer)
        return None

    def obey(self, call: Call, answer: Directive) -> Stop | None:
        """Do what a `handle_call` returned other than a reply."""
        match answer:
            case Reply(value, then):
                reply(call, value)
                return self.proceed(then)
            case NoReply(then):
                return self.proceed(then)
            case Stop():
                self.stopping = call
                return answer
            case Continue():
                raise TypeError(
                    f"handle_call returned {answer}, which is no reply; return Reply(value, then={answer}), or "
                    f"NoReply(then={answer}) to reply later"
                )
            case _:
                raise TypeError(f"handle_call returned {answer!r}; return the reply, Reply, NoReply or Stop")

    def proceed(self, then: Then) -> Stop | None:
        """Run continues, one after the other, before anything that is queued."""
        while isinstance(then, Continue):
            then = as_next(self.server.handle_continue(then.value), "handle_continue")
        return then

    def wait_while_paused(self) -> None:
        """Answer system calls only."""
        while self.paused:
            message = receive_in(here(), None, lambda message: type(message) is SystemCall)
            reply(message, message.request(self))


def here() -> Actor:
    """Return the server's actor, for which no frame of this module is left holding it when an error passes."""
    worker: Any = getcurrent()
    return worker.actor  # type: ignore[no-any-return]  # a worker's


def hand_back(me: Any, target: Any) -> Any:
    """Park until a message comes, and let `target` run: `mailbox.receive`, for a server whose mailbox is empty."""
    me.activity = RECEIVING
    try:
        switch(target)
        while me.activity != READY:  # pyright: ignore[reportUnnecessaryComparison]  # a stray wake-up
            switch(me.scheduler.hub)
    except BaseException:
        me.scheduler.unpark(me)
        put_back(me, 0)
        me = target = None
        raise
    me.activity = RUNNING
    message = me.slot
    me.slot = EMPTY
    return message if message is not SIGNALLED else receive()


def as_next(answer: Any, handler: str) -> Then:
    """Return what a handler other than `handle_call` wants next.

    Raises:
        TypeError: it returned something else than None, `Continue` or `Stop`.
    """
    if answer is None or isinstance(answer, Continue | Stop):
        return answer
    raise TypeError(
        f"{handler} returned {answer!r}; it has no caller to reply to: return None, Continue(value) or Stop(reason)"
    )
