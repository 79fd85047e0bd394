"""`spawn`, `give_way`, and the sleep of every actor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVarTuple

from greenlet import getcurrent

from actors.effects.clock import Sleep
from actors.runtime import abroad, arguments, farewell
from actors.runtime.actor import ACTOR_HANDLERS, Actor, ActorRef, Ties
from actors.runtime.bounded import bound
from actors.runtime.current import current_actor
from actors.runtime.worker import WORKER

if TYPE_CHECKING:
    from actors.runtime.background import BackgroundThread

Ts = TypeVarTuple("Ts")

Name: TypeAlias = str | None
Bound: TypeAlias = int | None
On: TypeAlias = "BackgroundThread | None"


def spawn(
    fn: Callable[[*Ts], object],
    *args: *Ts,
    link: bool = True,
    monitor: bool = False,
    name: Name = None,
    mailbox: Bound = None,
    on: On = None,
) -> ActorRef:
    """Start an actor that runs `fn(*args)` and return its ref; the body begins at the next switch.

    Args:
        fn: its body; keyword arguments go through `functools.partial`.
        link: link it with the caller: a body that crashes on its first line still delivers its true reason.
        monitor: the caller gets one `Down` when it ends.
        name: register it under this name.
        mailbox: how many messages may wait in its mailbox before `send` blocks its sender; None for no bound.
        on: the thread that it belongs to for life, `background()` (`ClosedError` if it was closed); None for the caller's.

    Raises:
        TypeError: `fn` is not callable, or not with these arguments, or `mailbox` is not an int.
        ValueError: `mailbox` is less than 1; as `NameTakenError`: another live actor has the name.
    """
    arguments.check_call(fn, args)
    here: Any = getcurrent()
    me: Actor = here.actor if type(here) is WORKER else current_actor()
    scheduler = me.scheduler
    actor: Actor = Actor(fn, args, scheduler if on is None else abroad.scheduler_of(on))
    if mailbox is not None or name is not None or on is not None:
        return abroad.begin(actor if mailbox is None else bound(actor, mailbox), name, me, link, monitor)
    if link:
        ties: Ties = me.ties or me.tied()
        ties.links[actor] = None
        actor.peer = me
    if monitor:
        farewell.watch(me, actor)
    scheduler.ready.append(actor)
    if not scheduler.active:
        scheduler.kick()
    return actor


def give_way() -> None:
    """Let every other actor that is ready run once.

    Raises:
        LinkedExitError: in a greenlet the runtime did not start, when an actor linked to it has ended.
    """
    me = current_actor()
    if me.doom is not None:
        me.doom.checkpoint()
    me.scheduler.breathe(me)


def sleep(seconds: float) -> None:
    """Block the calling actor, and nobody else, for a while."""
    me = current_actor()
    if me.doom is not None:
        me.doom.checkpoint()
    me.scheduler.wait(me, Sleep, seconds)


def _sleep(op: Sleep) -> None:
    sleep(op.seconds)


ACTOR_HANDLERS[Sleep] = _sleep
