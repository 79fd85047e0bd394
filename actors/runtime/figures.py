"""How much there is of everything in the calling thread, and the limits one can set.

What is counted costs nothing where it happens: most is looked up when it is asked for, the rest is counted in the drain,
once for some 64 switches.
"""

from __future__ import annotations

from dataclasses import dataclass

from actors.runtime import scheduler as schedulers
from actors.runtime.actor import NEW
from actors.runtime.farewell import dead_letters
from actors.runtime.limits import LISTED, PROCESS
from actors.runtime.scheduler import Scheduler, scheduler_here


@dataclass(frozen=True, slots=True)
class Statistics:
    """The runtime in numbers, for the thread that asked."""

    actors: int  # spawned and not over; those that stand for other greenlets do not count
    ready: int  # in the queue of those that can run
    workers: int  # greenlets that run actors, the pooled ones included
    pool: int  # workers that wait for an actor
    pool_limit: int
    max_actors: int | None  # of the process
    abandoned: int  # bodies that swallowed their kill
    dead_letters: int  # of the process, since it began
    drains: int  # rounds of the hub, since the thread began
    switches: int  # direct switches and messages that counted toward the budget; up to 64 of the last are missing
    timers: int  # actors that wait with a time limit


def statistics() -> Statistics:
    """Return the calling thread's numbers; takes time in proportion to its living actors."""
    scheduler = scheduler_here()
    new = sum(actor.activity == NEW for actor in scheduler.ready)
    bound = [worker.actor for worker in scheduler.workers if worker.actor is not None and not worker.abandoned]
    idle = len(scheduler.pool)
    return Statistics(
        actors=new + len(bound),
        ready=len(scheduler.ready),
        workers=len(scheduler.workers),
        pool=idle,
        pool_limit=scheduler.pool_limit,
        max_actors=PROCESS.max_actors,
        abandoned=len(scheduler.abandoned),
        dead_letters=dead_letters.count,
        drains=scheduler.drains,
        switches=scheduler.switches,
        timers=sum(actor.timeout is not None and actor.timer is not LISTED for actor in bound),
    )


def set_limits(*, max_actors: int | None, pool: int | None = None) -> None:
    """Set how many actors may live at once in this process, and how many idle workers this thread keeps.

    An actor beyond `max_actors` does not begin: it ends with `Crash(TooManyActorsError)`, which reaches whoever is linked
    to it or monitors it, a run with `Throw`. Actors that have not begun do not count.

    Args:
        max_actors: living actors, of all threads; None for no limit. At first, what the kernel has memory maps for.
        pool: idle workers, each about 6 kB, that wait for new actors; None leaves it as it is. At first 8192.

    Raises:
        TypeError: a limit is not an int.
        ValueError: `max_actors` is less than 1, or `pool` negative.
    """
    checked_count("max_actors", max_actors, 1)
    checked_count("pool", pool, 0)
    PROCESS.max_actors = max_actors
    for scheduler in list(schedulers._schedulers.values()):  # pyright: ignore[reportPrivateUsage]
        scheduler.room = 0
    if pool is not None:
        limit_pool(scheduler_here(), pool)


def limit_pool(scheduler: Scheduler, limit: int) -> None:
    """Keep no more idle workers than this."""
    scheduler.pool_limit = limit
    while len(scheduler.pool) > limit:
        scheduler.workers.discard(scheduler.pool.pop())


def checked_count(name: str, count: int | None, least: int) -> None:
    """Refuse what is not a number of things.

    Raises:
        TypeError: it is not an int.
        ValueError: it is too small.
    """
    if count is None:
        return
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{name}={count!r} is not a number; give an int, or None")
    if count < least:
        raise ValueError(f"{name}={count!r} is too few; give {least} or more, or None")
