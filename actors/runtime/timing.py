"""Time limits of operations: whatever waits in the greenlet, in this runtime or in gevent, is interrupted."""

from __future__ import annotations

from typing import Any

import gevent

from actors.effects.retrying import Within


def within(op: Within) -> Any:
    """Answer `Within`.

    Raises:
        TimeoutError: the time is over.
    """
    late = TimeoutError(f"it took longer than {op.seconds} seconds")
    with gevent.Timeout(op.seconds, late):
        return op.what()


Within.default_handler = staticmethod(within)  # a default is called in the scope of whoever performs the operation
