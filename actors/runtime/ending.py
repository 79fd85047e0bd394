"""The end of a thread that used the runtime: what it made for itself goes with it.

Runs in the ending thread, when what the thread keeps as its own is dropped. By then the hub cannot run any more, so nobody
is asked to leave: the thread's own actor ends as `Normal`, all others are killed, and each body is unwound once. Clean-up
that blocks does not come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent._hub_local import get_hub_if_exists
from greenlet import GreenletExit, getcurrent, greenlet

from actors.exits import KILLED, NORMAL
from actors.runtime.actor import NEW
from actors.runtime.doom import KillDoom

if TYPE_CHECKING:
    from actors.runtime.actor import Actor
    from actors.runtime.scheduler import Scheduler


class _NoLoop:
    """Stands for the loop of a thread that has ended: it takes callbacks, and runs none."""

    def run_callback(self, function: object, *args: object) -> None:
        """Do nothing."""

    run_callback_threadsafe = run_callback


class ThreadEnd:
    """Kept among what is the thread's own, so that it is dropped when the thread ends."""

    __slots__ = ("made_hub", "scheduler", "table")

    def __init__(self, scheduler: Scheduler, table: dict[int, Scheduler], made_hub: bool) -> None:
        """Take the scheduler, the table of those of all threads, and whether the runtime made the thread's hub."""
        self.scheduler = scheduler
        self.table = table
        self.made_hub = made_hub

    def __del__(self) -> None:
        """Close the inbox, and end what there is if this is the end of the thread and not of an earlier hub."""
        scheduler = self.scheduler
        scheduler.inbox.close()
        if self.table.get(scheduler.thread) is scheduler and not scheduler.loop.default:  # else the interpreter ends
            del self.table[scheduler.thread]
            end(scheduler, self.made_hub)


def end(scheduler: Scheduler, made_hub: bool) -> None:
    """End all actors of a thread, unwind what is parked in it, and destroy the hub if it was made for the runtime."""
    loop = scheduler.loop
    scheduler.loop = scheduler.inbox.loop = _NoLoop()
    scheduler.budget = scheduler.pool_limit = 0
    own: Any = getattr(getcurrent(), "actors_ref", None)
    if own is not None:
        own.finish(NORMAL)
    for actor in [worker.actor for worker in scheduler.workers if worker.actor is not None] + list(scheduler.ready):
        condemn(scheduler, actor)
    scheduler.ready.clear()
    gone = scheduler.hub.loop is None  # its user has destroyed it
    if gone:
        unwind(scheduler.hub)
    elif made_hub:
        disband(scheduler.hub)
    for worker in tuple(scheduler.workers):
        if worker.actor is None or not scheduler.hub:  # else its clean-up could have the hub run
            worker.parent = getcurrent()
            unwind(worker)
    scheduler.ready.clear()
    if not gone:
        scheduler.again.stop()
        scheduler.again.close()
    if made_hub and not gone:
        destroy(get_hub_if_exists())  # clean-up, or the pool of threads, has made another
        destroy_loop(loop)


def condemn(scheduler: Scheduler, actor: Actor) -> None:
    """Have an actor be dead for everybody."""
    if actor.reason is None and not actor.foreign:
        if actor.activity == NEW:
            actor.over(KILLED)
        else:
            scheduler.kill(actor, KillDoom(actor, KILLED))


def unwind(parked: greenlet) -> None:
    """Raise `GreenletExit` where a greenlet is parked; once more where its clean-up blocks."""
    for _ in range(2):
        if parked:
            greenlet.throw(parked, GreenletExit)


def destroy(hub: Any) -> None:
    """Destroy a hub with its loop."""
    if hub is not None and hub.loop is not None:
        destroy_loop(disband(hub))


def disband(hub: Any) -> Any:
    """Destroy a hub, but not its loop, whose timers are still to be stopped; return the loop."""
    loop = hub.loop
    hub.destroy(destroy_loop=False)
    unwind(hub)  # `destroy` leaves it parked, with an exception that leads back to it
    return loop


def destroy_loop(loop: Any) -> None:
    """Destroy a loop."""
    for callback in list(loop._callbacks):
        callback.stop()  # none would run, and each leads back to the loop, which the collector cannot see
    loop.destroy()
