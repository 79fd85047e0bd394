"""What supervisors tell telemetry and the log.

Each start, end, restart, give-up and overrun is one telemetry event; `docs/supervision.md` has the table. It is a line in
the log too, but in a storm at most one a second: for each child of its crashes, restarts and overruns; for each supervisor
of its children's starts and stops and of the restarts of groups, of which there may be very many. A dynamic supervisor has
very many children, so that all its lines are for the supervisor. A line says how many were held back since the last; the
end of the supervisor writes how many were held back at last, so that nothing is missing in the sum. The starts and ends of
a supervisor that is itself a child are in the lines of the supervisor above it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from actors import clock, telemetry
from actors.exits import Crash, ExitReason, Shutdown, is_abnormal
from actors.telemetry import Level, OncePerSecond
from supervisors.errors import GaveUp

if TYPE_CHECKING:
    from actors.runtime import ActorRef
    from actors.runtime.actor import Actor
    from supervisors.child import Child
    from supervisors.stopping import Path

Lines: TypeAlias = dict[str, OncePerSecond]

LEVELS: Final[dict[str, Level]] = {
    "child crashed": "error",
    "child ended": "debug",
    "child restarted": "info",
    "child started": "debug",
    "child stopped": "debug",
    "restart failed": "error",
    "shutdown overrun": "warning",
}


class Reports:
    """The reports of one supervisor."""

    __slots__ = ("is_child", "lines", "path", "shared", "supervisor")

    def __init__(self, supervisor: ActorRef, path: Path | None) -> None:
        """Take whose they are, and the ids that lead to it, from the root's children down; None for a root."""
        self.supervisor = supervisor
        self.is_child = path is not None
        self.path: Path = path or ()
        self.lines: Lines = {}
        self.shared: Lines | None = None  # where the lines about a child are for all children

    # -- the supervisor

    def begun(self) -> None:
        """The supervisor starts."""
        self.own("debug", "supervisor started", {})

    def gave_up(self, child: Child, why: GaveUp) -> None:
        """The supervisor gives up, because of this child."""
        data = {"child": child.spec.id, "reason": why.reason, "restarts": why.restarts, "seconds": why.seconds}
        self.own("error", "supervisor gave up", data)

    def over(self, reason: ExitReason, children: Iterable[Child]) -> None:
        """The supervisor has stopped its children, and ends."""
        for child in children:
            if child.lines is not None and child.lines is not self.shared:
                settle(child.lines, **self.about(child))
        for lines in (self.shared, self.lines):
            settle(lines or {}, supervisor=self.supervisor, path=self.path)
        self.own("debug", "supervisor stopped", {"reason": reason})

    def own(self, level: Level, event: str, data: dict[str, Any]) -> None:
        """Report something about the supervisor itself; of a child the supervisor above writes the lines."""
        if self.is_child:
            telemetry.emit(event, supervisor=self.supervisor, path=self.path, **data)
        else:
            telemetry.report(level, event, supervisor=self.supervisor, path=self.path, **data)

    # -- its children

    def started(self, child: Child) -> None:
        """A child was started for the first time, or by hand."""
        line(self.lines, "child started").take_at(
            child.since, {"supervisor": self.supervisor, "path": self.path, "child": child.spec.id, "ref": child.actor}
        )

    def failed(self, child: Child, error: BaseException) -> None:
        """An attempt to start a child afresh failed."""
        self.line(child, "restart failed").report(**self.about(child), error=error)

    def ended(self, child: Child, ref: ActorRef, reason: ExitReason) -> None:
        """A child has ended of its own accord."""
        data: dict[str, Any] = {**self.about(child), "ref": ref, "reason": reason}
        if is_abnormal(reason):
            data["error"] = data["exc_info"] = reason.error if isinstance(reason, Crash) else None
            self.line(child, "child crashed").take(data)
        elif isinstance(reason, Shutdown) and isinstance(reason.detail, GaveUp):
            self.line(child, "child ended", "error").take(data)
        else:
            line(self.lines, "child ended").take(data)

    def restarted(self, child: Child, alone: bool = True) -> None:
        """A child was restarted, alone or with its group."""
        found = self.line(child, "child restarted") if alone else line(self.lines, "child restarted")
        found.take({**self.about(child), "ref": child.actor, "restarts": child.restarts})

    def stopped(self, child: Child, ref: ActorRef, reason: ExitReason | None) -> None:
        """The supervisor has stopped a child."""
        line(self.lines, "child stopped").take(
            {"supervisor": self.supervisor, "path": self.path, "child": child.spec.id, "ref": ref, "reason": reason}
        )

    def all_stopped(self, stopped: list[Any]) -> None:
        """The supervisor has stopped children; after each in the list stands its actor."""
        if not stopped:
            return
        lines = line(self.lines, "child stopped")
        supervisor, path = self.supervisor, self.path
        now = clock.monotonic()
        for at in range(0, len(stopped), 2):
            child: Child = stopped[at]
            actor: Actor = stopped[at + 1]
            lines.take_at(
                now,
                {"supervisor": supervisor, "path": path, "child": child.spec.id, "ref": actor, "reason": actor.reason},
            )

    def overrun(self, child: Child, ref: ActorRef, seconds: float | None) -> None:
        """A child did not leave in its time, and was killed."""
        self.line(child, "shutdown overrun").report(**self.about(child), ref=ref, seconds=seconds)

    def about(self, child: Child) -> dict[str, Any]:
        """Return what every report of a child has."""
        return {"supervisor": self.supervisor, "path": self.path, "child": child.spec.id}

    def line(self, child: Child, event: str, level: Level | None = None) -> OncePerSecond:
        """Return what reports such an event of a child."""
        if child.lines is None:
            child.lines = {} if self.shared is None else self.shared
        return line(child.lines, event, level)


def line(lines: Lines, event: str, level: Level | None = None) -> OncePerSecond:
    """Return what reports such an event."""
    found = lines.get(event)
    if found is None:
        found = lines[event] = OncePerSecond(level or LEVELS[event], event)
    return found


def settle(lines: Lines, **about: Any) -> None:
    """Write how many were held back at last."""
    for one in lines.values():
        one.settle(**about)
