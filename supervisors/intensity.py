"""The restart intensity: how many restarts a supervisor has made lately. Pure: it is told the time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supervisors.spec import Intensity


class Window:
    """The restarts of the last seconds. Admitting one costs the same however many there were."""

    __slots__ = ("_limit", "_seconds", "_times")

    def __init__(self, intensity: Intensity) -> None:
        """Begin without any."""
        self._limit = intensity.restarts
        self._seconds = intensity.seconds
        self._times: deque[float] = deque()

    def admit(self, now: float) -> bool:
        """Count one more restart and tell whether it is allowed."""
        times = self._times
        if times and (times[0] <= now - self._seconds or times[-1] > now):
            self.forget(now)
        if len(times) >= self._limit:
            return False
        times.append(now)
        return True

    def forget(self, now: float) -> None:
        """Forget the restarts that are too long ago, and those of a time to come: the clock was put back."""
        times = self._times
        since = now - self._seconds
        while times and times[0] <= since:
            times.popleft()
        while times and times[-1] > now:
            times.pop()

    def count(self, now: float) -> int:
        """Return how many restarts count; in any thread, since none is forgotten here."""
        return sum(now - self._seconds < time <= now for time in tuple(self._times))
