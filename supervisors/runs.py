"""Computations as children: their owners hear of a restart in place of the throw, and of the throw when nothing follows."""

from __future__ import annotations

from typing import Any

from actors import telemetry
from actors.computation.supervised import SupervisedRun, start_as_child
from actors.exits import ActorExit, Crash, ExitReason
from actors.outcomes import ComputationEvent, Suspend, Throw
from actors.runtime.supervising import released

UNANSWERED = "its owner is a supervisor, which answers no questions; give AsyncComputation.child(owner=…)"


def is_wanted(started: Any) -> bool:
    """Tell whether a child that failed is to be restarted: not a run that was cancelled, or whose owner has ended."""
    return not isinstance(started, SupervisedRun) or started.wanted


def is_orphan(started: Any, start: Any) -> bool:
    """Tell whether a child is a run whose owner has ended, and `start` would make another of the same owner's."""
    return isinstance(started, SupervisedRun) and not started.owner.alive and getattr(start, "func", None) is start_as_child


def is_withheld(started: Any) -> bool:
    """Tell whether the owner of a run that has ended was not told so yet."""
    return isinstance(started, SupervisedRun) and started.withheld


def is_replaced(started: Any) -> bool:
    """Tell whether a run has ended only to be started afresh."""
    return isinstance(started, SupervisedRun) and started.withheld and started.replaced


def replace(started: Any) -> None:
    """Have a run that is about to be stopped know that it is started afresh."""
    if isinstance(started, SupervisedRun):
        started.replace()


def tell_restarted(before: Any, now: Any, reason: ExitReason, attempt: int) -> None:
    """Tell the owner of a run that it was started afresh."""
    if isinstance(before, SupervisedRun) and before.withheld:
        if isinstance(before.outcome, Throw):
            error = before.outcome.error
        else:
            error = reason.error if isinstance(reason, Crash) else ActorExit(reason)
        before.restarted(now, error, attempt)
        released(before.supervisor, before)


def tell_outcome(started: Any) -> None:
    """Tell the owner of a run how it ended, now that it is not restarted."""
    if isinstance(started, SupervisedRun) and started.withheld:
        started.release()
        released(started.supervisor, started)


def heard(event: ComputationEvent) -> None:
    """Take the event of a run that the supervisor itself owns; its end is another message."""
    if isinstance(event.outcome, Suspend):
        telemetry.report("warning", "run cancelled", runner=event.runner, question=event.outcome.value, reason=UNANSWERED)
        event.runner.cancel(UNANSWERED)
