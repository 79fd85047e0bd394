"""Restarts that wait: for their time, or behind what others have sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors.runtime.farewell import Awaited

if TYPE_CHECKING:
    from actors.exits import ExitReason
    from supervisors.child import Child


class Retry(Awaited):
    """A restart that is to be tried (again): these children, in this order."""

    __slots__ = ("children", "due", "reason", "timer")

    def __init__(self, children: list[Child], reason: ExitReason) -> None:
        """Take the children, and the exit reason of the one that failed."""
        self.children = children
        self.reason = reason
        self.timer: Any = None  # while it waits
        self.due = False  # others had their turn

    def receiver_ended(self, reason: ExitReason) -> None:
        """The supervisor was killed."""
        self.stop_timer()
        self.children = []  # they lead back here

    def stop_timer(self) -> None:
        """Wait no more; the timer and its callback, which leads back here, are no cycle."""
        timer, self.timer = self.timer, None
        if timer is not None:
            timer.stop()
            timer.close()
