"""Waiting on a lock: how a thread waits when nothing but another thread can give it something to do.

A lock costs a third of what it costs to go through the poll of the hub's loop, on either side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenlet import getcurrent

from actors import clock
from actors.runtime.actor import TIMED_OUT, WAITING, Actor
from actors.runtime.loops import DozingLoop

if TYPE_CHECKING:
    from actors.runtime.scheduler import Scheduler


def has_work(scheduler: Scheduler) -> bool:
    """Tell whether the hub has something to look after: an actor, a callback, a timer, a socket.

    `active` says nothing: a drain may be parked where it switched to the caller.
    """
    loop, inbox = scheduler.loop, scheduler.inbox
    if scheduler.ready or scheduler.unarmed or loop._callbacks:
        return True
    holding = inbox.watcher is not None
    return bool(loop.pendingcnt or loop.activecnt > holding)  # a timer that has expired is pending, and no longer active


def is_alone(scheduler: Scheduler) -> bool:
    """Tell whether the caller is all that its thread has to run, under a hub that the runtime made."""
    return isinstance(scheduler.loop, DozingLoop) and getcurrent().parent is None and not has_work(scheduler)


def doze(scheduler: Scheduler, me: Actor, timeout: float | None) -> float | None:
    """Wait on a lock until `me` is woken, or somebody else; return the seconds that are left of the time limit.

    Whoever is woken meanwhile is run by the hub afterwards: the caller waits there if it was not woken itself.
    """
    until = None if timeout is None else clock.monotonic() + timeout
    inbox = scheduler.inbox
    left = timeout
    inbox.fall_asleep()
    draining = scheduler.active  # then a drain has switched to the caller, and goes on when that waits in the hub
    scheduler.active = True  # nobody is to wake the hub before it is clear that it is needed
    try:
        while me.activity == WAITING and not (scheduler.ready or scheduler.unarmed or scheduler.loop._callbacks):
            if not inbox.doze(left) and me.activity == WAITING:
                scheduler.wake(me, TIMED_OUT)
            if until is not None and me.activity == WAITING:
                left = max(0.0, until - clock.monotonic())
    finally:
        scheduler.active = draining
        inbox.awake()
        if me in scheduler.ready:
            scheduler.ready.remove(me)
        if not draining and (scheduler.ready or scheduler.unarmed):
            scheduler.kick()
    return left


def doze_in_hub(scheduler: Scheduler) -> None:
    """Wait on a lock instead of in the hub's poll, until there is something to do; in the hub."""
    if has_work(scheduler):
        return
    inbox = scheduler.inbox
    inbox.fall_asleep()
    try:
        while not has_work(scheduler):
            if inbox.sleeper is None:  # a leg was run from here
                inbox.fall_asleep()
            else:
                inbox.doze(None)
    finally:
        inbox.awake()
        scheduler.loop.update_now()  # its idea of the time is that of before
