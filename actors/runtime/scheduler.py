"""The scheduler: one for each thread, under that thread's gevent hub.

Actors that can run stand in `ready`. As long as there are any, one `drain` callback is pending in the hub; never one a
message. A parking actor switches straight to the next ready one, a sync call straight into its callee; the budget sends
them back to the hub often enough that sockets, timers and other people's greenlets get their turn.

Invariants: every worker is held in `workers` (a parked greenlet without references would be thrown into by the garbage
collector); an actor in `ready` is NEW or READY, or has ended before it began; new workers are started from the hub only,
since a greenlet inherits the recursion depth of whoever starts it.

Source: `docs/design.md`, "The runtime", with the measurements.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import greenlet as greenlets
from gevent import get_hub
from gevent._hub_local import get_hub_if_exists
from gevent.monkey import get_original

from actors import clock
from actors.runtime import farewell
from actors.runtime.actor import EMPTY, NEW, READY, RUNNING, SIGNALLED, WAITING, Actor
from actors.runtime.dozing import doze, doze_in_hub, is_alone
from actors.runtime.inbox import Inbox, close_at_the_end
from actors.runtime.lending import BUSY, lend
from actors.runtime.limits import PROCESS, TooManyActorsError
from actors.runtime.loops import dozing_hub
from actors.runtime.serving import bind
from actors.runtime.signals import Signals
from actors.runtime.threads import NativeThreads, threads_for
from actors.runtime.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable


# The patched one is per greenlet; a thread is meant.
get_ident: Callable[[], int] = get_original("_thread", "get_ident")
switch = greenlets.greenlet.switch

SWITCHES = 64  # direct switches before control goes back to the drain, at most
FEWEST = 4  # and at least: fewer where what runs between two of them takes longer than usual
DRAINS = 8  # rounds of a drain before the loop polls for I/O; together about 0.5 ms
BURST = 0.002  # seconds after which it polls sooner
POOL = 16_384  # workers kept for the next actors; 6 kB each, after that many were alive at once
HIGH_WATER = 1000  # messages in a mailbox, from which on its growth is reported


class Scheduler(Signals):
    """Runs one thread's actors."""

    __slots__ = (
        "again",
        "dozes",
        "drains",
        "high_water",
        "inbox",
        "lent",
        "pace",
        "room",
        "switches",
        "workers",
    )

    def __init__(self) -> None:
        """Serve the calling thread."""
        self.thread = get_ident()
        self.hub: Any = get_hub()
        self.loop: Any = self.hub.loop
        self.inbox = Inbox(self.loop)
        self.ready: deque[Actor] = deque()
        self.active = False  # a drain is pending or running
        self.pace = SWITCHES
        self.budget = SWITCHES
        self.now = clock.monotonic()
        self.unarmed: list[Any] = []  # whoever waits with a timeout and has no timer yet
        self.pool = []
        self.pool_limit = POOL
        self.workers: set[Worker] = set()
        self.room = 0  # as many workers may be made before the limit is looked at again
        self.drains = 0
        self.switches = 0
        self.lent = 0.0  # when this thread, busy since then, last let the others run; 0 for not busy
        self.high_water = HIGH_WATER  # a mailbox with so many messages is reported
        self.abandoned = []
        self.dozes = False  # it waits on a lock when there is nothing to do
        self.again: Any = self.loop.timer(0.0)
        self.lines = {}
        self.start_timer: Callable[[float, Callable[[], None]], Any] = self.hub_timer

    # -- getting to run

    def kick(self) -> None:
        """Have the hub run what is ready."""
        self.loop.run_callback(self.drain)
        self.active = True  # not before: it may raise, where no room for a call is left

    def drain(self) -> None:
        """Run what is ready, for a while; in the hub."""
        self.drains += 1
        self.now = clock.monotonic()
        pace = self.pace
        try:
            ready = self.ready
            slow = False
            left = DRAINS * pace
            while left > 0:  # who comes back at once, as a worker that dies does, has not used up a round
                if self.unarmed:
                    self.arm()
                if not ready:
                    break
                self.switches += pace - self.budget
                self.budget = pace
                target = self.greenlet_of(ready.popleft(), from_hub=True)
                if target is not None:
                    switch(target)
                left -= pace - self.budget + 1
                if clock.monotonic() - self.now > BURST:
                    slow = True
                    break
            self.pace = max(FEWEST, pace // 2) if slow else min(SWITCHES, pace * 2)
        finally:
            self.switches += pace - self.budget
            self.budget = self.pace
            if self.unarmed:
                self.arm()
            if self.ready:
                self.again.start(self.drain)  # a timer and not a callback, so that the loop polls for I/O
                if self.now - self.lent > BUSY:
                    self.lend()
            else:
                self.active = False
                self.lent = 0.0
        if self.dozes and not self.active:
            doze_in_hub(self)

    def lend(self) -> None:
        """Let the other threads run, unless this one has only now become busy."""
        if self.lent:
            lend()
        self.lent = clock.monotonic()

    def next_target(self) -> Any:
        """Return the greenlet to switch to when an actor parks: the next that is ready, or the hub."""
        ready = self.ready
        if ready and self.budget > 0:
            self.budget -= 1
            actor = ready.popleft()
            target: Any = actor.greenlet
            if target is not None:
                return target
            try:
                target = self.greenlet_of(actor)
            except RecursionError:
                ready.appendleft(actor)
                raise
            if target is not None:
                return target
            if actor.activity == NEW:
                self.ready.appendleft(actor)
        return self.hub

    def greenlet_of(self, actor: Actor, from_hub: bool = False) -> Any:
        """Return the greenlet to switch to in order to run an actor from the queue; None if there is none."""
        if actor.greenlet is not None:
            return actor.greenlet
        if actor.activity != NEW:
            return None  # it was ended before it began
        if self.pool:
            worker = self.pool.pop()
        elif from_hub:
            if len(self.workers) >= self.room and not self.may_grow():
                self.refuse(actor)
                return None
            worker = Worker(self)
            self.workers.add(worker)
        else:
            return None
        try:
            bind(worker, worker.books, actor)
        except RecursionError:
            self.pool.append(worker)
            raise
        return worker

    def may_grow(self) -> bool:
        """Tell whether another worker may be made, and up to how many before the threads are counted again."""
        most = PROCESS.max_actors
        if most is None:
            self.room = 1 << 62
            return True
        left = most - sum(len(other.workers) for other in list(_schedulers.values()))
        self.room = len(self.workers) + (left + 1) // 2  # the other threads may grow meanwhile
        return left > 0

    def refuse(self, actor: Actor) -> None:
        """End an actor that cannot begin, because there are too many."""
        follow = actor.threw(TooManyActorsError(PROCESS.max_actors or 0))
        if follow is not None:
            self.push(follow)

    def retire(self, worker: Worker, follow: Actor | None) -> None:
        """Let a worker die that cannot be reused; `follow` was to run after it."""
        if not worker.abandoned:
            self.workers.discard(worker)
        if follow is not None:
            self.ready.appendleft(follow)
            if not self.active:
                self.kick()

    # -- waiting

    def park(self, me: Actor, target: Any) -> Any:
        """Switch to `target` and come back when `me` was woken, with what it was woken with.

        The caller has set the activity to RECEIVING or WAITING. If something is thrown in meanwhile (a
        `gevent.Timeout`, a kill), `me` is taken out of the queue; `me.slot` then holds what it had been woken with.
        """
        mine = me.greenlet
        if mine is None:
            return self.park_foreign(me, target)
        me.since = self.now
        try:
            if target is not mine:
                switch(target)
            while me.activity != READY:  # a stray wake-up
                switch(self.hub)
        except BaseException:
            self.unpark(me)
            raise
        me.activity = RUNNING
        value = me.slot
        me.slot = EMPTY
        if value is SIGNALLED and me.doom is not None:
            me.doom.checkpoint()
        return value

    def park_foreign(self, me: Actor, target: Any) -> Any:
        """Park a greenlet that the runtime did not start: known to its actor only as long as it is parked."""
        self.now = clock.monotonic()  # no round may have begun for long
        me.greenlet = greenlets.getcurrent()
        self.inbox.hold()
        try:
            return self.park(me, target)
        finally:
            self.inbox.release()
            me.greenlet = None

    def unpark(self, me: Actor) -> None:
        """Undo a park that ended by an exception."""
        if me.activity == READY and me in self.ready:  # else it had been switched to directly
            self.ready.remove(me)
        me.activity = RUNNING
        if me.doom is not None and me.doom.pending and not me.foreign:  # it was woken for that, and something else came
            self.deliver_soon(me.doom)

    def wait(self, me: Actor, what: Any, timeout: float | None = None, target: Any = None) -> Any:
        """Park until somebody wakes `me` out of waiting for `what`, or `timeout` seconds have passed (TIMED_OUT)."""
        mine = me.greenlet
        if mine is None:
            return self.wait_foreign(me, what, timeout, target)
        me.waiting = what
        me.since = self.now
        me.activity = WAITING
        if timeout is not None:
            self.limit(me, timeout)
        if target is None:
            target = self.next_target()
        try:
            if target is not mine:
                switch(target)
            while me.activity != READY:  # pyright: ignore[reportUnnecessaryComparison]  # a stray wake-up
                switch(self.hub)
        except BaseException:
            self.unpark(me)
            self.waited(me)
            raise
        if timeout is not None:
            self.unlimit(me)
        return self.woken_with(me)

    def wait_foreign(self, me: Actor, what: Any, timeout: float | None, target: Any) -> Any:
        """Wait in a greenlet that the runtime did not start; it is known to its actor only as long as it is parked."""
        self.now = clock.monotonic()  # no round may have begun for long
        if target is None and is_alone(self):
            me.waiting = what
            me.since = self.now
            me.activity = WAITING
            timeout = doze(self, me, timeout)
            if me.activity == READY:  # pyright: ignore[reportUnnecessaryComparison]  # woken, and not for others
                return self.woken_with(me)
        me.greenlet = greenlets.getcurrent()
        self.inbox.hold()
        try:
            return self.wait(me, what, timeout, target)
        finally:
            self.inbox.release()
            me.greenlet = None

    def woken_with(self, me: Actor) -> Any:
        """Go on after a wait, with what `me` was woken with."""
        me.activity = RUNNING
        me.waiting = None
        value = me.slot
        me.slot = EMPTY
        if value is SIGNALLED and me.doom is not None:
            me.doom.checkpoint()
        return value

    def waited(self, me: Actor) -> None:
        """Undo a wait that ended by an exception."""
        me.waiting = None
        if me.foreign:
            me.greenlet = None
        if me.timeout is not None:
            self.unlimit(me)

    def breathe(self, me: Actor) -> None:
        """Let everybody else who is ready run once."""
        if me.mailbox is not None and len(me.mailbox) >= self.high_water:
            self.high_water = farewell.high_water(me, len(me.mailbox), self.high_water)
        me.activity = READY
        self.push(me)
        self.park(me, self.hub if me.greenlet is None else self.next_target())

    def native_threads(self) -> NativeThreads:
        """Return the native threads that make calls for this thread."""
        return threads_for(self.inbox)


_schedulers: dict[int, Scheduler] = {}


def all_schedulers() -> list[Scheduler]:
    """Return those of all threads."""
    return list(_schedulers.values())


def forget(scheduler: Scheduler) -> None:
    """Drop the scheduler of a thread that is gone: its number may be given to another."""
    if _schedulers.get(scheduler.thread) is scheduler:
        del _schedulers[scheduler.thread]
    scheduler.thread = -1


def scheduler_here() -> Scheduler:
    """Return the calling thread's scheduler, made now if need be."""
    scheduler = _schedulers.get(get_ident())
    hub = get_hub_if_exists()
    if scheduler is None or scheduler.hub is not hub:  # the number of a thread that has ended is given again
        own = None if hub is not None else dozing_hub()
        scheduler = _schedulers[get_ident()] = Scheduler()
        scheduler.inbox.owns_hub = hub is None and not scheduler.loop.default
        if own is not None:
            own.inbox = scheduler.inbox
        close_at_the_end(scheduler)
    return scheduler
