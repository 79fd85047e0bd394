"""The end of a thread's runtime: in order, with every scope left; or at once, because the thread is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlet import getcurrent

from actors import clock
from actors.clock import checked_seconds
from actors.exits import KILLED, NORMAL, Shutdown
from actors.runtime import abroad
from actors.runtime.actor import NEW, Actor, ActorRef
from actors.runtime.current import Foreign, actor_of, current_actor
from actors.runtime.doom import KillDoom
from actors.runtime.links import part
from actors.runtime.scheduler import forget
from actors.runtime.worker import Worker

if TYPE_CHECKING:
    from actors.runtime.scheduler import Scheduler

CLOSED: Final = Shutdown("the runtime was closed")
CLOSING: Final = "the end of every actor"  # what a closer waits for
LOOK = 0.001  # seconds between two looks at how many are left
GRACE = 1.0  # seconds that the killed have to leave their scopes, before they are left behind


def close(timeout: float | None = 5.0) -> list[ActorRef]:
    """End every actor of the calling thread in order, and return those that had to be killed.

    Runs are cancelled, other actors get the exit signal `Shutdown`, as a message if they trap exits; what does not end in
    time is killed. The runtime can be used again afterwards. Call it where a thread ends that has used the runtime:
    whatever is left when a thread ends is killed, and cannot block in its `finally`. The main thread does it by itself, at
    exit.

    *Blocks until* all have ended; at most `timeout` seconds and one more for those that were killed.

    Args:
        timeout: seconds before the rest is killed; None for no limit.

    Raises:
        RuntimeError: called in an actor that the runtime started, which would have to end first.
        ValueError: `timeout` is negative.
    """
    if isinstance(getcurrent(), Worker):
        raise RuntimeError("close() in an actor that it would end; call it where the thread's own code runs")
    return end_all(current_actor(), checked_seconds("timeout", timeout))


def end_all(me: Actor, timeout: float | None) -> list[ActorRef]:
    """End every actor of a thread but the one that calls this."""
    scheduler = me.scheduler
    told: set[Actor] = set()
    until = None if timeout is None else clock.monotonic() + timeout
    while is_busy(me) and (until is None or clock.monotonic() < until):
        for actor in living(me):
            if actor not in told:
                told.add(actor)
                part(me, actor)  # whoever closes does not end of it
                if me.principal.scheduler is not scheduler:
                    abroad.unlink(actor, me.principal)
                actor.signalled(me, CLOSED)
        rest(me, scheduler, until)
    return kill_all(me)


def kill_all(me: Actor) -> list[ActorRef]:
    """Kill what is left, and leave behind what even that does not end."""
    scheduler = me.scheduler
    killed: list[ActorRef] = []
    until = clock.monotonic() + GRACE
    while is_busy(me) and clock.monotonic() < until:
        for actor in living(me):
            if actor.reason is None:
                killed.append(actor)
                scheduler.kill(actor, KillDoom(actor, KILLED))
        rest(me, scheduler, until)
    for actor in living(me):
        scheduler.forsake(actor)
    return killed


def rest(me: Actor, scheduler: Scheduler, until: float | None) -> None:
    """Let others run until nobody is left, or somebody new may be there."""
    known = len(scheduler.workers)
    while is_busy(me) and len(scheduler.workers) <= known and (until is None or clock.monotonic() < until):
        scheduler.wait(me, CLOSING, LOOK)


def is_busy(me: Actor) -> bool:
    """Tell whether some other actor of the thread has not ended; in constant time."""
    scheduler = me.scheduler
    mine = isinstance(getcurrent(), Worker)
    return bool(scheduler.ready) or len(scheduler.workers) - len(scheduler.pool) - len(scheduler.abandoned) > mine


def living(me: Actor) -> list[Actor]:
    """Return the other actors of the thread whose bodies are still there, the oldest first as far as that is known."""
    scheduler = me.scheduler
    bound = [worker.actor for worker in scheduler.workers if worker.actor is not None and not worker.abandoned]
    return [actor for actor in (*bound, *(one for one in scheduler.ready if one.activity == NEW)) if actor is not me]


def desert(scheduler: Scheduler) -> int:
    """The thread is gone: whatever has not ended is dead from now on for everybody; return how many actors that were.

    Whoever watches from other threads hears of it. Called where nothing of the thread can run any more.
    """
    forget(scheduler)
    left = [worker.actor for worker in scheduler.workers if worker.actor is not None and not worker.abandoned]
    left += [actor for actor in scheduler.ready if actor.activity == NEW]
    scheduler.active = True  # nobody is to wake its hub
    for actor in left:
        if actor.reason is None:
            actor.killed()
    mine = actor_of(scheduler.hub.parent)
    if isinstance(mine, Foreign):
        mine.finish(NORMAL)
    scheduler.inbox.close()
    return len(left)
