"""Counting what only the cyclic collector can free, of the kinds that a run or an actor would be part of.

Other garbage (an import's, a logger's, pytest's own) comes and goes in the background and is not counted.
"""

from __future__ import annotations

import gc
from types import FrameType, TracebackType

from actors.testing import settle

OURS = frozenset({"actors", "tests", "greenlet", "gevent"})


def is_counted(thing: object) -> bool:
    """Tell whether an object belongs to this library or a test, or is a frame or traceback that leads there."""
    if isinstance(thing, FrameType):
        return str(thing.f_globals.get("__name__")).partition(".")[0] in OURS
    if isinstance(thing, TracebackType):
        return is_counted(thing.tb_frame)
    return type(thing).__module__.partition(".")[0] in OURS


def begin_counting() -> None:
    """Free what is there already, and keep the collector from running by itself."""
    settle()
    while gc.collect():  # what finalizers leave needs another round
        pass
    gc.disable()


def count() -> int:
    """Return how many objects of ours only the collector can free, and free them."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        found = [thing for thing in gc.garbage if is_counted(thing)]
        for thing in found[:20]:
            print("garbage:", repr(thing)[:200])  # noqa: T201  shown when the test fails
        return len(found)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
