"""Timers of the same length, which one timer of the hub's loop serves.

Most limits are alike: the 5 seconds of a call. Those of one length are due in the order they were started, so that a line
is all the order they need: starting and stopping one is a step at its end, or out of its middle. The loop's timer runs
for the first in line only. It is not moved when that one is stopped; it then fires too early, and is started anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors import clock

MOST = 64  # lines kept for timers to come, by their length

_monotonic = clock.SYSTEM.monotonic  # a loop's timers keep to real time, whatever clock is in place


class LineTimer:
    """One timer in a line; a callback that is still to be made."""

    __slots__ = ("after", "before", "callback", "due", "line")

    before: LineTimer | None
    after: LineTimer | None
    line: Line | None  # None once it fired or was stopped

    def __init__(self, line: Line, due: float, callback: Callable[[], None]) -> None:
        """Stand at the end of a line."""
        self.line = line
        self.due = due
        self.callback = callback
        self.after = None
        last = line.last
        self.before = last
        if last is None:
            line.first = self
        else:
            last.after = self
        line.last = self

    def stop(self) -> None:
        """Never call."""
        line = self.line
        if line is not None:
            self.leave()
            if line.first is None:
                line.rest()

    def close(self) -> None:
        """Have nothing to release."""

    def leave(self) -> None:
        """Step out of the line."""
        line, before, after = self.line, self.before, self.after
        assert line is not None
        if before is None:
            line.first = after
        else:
            before.after = after
        if after is None:
            line.last = before
        else:
            after.before = before
        self.line = self.before = self.after = None


class Line:
    """The timers of one length, the one that is due first in front."""

    __slots__ = ("first", "last", "lines", "loop", "running", "seconds", "whole")

    first: LineTimer | None
    last: LineTimer | None

    def __init__(self, lines: dict[float, Line], loop: Any, seconds: float) -> None:
        """Take all lines of a loop, by length, and the length of this one."""
        self.lines = lines
        self.loop = loop
        self.seconds = seconds
        self.first = self.last = None
        self.whole: Any = loop.timer(seconds)  # runs for a timer that has just been started
        self.running: Any = None  # the loop's timer that runs: that one, or one for the rest of a time

    def start(self, callback: Callable[[], None]) -> LineTimer:
        """Call `callback()` in the hub once the time has passed."""
        timer = LineTimer(self, _monotonic() + self.seconds, callback)
        if self.running is None:
            self.running = self.whole
            self.whole.start(self.fire)
        return timer

    def halt(self) -> None:
        """Stop the loop's timer."""
        running, self.running = self.running, None
        if running is not None:
            running.stop()
            if running is not self.whole:
                running.close()

    def rest(self) -> None:
        """Nobody is left in line."""
        self.halt()
        if len(self.lines) > MOST:
            self.whole.close()
            del self.lines[self.seconds]

    def fire(self) -> None:
        """Call those that are due; in the hub."""
        self.halt()
        try:
            now = _monotonic()
            while (first := self.first) is not None and first.due <= now:
                first.leave()
                first.callback()
        finally:
            if self.first is None:
                self.rest()
            elif self.running is None:
                self.running = self.loop.timer(max(0.0, self.first.due - _monotonic()))
                self.running.start(self.fire)


def start_in_line(lines: dict[float, Line], loop: Any, seconds: float, callback: Callable[[], None]) -> LineTimer:
    """Start a timer of `seconds` in the line of those that are as long."""
    line = lines.get(seconds)
    if line is None:
        seconds = float(seconds)  # what an int becomes in the line, by which it finds itself again
        line = lines.get(seconds)
        if line is None:
            line = lines[seconds] = Line(lines, loop, seconds)
    return line.start(callback)
