"""The loop of a hub that the runtime makes for a plain thread: one that also wakes a thread which waits on a lock.

Whoever calls `run_callback_threadsafe` (gevent's own locks between threads do) means to wake the thread, in whatever way it
waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent import config
from gevent._hub_local import get_hub_class, get_loop, set_hub
from gevent.hub import MAIN_THREAD_IDENT  # type: ignore[attr-defined]  # that of `threading` is a greenlet's once patched
from gevent.monkey import get_original

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.runtime.inbox import Inbox

get_ident: Callable[[], int] = get_original("_thread", "get_ident")

_gevents: Any = config.loop


class DozingLoop(_gevents):  # type: ignore[misc]  # which class it is depends on gevent's settings
    """gevent's loop, for a thread that may doze."""

    inbox: Inbox | None = None

    def run_callback_threadsafe(self, func: Any, *args: Any) -> Any:
        """Have the loop call a function, in its thread."""
        callback: Any = _gevents.run_callback_threadsafe(self, func, *args)
        inbox = self.inbox
        if inbox is not None and inbox.sleeper is not None:
            inbox.rouse()
        return callback


def dozing_hub() -> DozingLoop | None:
    """Give the calling thread a hub with such a loop and return that; None in the main thread, and where it has a loop."""
    there: Any = get_loop()
    if there is not None or get_ident() == MAIN_THREAD_IDENT:
        return None
    loop = DozingLoop(flags=config.libev_backend, default=False)
    hub: Any = get_hub_class()
    set_hub(hub(loop=loop))
    return loop
