"""`Server`: the behaviour of requests and replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVarTuple

from actors.exits import ExitReason
from actors.runtime.actor import ActorRef
from actors.runtime.current import current
from actors.runtime.farewell import dead_letter
from actors.server.calling import Call
from actors.server.requests import Continue, Stop
from actors.server.starting import start

if TYPE_CHECKING:
    from actors.runtime.background import BackgroundThread

Ts = TypeVarTuple("Ts")


class Server:
    """A server: derive from it, keep the state in attributes, and write the handlers that it needs.

    `__init__` takes the arguments; it and every handler run in the server's own actor, one at a time. A handler may
    block, call other servers, and ends the server by raising. See `docs/servers.md`.
    """

    @staticmethod
    def start(
        make: Callable[[*Ts], Server],
        *args: *Ts,
        name: str | None = None,
        link: bool = True,
        timeout: float | None = 5.0,
        on: BackgroundThread | None = None,
    ) -> ActorRef:
        """Start a server, `Server.start(Stack, 1, 2)`, and return its ref.

        *Blocks until* its `__init__` and `init` are done, or `timeout` seconds have passed.

        Args:
            make: the class, or another callable that makes the server; called in the server's actor.
            args: its arguments; keyword arguments go through `functools.partial`.
            name: register it under this name.
            link: link it with the caller, from the moment it begins.
            timeout: seconds; None for no limit.
            on: the thread that it belongs to for life, `background()`; None for the caller's.

        Raises:
            Exception: what `__init__` or `init` raised. The link then signals nothing.
            ServerExitedError: it ended before it was ready without raising; it carries the exit reason.
            StartTimeoutError: it was not ready in time; it was killed.
            NameTakenError: another live actor has the name.
            TypeError: `make` is not callable with these arguments, or makes something else.
            ValueError: `timeout` is negative, or the name is empty.
            RuntimeError: called in the hub, which must not block.
            ClosedError: the thread given by `on=` was closed.
        """
        return start(make, args, name, link, timeout, on)

    def init(self) -> Continue | Stop | None:
        """Get ready. Return `Continue(value)` for what the starter need not wait for: `handle_continue` does it next."""
        return None

    def handle_call(self, request: Any, call: Call) -> Any:
        """Return the reply to a request, or `Reply`, `NoReply` or `Stop`."""
        raise NotImplementedError(f"{type(self).__qualname__} has no handle_call and was called with {request!r}")

    def handle_cast(self, request: Any) -> Continue | Stop | None:
        """Take a request that nobody waits for a reply to."""
        raise NotImplementedError(f"{type(self).__qualname__} has no handle_cast and was cast {request!r}")

    def handle_info(self, message: Any) -> Continue | Stop | None:
        """Take any other message: sent, `Down`, `Exit`, the events of runs it owns. By default it becomes a dead letter."""
        dead_letter(current(), message)
        return None

    def handle_continue(self, value: Any) -> Continue | Stop | None:
        """Go on after a handler returned `Continue(value)`, before anything that is queued."""
        raise NotImplementedError(f"{type(self).__qualname__} has no handle_continue and was to continue with {value!r}")

    def terminate(self, reason: ExitReason) -> None:
        """Clean up: the server is about to end. Not run after a kill, nor when `__init__` or `init` failed.

        What it raises becomes the exit reason, with the error that it followed as its context; the reason of an exit
        signal stays.
        """

    def state(self) -> Any:
        """Return what `get_state` shows: by default a dict of the attributes."""
        return dict(vars(self))
