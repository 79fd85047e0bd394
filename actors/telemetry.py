"""Telemetry and structured events; the only module that knows structlog.

An event is a constant lower-case name with data. `emit` gives it to subscribers; `report` also writes it to the log.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

import structlog

from actors import clock

Subscriber: TypeAlias = Callable[[str, Mapping[str, Any]], None]
Level: TypeAlias = Literal["debug", "info", "warning", "error"]

_log: Any = structlog.get_logger("actors")
_ABOVE_DEBUG = structlog.make_filtering_bound_logger(20)
# Replaced whole, so that `emit` may iterate while someone subscribes. Whoever has an event for each message looks first
# whether this is empty, so that the event costs nothing while nobody listens.
subscribers: tuple[Subscriber, ...] = ()
_unwritten = 0  # blocks of `unwritten` that are entered


def _logger() -> Any:
    """Return structlog's logger as the program configured it; in a program that did not, one that writes to stderr.

    structlog's own default is stdout, which belongs to the program, and the debug level too.
    """
    if structlog.is_configured():
        return _log
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr), wrapper_class=_ABOVE_DEBUG)


def subscribe(subscriber: Subscriber) -> Callable[[], None]:
    """Give every event to `subscriber(name, data)`; call what is returned to stop.

    A subscriber runs where the event happens and must not block.
    """
    global subscribers  # noqa: PLW0603  replaced whole, see there
    subscribers = (*subscribers, subscriber)

    def stop() -> None:
        global subscribers  # noqa: PLW0603  as above
        subscribers = tuple(other for other in subscribers if other is not subscriber)

    return stop


def emit(event: str, **data: Any) -> None:
    """Give an event to the subscribers; a subscriber that raises is logged and does not stop the others."""
    if subscribers:
        tell(event, data)


def tell(event: str, data: Mapping[str, Any]) -> None:
    """Do what `emit` does, for whoever has the data as a dict of its own."""
    for subscriber in subscribers:
        try:
            subscriber(event, data)
        except Exception:
            _logger().exception("telemetry subscriber failed", failed=event)


def report(level: Level, event: str, **data: Any) -> None:
    """Write an event to the log and give it to the subscribers."""
    write(level, event, **data)
    emit(event, **data)


def write(level: Level, event: str, **data: Any) -> None:
    """Write to the log, unless that is not wanted."""
    try:
        if not _unwritten:
            getattr(_logger(), level)(event, **data)
    except Exception as error:  # somebody's repr, or a closed stream: reporting never stops what is reported
        emit("report failed", failed=event, error=error)


@contextmanager
def unwritten() -> Generator[None]:
    """Write no event to the log within the block; subscribers get them all the same."""
    global _unwritten  # noqa: PLW0603  a count, so that blocks may be nested
    _unwritten += 1
    try:
        yield
    finally:
        _unwritten -= 1


class OncePerSecond:
    """Reports an event at most once a second, with the number of those that were held back."""

    __slots__ = ("_event", "_held", "_level", "_next")

    def __init__(self, level: Level, event: str) -> None:
        """Take the event's level and name."""
        self._level: Level = level
        self._event = event
        self._held = 0
        self._next = float("-inf")

    def report(self, **data: Any) -> None:
        """Report now, or count it if the last report is less than a second ago."""
        self.take(data)

    def take(self, data: Mapping[str, Any]) -> None:
        """Do what `report` does, for whoever has the data as a dict of its own."""
        self.take_at(clock.monotonic(), data)

    def take_at(self, now: float, data: Mapping[str, Any]) -> None:
        """Do what `take` does, for whoever has looked at the clock for many events."""
        if now < self._next <= now + 1.0:  # else the clock was put back, or a simulation's was in place
            self._held += 1
            if subscribers:
                tell(self._event, data)
            return
        held, self._held, self._next = self._held, 0, now + 1.0
        report(self._level, self._event, held_back=held, **data)

    def settle(self, **data: Any) -> None:
        """Write how many were held back since the last report, if any: nothing follows. This is no event."""
        held, self._held = self._held, 0
        if held:
            write(self._level, self._event, held_back=held, **data)
