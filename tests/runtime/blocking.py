"""The ways in which an actor blocks, for tests of what reaches it there."""

from collections.abc import Callable

import gevent
import gevent.event
import pytest

from actors.effects import clock
from actors.runtime import receive

EVER = 1e6

BLOCKED: dict[str, Callable[[], object]] = {
    "receive": receive,
    "receive with a limit": lambda: receive(EVER),
    "receive match": lambda: receive(match=lambda _: False),
    "sleep": lambda: clock.sleep(EVER),
    "gevent.sleep": lambda: gevent.sleep(EVER),
    "Event.wait": lambda: gevent.event.Event().wait(),
}

blocked = pytest.mark.parametrize("block", BLOCKED.values(), ids=BLOCKED)
