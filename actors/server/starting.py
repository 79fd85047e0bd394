"""Starting a server, and waiting until it is ready."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from actors.clock import checked_seconds
from actors.exits import Crash
from actors.runtime import abroad
from actors.runtime.actor import TIMED_OUT, Actor, ActorRef
from actors.runtime.arguments import addressed, check_call
from actors.runtime.current import current_actor
from actors.runtime.links import kill, part
from actors.runtime.remote import REACH, remotely
from actors.runtime.spawning import spawn
from actors.server.calling import FAILED, Call, caller_in
from actors.server.faults import ServerExitedError, StartTimeoutError
from actors.server.serving import Serving

if TYPE_CHECKING:
    from actors.runtime.background import BackgroundThread
    from actors.server.behaviour import Server


class Starting(Call):
    """The call of a starter, replied to when the server is ready; it stands in no mailbox."""

    __slots__ = ()
    hears = True  # the starter raises what `init` raised


def start(  # noqa: PLR0917  `Server.start` hands everything on
    make: Callable[..., Server],
    args: tuple[Any, ...],
    name: str | None,
    link: bool,
    timeout: float | None,
    on: BackgroundThread | None = None,
) -> ActorRef:
    """Start a server; see `Server.start`."""
    checked_seconds("timeout", timeout)
    check_call(make, args)
    if on is not None:
        reached = None if timeout is None else timeout + REACH
        late = partial(StartTimeoutError, None, timeout)
        unclaimed = partial(dismiss, current_actor())
        started: ActorRef = remotely(
            abroad.scheduler_of(on), start, make, args, name, link, timeout, timeout=reached, late=late, unclaimed=unclaimed
        )
        return started
    me = caller_in(getcurrent())
    starting = Starting()
    starting.request = make
    starting.caller = me
    server = addressed(spawn(Serving(make, args, starting), link=link and me.principal is me, name=name))
    if link and me.principal is not me:  # started from another thread
        abroad.link(server, me.principal)
    starting.awaited = server.tied().awaited
    starting.awaited[starting] = None
    try:
        await_ready(me, server, starting, timeout)
    except BaseException:
        if server.reason is None:
            dismiss(me.principal, server)
        me = server = starting = None  # type: ignore[assignment]  # the error keeps this frame
        raise
    return server


def dismiss(starter: Actor, server: Actor) -> None:
    """Kill a server that nobody waits for any more, without a signal to its starter; in the server's thread."""
    if starter.scheduler is server.scheduler:
        part(starter, server)
    else:
        abroad.unlink(server, starter)
    kill(server)


def await_ready(me: Actor, server: Actor, starting: Starting, timeout: float | None) -> None:
    """Wait until a server is ready."""
    reason = None
    try:
        value: Any = TIMED_OUT if timeout == 0 else FAILED
        waiting = timeout != 0
        while waiting:
            if me.doom is not None:
                me.doom.checkpoint()
            value = me.scheduler.wait(me, starting, timeout)
            waiting = value is not None and value is not TIMED_OUT and value is not FAILED
        if value is TIMED_OUT:
            raise StartTimeoutError(server, timeout)
        if value is FAILED:
            reason = starting.taken_reason()
            raise reason.error if isinstance(reason, Crash) else ServerExitedError(server, reason)
    finally:
        del me, server, starting, reason  # an error keeps this frame
