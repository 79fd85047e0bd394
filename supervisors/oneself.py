"""Who would wait for itself by a call to a supervisor, and is refused instead: a child that the supervisor waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actors.runtime.current import current_actor
from actors.runtime.supervising import Parting
from actors.server import CallingSelfError
from supervisors.errors import SupervisorBusyError, SupervisorStoppingError

if TYPE_CHECKING:
    from actors.runtime import ActorRef
    from actors.runtime.actor import Actor

# The supervisors that are starting a child, and their starts.
STARTING: Final[dict[Any, Any]] = {}


def refuse_to_wait_for_oneself(supervisor: ActorRef | None) -> None:
    """Refuse a call by a child that its supervisor is starting or stopping, or by whom that child has spawned.

    Raises:
        CallingSelfError: it is a call by the `start` of a child, in the supervisor itself.
        SupervisorBusyError: it is a call by a child that is being started.
        SupervisorStoppingError: it is a call by a child that is being stopped.
    """
    me = current_actor()
    if me.doom is not None and supervisor is not None and is_stopping(supervisor, me):
        raise SupervisorStoppingError(supervisor, me)
    starts: Any = STARTING.get(supervisor)
    if starts is None:
        return
    if me is supervisor:
        advice = (
            f"this is the start of child {starts.child_id!r}, in its supervisor: leave it to the child, in handle_continue"
        )
        raise CallingSelfError(me, advice)
    actor: Actor | None = me
    while actor is not None:
        if starts.has_made(actor):
            raise SupervisorBusyError(starts.child_id)
        actor = actor.peer


def refuse_to_wait_for_the_end(supervisor: ActorRef) -> None:
    """Refuse what `refuse_to_wait_for_oneself` does, and to wait for the end of a supervisor that waits for one's own.

    Raises:
        SupervisorStoppingError: the caller was told to end, by whomever, and the supervisor is above it.
    """
    refuse_to_wait_for_oneself(supervisor)
    me = current_actor()
    if me.doom is not None and me.reason is None and is_above(supervisor, me):
        raise SupervisorStoppingError(supervisor, me)


def is_stopping(supervisor: Any, actor: Actor) -> bool:
    """Tell whether a supervisor waits for the end of an actor, or of a supervisor that waits for it."""
    waited_for: Actor | None = actor
    while waited_for is not None:
        if supervisor.ties is not None and any(
            watch.ref is waited_for and waited_for.scheduler is not supervisor.scheduler
            for watch in list(supervisor.ties.monitoring)
        ):
            return True  # over there
        waited_for = who_waits_for(waited_for)
        if waited_for is supervisor:
            return True
    return False


def who_waits_for(actor: Actor) -> Actor | None:
    """Return the supervisor of the same thread that told an actor to end and waits for that."""
    return next((one.watcher for one in actor.monitors or () if isinstance(one, Parting)), None)


def is_above(supervisor: Any, actor: Actor) -> bool:
    """Tell whether a supervisor, or one below it, has this child."""
    found = [supervisor]
    for one in found:  # it grows meanwhile
        supervised = None if one.ties is None else one.ties.supervised
        if supervised is None:
            continue
        if actor in supervised:
            return True
        found += list(supervised)
    return False
