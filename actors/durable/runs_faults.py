"""The errors of `DurableRuns`."""

from __future__ import annotations

from collections.abc import Iterable

from actors.exits import ActorsError


class UnknownComputationError(ActorsError, LookupError):
    """The computation is none of those that a `DurableRuns` was given; `name` is its name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Take its name and those that are known."""
        listed = ", ".join(sorted(known)) or "none"
        super().__init__(f"no computation {name!r} was given to DurableRuns, which knows {listed}; add it to that list")
        self.name = name


class DetachedError(ActorsError, RuntimeError):
    """Somebody waited for an outcome of a run that was unloaded or parked; `notice` is what its owner hears of that."""

    def __init__(self, runner: object, notice: object) -> None:
        """Take the runner and the notice."""
        super().__init__(f"{runner} is not live any more: {notice}; no outcome comes until it is brought back")
        self.runner = runner
        self.notice = notice


class ParkedError(ActorsError, RuntimeError):
    """The run was set aside: its code no longer fits its log, or it kept dying; `run` is its id, `reason` says which."""

    def __init__(self, run: str, reason: str) -> None:
        """Take the run's id and why it is parked."""
        super().__init__(f"run {run!r} is parked: {reason}. Mend the code and retry({run!r}), or cancel it")
        self.run = run
        self.reason = reason
