"""The only module that reads time.

Everything else asks here, so that a test (or a simulation) can put another clock in place.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

Seconds: TypeAlias = float | None
"""A time limit; None for none."""

FOREVER = 9e9
"""285 years: no thread can be told to wait for longer."""


class TimeSource(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences mean something."""
        ...


class SystemTime:
    """The machine's clocks, called without a frame of their own."""

    __slots__ = ()

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


SYSTEM: TimeSource = SystemTime()
_source: TimeSource = SYSTEM


def now() -> float:
    """Return seconds since the epoch."""
    return _source.now()


def monotonic() -> float:
    """Return seconds that never go back; only differences mean something."""
    return _source.monotonic()


def install(source: TimeSource) -> TimeSource:
    """Put another source of time in place and return the previous one."""
    global _source
    previous, _source = _source, source
    return previous


def sleep(seconds: float) -> None:
    """Block the whole thread; only for code that runs outside the runtime."""
    time.sleep(min(seconds, FOREVER))


def as_datetime(seconds: float) -> datetime:
    """Return seconds since the epoch as a `datetime` in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def checked_seconds(name: str, seconds: float | None) -> float | None:
    """Return a duration unchanged; `math.inf` is as good as no limit.

    Raises:
        ValueError: it is negative, not a number, or an int that no float can hold.
        TypeError: it is neither a number nor None.
    """
    if seconds is None:
        return None
    if type(seconds) is float and seconds >= 0:
        return seconds
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):  # a union would be built at each call
        raise TypeError(f"{name}={seconds!r} is not a number of seconds; give a float, or None for no limit")
    countless = isinstance(seconds, int) and abs(seconds) > sys.float_info.max
    if countless or not seconds >= 0:
        given = f"{'-' if seconds < 0 else ''}2**{int(seconds).bit_length()} or so" if countless else repr(seconds)
        raise ValueError(f"{name}={given} is not a duration; give seconds from 0 up, or None for no limit")
    return seconds
