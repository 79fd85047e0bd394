"""Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import gevent

from actors.runtime import ActorRef, send


@contextmanager
def interrupts(owner: ActorRef, message: object, give_up: Callable[[], object]) -> Generator[None]:
    """Within the block, send `message` to `owner` at the first Ctrl-C and call `give_up` at any further one.

    `give_up` is called wherever the program happens to be, and so also when a body that never blocks keeps everybody
    else from running.
    """
    loop = gevent.get_hub().loop
    seen = False

    def interrupted(_: int, __: FrameType | None) -> None:
        nonlocal seen
        if seen:
            give_up()
            return
        seen = True
        # From the hub, because a signal may come in the middle of the scheduler's own work.
        loop.run_callback_threadsafe(send, owner, message)

    previous = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
