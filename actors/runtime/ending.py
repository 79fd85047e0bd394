"""What a thread that used the runtime leaves when it ends: the greenlets of its workers, and the hub that was made for it.

Runs in the ending thread, after everything of it is dead for everybody. By then the hub cannot run any more: each body that
is still parked is unwound once, and clean-up that blocks does not come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent._hub_local import get_hub_if_exists
from greenlet import GreenletExit, getcurrent, greenlet

from actors import telemetry
from actors.runtime.closing import desert
from actors.runtime.inbox import at_thread_end

if TYPE_CHECKING:
    from actors.runtime.scheduler import Scheduler


class _NoLoop:
    """Stands for the loop of a thread that has ended: it takes callbacks, and runs none."""

    def run_callback(self, function: object, *args: object) -> None:
        """Do nothing."""

    run_callback_threadsafe = run_callback


def end(scheduler: Scheduler) -> None:
    """Declare everything of the calling thread dead, and leave nothing of it behind."""
    left = desert(scheduler)
    if left:
        telemetry.report("warning", "thread ended with actors", actors=left, advice="call close() before it ends")
    if get_hub_if_exists() in (None, scheduler.hub):  # else the thread goes on with another hub
        dismantle(scheduler)


def dismantle(scheduler: Scheduler) -> None:
    """Unwind what is parked in the calling thread, and destroy its hub if it was made for the runtime."""
    hub, loop, inbox = scheduler.hub, scheduler.loop, scheduler.inbox
    scheduler.loop = inbox.loop = _NoLoop()
    scheduler.budget = scheduler.pool_limit = 0
    scheduler.ready.clear()
    gone = hub.loop is None  # its user has destroyed it
    if gone:
        unwind(hub)
    elif inbox.owns_hub:
        disband(hub)
    for worker in tuple(scheduler.workers):
        if worker.actor is None or not hub:  # else its clean-up could have the hub run
            worker.parent = getcurrent()
            unwind(worker)
    scheduler.ready.clear()
    if not gone:
        scheduler.again.stop()
        scheduler.again.close()
    if inbox.owns_hub and not gone:
        other: Any = get_hub_if_exists()  # clean-up, or gevent's pool of threads, may have made one
        if other is not None and other.loop is not None:
            destroy_loop(disband(other))
        destroy_loop(loop)


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


def unwind(parked: greenlet) -> None:
    """Raise `GreenletExit` where a greenlet is parked; once more where its clean-up blocks."""
    for _ in range(2):
        if parked:
            greenlet.throw(parked, GreenletExit)


at_thread_end.append(end)
