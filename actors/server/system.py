"""What one may ask of any server, whatever it serves: its state, to pause, to go on."""

from __future__ import annotations

from typing import Any

from actors.runtime.actor import Actor, ActorRef
from actors.runtime.registry import whom
from actors.server.calling import SystemCall, wait_for_reply
from actors.server.serving import Serving


def get_state(server: ActorRef | str, timeout: float | None = 5.0) -> Any:
    """Return what a server's `state()` gives: by default a dict of its attributes. For looking, not for programs.

    *Blocks until* the server has handled what was queued before, or `timeout` seconds have passed; a paused one answers.

    Raises:
        TypeError: it is no server started with `Server.start`.
        Exception: as for `call`.
    """
    return system_call(server, _state, timeout)


def pause(server: ActorRef | str, timeout: float | None = 5.0) -> None:
    """Have a server leave its messages in the mailbox until `unpause`; signals and `get_state` still reach it.

    *Blocks until* it has handled what was queued before, or `timeout` seconds have passed.

    Raises:
        TypeError: it is no server started with `Server.start`.
        Exception: as for `call`.
    """
    system_call(server, _pause, timeout)


def unpause(server: ActorRef | str, timeout: float | None = 5.0) -> None:
    """Have a paused server go on; nothing happens to one that is not paused.

    *Blocks until* it does, or `timeout` seconds have passed.

    Raises:
        TypeError: it is no server started with `Server.start`.
        Exception: as for `call`.
    """
    system_call(server, _unpause, timeout)


def system_call(server: ActorRef | str, request: Any, timeout: float | None) -> Any:
    """Call the loop of a server."""
    found = whom(server)
    if isinstance(found, Actor) and found.reason is None and not isinstance(found.body, Serving):
        raise TypeError(f"{found} is not a server; only what Server.start started has a state and can be paused")
    return wait_for_reply(SystemCall(), server, request, timeout)


def _state(serving: Serving) -> Any:
    return serving.server.state()


def _pause(serving: Serving) -> None:
    serving.paused = True


def _unpause(serving: Serving) -> None:
    serving.paused = False
