"""The errors of runners, and the reasons that the runtime itself cancels for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors.exits import ActorsError
from actors.outcomes import Suspend
from actors.runtime.actor import ActorRef
from actors.runtime.farewell import shown

if TYPE_CHECKING:
    from actors.outcomes import FinalOutcome


DEEP = 100  # runs that wait for each other, from which on it is taken for a recursion


@dataclass(frozen=True, slots=True)
class DeadlineExceeded:
    """The run was cancelled because its `deadline` of so many seconds had passed."""

    seconds: float


class NotSuspendedError(ActorsError, RuntimeError):
    """An answer came for a run that does not wait for one."""

    def __init__(self, runner: Any, why: str) -> None:
        """Take the runner and what is wrong."""
        super().__init__(f"{runner} {why}")
        self.runner = runner


class FinishedError(NotSuspendedError):
    """The run has ended; `outcome` is what it came to."""

    def __init__(self, runner: Any, outcome: FinalOutcome) -> None:
        """Take the runner and its final outcome."""
        closed = "; its thread has ended or was closed" if runner.scheduler.inbox.closed else ""
        super().__init__(runner, f"has ended as {shown(outcome)}{closed}; start a new run")
        self.outcome = outcome


class StaleTokenError(ActorsError, RuntimeError):
    """The token is not that of the open suspension: it was answered, withdrawn or cancelled."""

    def __init__(self, runner: Any, token: object, current: int | None) -> None:
        """Take the runner, the token given and the one that would do."""
        expected = "no suspension is open" if current is None else f"the open suspension has {current}"
        super().__init__(f"{runner}: token {token!r} is stale or used ({expected}); answer the latest Suspend")
        self.runner = runner
        self.token = token


def refused_token(runner: Any, token: object, current: int | None) -> Exception:
    """Return the error for a token that is not that of the open suspension."""
    if isinstance(token, int):
        return StaleTokenError(runner, token, current)
    return TypeError(f"{runner}: token={token!r} is no token; give suspend.token")


class LegTimeoutError(ActorsError, TimeoutError):
    """No outcome within the timeout; a run that is running goes on, and the outcome comes to the owner as an event."""

    def __init__(self, runner: Any, seconds: float | None) -> None:
        """Take the runner and the seconds waited."""
        super().__init__(f"{runner}: no outcome within {seconds} seconds; {_standing(runner)}{_nested(runner)}")
        self.runner = runner


def _standing(runner: Any) -> str:
    """Say what a run does that nobody waits for any more."""
    outcome = runner.outcome
    if runner.state == "suspended" and isinstance(outcome, Suspend):
        return f"it is suspended on {shown(outcome.value)}, which nobody answered; see that somebody does, or cancel it"
    return "it goes on, and its owner hears of it"


def _nested(runner: Any) -> str:
    """Say so if a run waits for a run that waits for a run, so deep that it must be a mistake."""
    waiting: list[Any] = [runner]
    while isinstance(waiting[-1].waiting, ActorRef):
        waiting.append(waiting[-1].waiting)
    depth = len(waiting) - 1
    if depth < DEEP:
        return ""
    return (
        f". It waits for a run that waits for a run, {depth} deep, down to {waiting[-1]}: does it start itself without end?"
    )


class CancelledError(ActorsError):
    """`result` of a run that was cancelled; `reason` is the canceller's, `outcome` the whole of it."""

    def __init__(self, runner: Any, outcome: Any) -> None:
        """Take the runner and its `Cancelled`."""
        super().__init__(f"{runner} was cancelled: {outcome.reason!r}")
        self.reason = outcome.reason
        self.outcome = outcome
        self.__cause__ = outcome.error
