"""Errors of calls and servers."""

from __future__ import annotations

from actors.exits import ActorsError, Crash, ExitReason, NoSuchActorError
from actors.runtime.actor import ActorRef
from actors.runtime.farewell import shown


def unregistered(name: object) -> NoSuchActorError:
    """Return the error for a name that nobody has."""
    return NoSuchActorError(f"no living actor is registered as {name!r}; it may be being restarted: try again")


class ServerExitedError(ActorsError):
    """The server of a call had ended, or ended before it replied; `reason` is its exit reason."""

    def __init__(self, server: ActorRef | str, reason: ExitReason) -> None:
        """Take the server (or the name that nobody has) and why it ended."""
        super().__init__(
            str(unregistered(server))
            if isinstance(server, str)
            else f"{server!r} gave no reply: it ended with {shown(reason)}; call a living server, or start it again"
        )
        self.server = server
        self.reason = reason
        if isinstance(reason, Crash):
            self.__cause__ = reason.error


class CallTimeoutError(ActorsError, TimeoutError):
    """A call's reply did not come in time. The server may still handle the request; its late reply is dropped."""

    def __init__(self, server: ActorRef, request: object, timeout: float | None) -> None:
        """Take who was called, the request, and how long the caller waited, in seconds."""
        super().__init__(
            f"{server} gave no reply to {shown(request)} within {timeout} seconds; a late one will be dropped. Give a "
            "longer timeout=, or have the server reply later and go on meanwhile (NoReply)"
        )
        self.server = server
        self.request = request
        self.timeout = timeout


class StartTimeoutError(ActorsError, TimeoutError):
    """A server's `init` was not done in time; the server was killed."""

    def __init__(self, server: ActorRef | None, timeout: float | None) -> None:
        """Take the server, None if its thread was held and had not made it, and how long its starter waited, in seconds."""
        super().__init__(
            f"{server or 'the server'} was not ready within {timeout} seconds and was killed; give a longer timeout=, or "
            "do the long part in handle_continue: return Continue(value) from init"
        )
        self.server = server
        self.timeout = timeout


class CallingSelfError(ActorsError, RuntimeError):
    """An actor called itself, which can never be answered."""

    def __init__(self, server: ActorRef, advice: str = "call the method, or cast to yourself") -> None:
        """Take who called, and what to do instead."""
        super().__init__(f"{server} called itself, and cannot reply while it waits; {advice}")
        self.server = server


class AlreadyRepliedError(ActorsError, RuntimeError):
    """A call was replied to twice."""

    def __init__(self, request: object, value: object) -> None:
        """Take the request and the second reply."""
        super().__init__(
            f"the call {shown(request)} has its reply already, and {shown(value)} is a second one; a handle_call that used "
            "reply(call, value) itself returns NoReply()"
        )
        self.request = request
        self.value = value
