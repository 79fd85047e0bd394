"""Ctrl-C and SIGTERM."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import gevent

from actors.runtime.actor import ActorRef
from actors.runtime.mailbox import send


@contextmanager
def interrupts(owner: ActorRef, message: Callable[[int], object], give_up: Callable[[int], object]) -> Generator[None]:
    """Within the block, send `message(signal)` to `owner` at the first Ctrl-C or SIGTERM, call `give_up` at any further.

    `give_up` is called wherever the program happens to be, and so also when a body that never blocks keeps everybody
    else from running.

    Raises:
        ValueError: not in the main thread, the only one that takes signals.
    """
    loop = gevent.get_hub().loop
    seen = False

    def interrupted(number: int, _: FrameType | None) -> None:
        nonlocal seen
        if seen:
            give_up(number)
            return
        seen = True
        # From the hub, because a signal may come in the middle of the scheduler's own work.
        loop.run_callback_threadsafe(send, owner, message(number))

    with woken_by_signals():
        previous = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: it was not Python's


@contextmanager
def woken_by_signals() -> Generator[None]:
    """Within the block, wake the hub at every signal.

    Python calls a handler between two instructions. A signal that comes after the last of them, but before the loop has
    begun to wait, would not be noticed before something else happens.
    """
    out, into = os.pipe()
    os.set_blocking(out, False)
    os.set_blocking(into, False)
    watcher = gevent.get_hub().loop.io(out, 1, ref=False)  # 1: readable; it keeps nobody waiting
    watcher.start(os.read, out, 4096)
    previous = signal.set_wakeup_fd(into, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        watcher.stop()
        watcher.close()
        os.close(out)
        os.close(into)
