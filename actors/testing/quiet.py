"""`settle`: let everything run until every greenlet of this thread is blocked."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

import gevent

from actors.clock import checked_seconds
from actors.runtime import scheduler as schedulers
from actors.runtime.threads import calls_in_flight
from actors.runtime.tickets import tickets_awaited

if TYPE_CHECKING:
    from actors.runtime.scheduler import Scheduler

_NATIVE_PAUSE = 0.001  # seconds between looks while nothing but native threads runs
ENOUGH = 50  # rounds in which everything ready got its turn, each of up to 512 switches, after which `let_run` goes on


def _hub() -> Any:
    return gevent.get_hub()  # untyped: what is looked at here is not in the stubs


def _threadpool_tasks() -> int:
    pool = _hub()._threadpool  # the attribute makes none, unlike the property
    return 0 if pool is None else len(pool)


# Each tells how much native work is in flight whose result this thread's hub will get. A count must not go down before
# the result was handed to the hub's loop.
NATIVE_WORK: set[Callable[[], int]] = {_threadpool_tasks, calls_in_flight, tickets_awaited}

# Who is in `settle` now, each with its hub, oldest first. One that was called later, in an actor that the others wait for,
# returns first.
_under_way: list[list[Any]] = []


def native_work() -> int:
    """Return how much native work is in flight for this thread."""
    return sum(count() for count in NATIVE_WORK)


def existing_scheduler() -> Scheduler | None:
    """Return this thread's scheduler if it has one; none is made."""
    made = schedulers._schedulers  # pyright: ignore[reportPrivateUsage]  # `scheduler_here` would make one
    return made.get(schedulers.get_ident())


def is_busy() -> bool:
    """Tell whether an actor of this thread can run or a callback of its hub is pending."""
    scheduler = existing_scheduler()
    if scheduler is not None and (scheduler.active or scheduler.ready):
        return True
    return bool(_hub().loop._callbacks)


def settle(timeout: float | None = 5.0) -> None:
    """Let every other greenlet of this thread run until all are blocked.

    *Blocks until* no actor is ready, no callback of the hub is pending, no socket is ready and no native work (what was
    offloaded, gevent's thread pool, and what else `NATIVE_WORK` counts) is in flight. Timers are not waited for.

    Args:
        timeout: seconds of real time, whatever clock is installed; None for no limit.

    Raises:
        TimeoutError: something still runs; the message names it.
        ValueError: `timeout` is negative.
    """
    checked_seconds("timeout", timeout)
    _until_quiet(native_work, inf, timeout)


def let_run(*, native: bool = True) -> None:
    """Like `settle`, but go on when something never comes to rest, such as an actor that swallows its cancel for ever.

    *Blocks until* all are blocked, or the few that are not had some 25,000 turns; and, with `native`, until no native
    work is in flight.

    Raises:
        TimeoutError: native work is still in flight after 5 seconds.
    """
    _until_quiet(native_work if native else lambda: 0, ENOUGH, 5.0)


def _until_quiet(native: Callable[[], int], rounds: float, timeout: float | None) -> None:
    hub = _hub()
    me = [hub]
    _under_way.append(me)
    with gevent.Timeout(timeout) as limit:
        try:
            _look_until_quiet(native, rounds, lambda: [other for other in _under_way if other[0] is hub][-1] is me)
        except gevent.Timeout as expired:
            if expired is not limit:
                raise
            raise TimeoutError(f"not everything is blocked after {timeout} seconds: {', '.join(_running())}") from None
        finally:
            _under_way[:] = [other for other in _under_way if other is not me]


def _look_until_quiet(native: Callable[[], int], rounds: float, is_newest: Callable[[], bool]) -> None:
    quiet_before = False
    while rounds > 0:
        quiet = False
        if is_busy():
            rounds -= _had_its_turn()
            _one_round()
        elif native():
            gevent.sleep(_NATIVE_PAUSE)  # let the threads have the interpreter
        elif _idle() <= 1 and quiet_before and is_newest() and not native() and not is_busy():
            # That was a second look, in which nothing ran at all. What the first one let run may have begun native work
            # that ended after the loop's last poll, so that its result was still on the way.
            return
        else:
            quiet = True
        quiet_before = quiet


def _had_its_turn() -> bool:
    """Tell whether the next round runs everything that is ready now."""
    scheduler = existing_scheduler()
    return scheduler is None or len(scheduler.ready) < schedulers.SWITCHES * schedulers.DRAINS


def _one_round() -> None:
    """Block until the loop has gone round; by a timer, since a callback would keep another `settle` from its end."""
    hub = _hub()
    with hub.loop.timer(0.0) as watcher:
        hub.wait(watcher)


def _idle() -> int:
    """Block until the loop has polled and found nothing to do; return how many rounds that took."""
    hub = _hub()
    before: int = hub.loop.iteration
    with hub.loop.idle() as watcher:
        watcher.priority = hub.loop.MINPRI
        hub.wait(watcher)
    return int(hub.loop.iteration) - before


def _running() -> list[str]:
    """Return what keeps this thread from being quiet, in words."""
    scheduler = existing_scheduler()
    found = [] if scheduler is None else [f"{actor} is ready" for actor in scheduler.ready]
    if callbacks := len(_hub().loop._callbacks):
        found.append(f"{callbacks} callbacks of the hub")
    if tasks := native_work():
        found.append(f"{tasks} tasks in native threads")
    return found or ["the hub never came to rest"]
