"""Clock: the time and waiting. In production the machine's; in tests a clock that moves when told or slept on.

In a run `sleep` blocks only that run; where no computation runs it blocks the thread, like `time.sleep`.
"""

from __future__ import annotations

from datetime import datetime

from actors import clock as machine
from actors.effects.inside import inside
from actors.effects.named import Named, under
from actors.effects.scope import Handlers, Installed, install_outside, perform


class Now(Named[float], frozen=False):
    """Ask for the time, in seconds since the epoch."""

    local = True
    __slots__ = ()


class Sleep(Named[None], frozen=False):
    """Ask to wait."""

    local = True
    __slots__ = ("seconds",)
    __match_args__ = ("seconds", "name")

    def __init__(self, seconds: float, name: object = None) -> None:
        """Take how long, in seconds."""
        super().__init__(name)
        self.seconds = seconds


class ManualTime:
    """A clock that stands still until it is moved; a sleep moves it and returns at once."""

    def __init__(self, now: float) -> None:
        """Take the time it shows, in seconds since the epoch."""
        self.now = now
        self.slept: list[float] = []

    def advance(self, seconds: float) -> None:
        """Move on.

        Raises:
            ValueError: `seconds` is negative.
        """
        machine.checked_seconds("seconds", seconds)
        self.now += seconds

    def pass_by(self, op: Sleep) -> None:
        """Answer `Sleep`."""
        self.slept.append(op.seconds)
        self.advance(op.seconds)


def now(*, name: object = None) -> float:
    """Return the time in seconds since the epoch."""
    return perform(Now(name))


def utcnow(*, name: object = None) -> datetime:
    """Return the time as a `datetime` in UTC."""
    return machine.as_datetime(now(name=name))


def sleep(seconds: float, *, name: object = None) -> None:
    """Wait. *Blocks until* the time has passed; in a run, only this run.

    Raises:
        ValueError: `seconds` is negative.
        TypeError: it is not a number.
    """
    if machine.checked_seconds("seconds", seconds) is None:
        raise TypeError("sleep(None): give the number of seconds")
    perform(Sleep(seconds, name))


def manual(start: float = 0.0, *, name: object = None) -> Installed[ManualTime]:
    """Answer from a clock that begins at `start` (seconds since the epoch) and moves only when told; for tests."""
    time = ManualTime(start)
    return Installed(under(name, inside({Now: lambda _: time.now, Sleep: time.pass_by})), time)


PRODUCTION: Handlers = {Now: lambda _: machine.now(), Sleep: lambda op: machine.sleep(op.seconds)}
install_outside(PRODUCTION)
