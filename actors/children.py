"""Child specs: how a supervisor starts, restarts and stops one child; values only.

They stand here, below the package `supervisors`, because computations describe themselves as children too
(`AsyncComputation.child`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Any, Final, Generic, TypeAlias, TypeVar

from actors.clock import Seconds
from actors.exits import ActorsError

S_co = TypeVar("S_co", covariant=True)

START_TIMEOUT: Final = 60.0  # seconds
SHUTDOWN: Final = 5.0  # seconds that a worker gets to leave after it was told to


class SpecError(ActorsError, ValueError):
    """A field of a spec, or an option of a supervisor, cannot be what it was given; `field` names it."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        """Take the field, what it was given and what it may be."""
        super().__init__(f"{field}={value!r}: {expected}")
        self.field = field
        self.value = value


class Restart(Enum):
    """When a child that has ended is started again."""

    PERMANENT = "permanent"
    """Always."""
    TRANSIENT = "transient"
    """After an abnormal exit: a crash or a kill."""
    TEMPORARY = "temporary"
    """Never."""


class ByKind(Enum):
    """The time to shut down that depends on what `start` returned."""

    BY_KIND = f"{SHUTDOWN} seconds for a worker, no limit for a supervisor"


BY_KIND: Final = ByKind.BY_KIND

Grace: TypeAlias = float | ByKind | None
"""Seconds that a child gets to leave after it was told to; 0 kills it untold, None sets no limit."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long the attempts to restart a child wait: `first` seconds, each time `factor` as long, at `most` so long.

    It begins at `first` again after the child has run for as long as the supervisor's intensity looks back.

    Raises:
        SpecError: a time is negative or infinite, `factor` is less than 1, or `most` is less than `first`.
    """

    first: float = 0.1
    factor: float = 2.0
    most: float = 30.0

    def __post_init__(self) -> None:
        """Check the fields."""
        checked_time("first", self.first)
        checked_time("most", self.most)
        if not is_number(self.factor) or not 1 <= self.factor < inf:
            raise SpecError("factor", self.factor, "give a number from 1 up")
        if self.most < self.first:
            raise SpecError("most", self.most, f"it is less than first={self.first!r}")

    def seconds(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row (from 1)."""
        try:
            return min(self.first * self.factor ** (failures - 1), self.most)
        except OverflowError:
            return self.most if self.first else 0.0


@dataclass(frozen=True, slots=True)
class ChildSpec(Generic[S_co]):
    """One child of a supervisor.

    Args:
        id: names the child among its siblings.
        start: starts it; called without arguments in the supervisor's own actor, at first and for each restart. It may
            block. It returns the child: an `ActorRef`, or what has one as its `ref` (a runner, a supervisor).
        restart: when it is started again.
        shutdown: seconds that it gets to leave after it was told to, then it is killed; 0 kills it untold, None sets no
            limit. By default 5.0 for a worker and None for a supervisor.
        start_timeout: seconds that `start` may take; None for no limit.
        significant: its end, of its own accord, counts for the supervisor's `auto_shutdown`.
        backoff: attempts to restart it wait; by default they do not.

    Raises:
        SpecError: a field cannot be what it was given; it names the field.
    """

    id: Hashable
    start: Callable[[], S_co]
    restart: Restart = Restart.PERMANENT
    shutdown: Grace = BY_KIND
    start_timeout: Seconds = START_TIMEOUT
    significant: bool = False
    backoff: Backoff | None = None

    def __post_init__(self) -> None:
        """Check the fields."""
        try:
            hash(self.id)
        except TypeError:
            raise SpecError("id", self.id, "give a hashable value, text for example") from None
        if not callable(self.start):
            raise SpecError("start", self.start, "give a callable without arguments that starts the child")
        if type(self.restart) is not Restart:
            raise SpecError("restart", self.restart, "give Restart.PERMANENT, TRANSIENT or TEMPORARY")
        if self.shutdown is not BY_KIND and self.shutdown is not None:
            checked_time("shutdown", self.shutdown)
        if self.start_timeout is not None:
            checked_time("start_timeout", self.start_timeout)
        if not isinstance(self.significant, bool):
            raise SpecError("significant", self.significant, "give True or False")
        if self.significant and self.restart is Restart.PERMANENT:
            raise SpecError("significant", True, "a permanent child never ends of its own accord; make it transient")
        if self.backoff is not None and not isinstance(self.backoff, Backoff):
            raise SpecError("backoff", self.backoff, "give Backoff(first, factor, most) or None")


def is_number(value: object) -> bool:
    """Tell whether a value is a number, which True is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def checked_time(field: str, value: Any) -> float:
    """Return a duration unchanged.

    Raises:
        SpecError: it is not a number, negative, or infinite.
    """
    if not is_number(value) or not 0 <= value < inf:
        raise SpecError(field, value, "give seconds from 0 up")
    return value  # type: ignore[no-any-return]  # a number
