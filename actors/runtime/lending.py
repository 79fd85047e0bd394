"""Lending: a busy thread lets the other threads of the process run.

CPython takes its lock from a thread when another has waited for it for 5 ms (`sys.getswitchinterval`) in which nobody let
go of it. The poll of a hub lets go of it, so that a thread with always something to do lets go every half millisecond,
each time for less than the other needs to wake up, and each time its 5 ms begin anew: it waits for seconds. So once in
5 ms such a thread lets go for as long as a sleeper takes to wake, which costs it 1 % if nobody wants to run.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gevent.monkey import get_original

if TYPE_CHECKING:
    from collections.abc import Callable

BUSY = 0.005  # seconds a thread is busy before it lends
LOAN = 1e-6  # seconds asked for; the kernel makes some 60 microseconds of it

sleep: Callable[[float], None] = get_original("time", "sleep")
frames: Callable[[], dict[int, Any]] = sys._current_frames  # pyright: ignore[reportPrivateUsage]  # documented


def lend() -> None:
    """Let go of the interpreter's lock for long enough, if there is another thread."""
    if len(frames()) > 1:  # `threading` does not count all
        sleep(LOAN)
