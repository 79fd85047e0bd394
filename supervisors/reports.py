"""What supervisors tell telemetry and the log.

Each start, end, restart, give-up and overrun is one telemetry event. The log gets a line for each too, but in a storm at
most one a second: for each child of its crashes, for each supervisor of its children's starts and stops. A line says
how many were held back since the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors import telemetry
from actors.exits import Crash, ExitReason, is_abnormal
from actors.telemetry import OncePerSecond

if TYPE_CHECKING:
    from actors.runtime import ActorRef
    from supervisors.child import Child


class Reports:
    """The reports of one supervisor."""

    __slots__ = ("_ended", "_started", "_stopped", "supervisor")

    def __init__(self, supervisor: ActorRef) -> None:
        """Take whose they are."""
        self.supervisor = supervisor
        self._started = OncePerSecond("debug", "child started")
        self._ended = OncePerSecond("debug", "child ended")
        self._stopped = OncePerSecond("debug", "child stopped")

    def started(self, child: Child) -> None:
        """A child was started for the first time, or by hand."""
        self._started.take({"supervisor": self.supervisor, "child": child.spec.id, "ref": child.actor})

    def failed(self, child: Child, error: BaseException) -> None:
        """An attempt to start a child failed."""
        self.crashes(child).report(supervisor=self.supervisor, child=child.spec.id, attempt="start", error=error)

    def ended(self, child: Child, ref: ActorRef, reason: ExitReason) -> None:
        """A child has ended of its own accord."""
        data: dict[str, Any] = {"supervisor": self.supervisor, "child": child.spec.id, "ref": ref, "reason": reason}
        if is_abnormal(reason):
            data["error"] = data["exc_info"] = reason.error if isinstance(reason, Crash) else None
            self.crashes(child).take(data)
        else:
            self._ended.take(data)

    def restarted(self, child: Child) -> None:
        """A child was restarted; its crash is in the log."""
        if telemetry.subscribers:
            data: dict[str, Any] = {"supervisor": self.supervisor, "child": child.spec.id, "ref": child.actor}
            data["restarts"] = child.restarts
            telemetry.tell("child restarted", data)

    def stopped(self, child: Child, ref: ActorRef, reason: ExitReason | None) -> None:
        """The supervisor has stopped a child."""
        self._stopped.take({"supervisor": self.supervisor, "child": child.spec.id, "ref": ref, "reason": reason})

    def overrun(self, child: Child, ref: ActorRef, seconds: float | None) -> None:
        """A child did not leave in its time, and was killed."""
        child_id = child.spec.id
        telemetry.report(
            "warning", "shutdown overrun", supervisor=self.supervisor, child=child_id, ref=ref, seconds=seconds
        )

    @staticmethod
    def crashes(child: Child) -> OncePerSecond:
        """Return what reports the crashes of a child."""
        if child.crashes is None:
            child.crashes = OncePerSecond("error", "child crashed")
        return child.crashes
