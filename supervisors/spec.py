"""What a supervisor is told: values only. Child specs stand in `actors.children`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from actors.children import ChildSpec, SpecError, checked_time


class Strategy(Enum):
    """Who else is restarted with a child that failed."""

    ONE_FOR_ONE = "one for one"
    """Nobody."""
    ONE_FOR_ALL = "one for all"
    """All siblings."""
    REST_FOR_ONE = "rest for one"
    """Those started after it."""


class AutoShutdown(Enum):
    """Whether a supervisor ends when significant children have ended of their own accord."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any significant"
    """When one of them has."""
    ALL_SIGNIFICANT = "all significant"
    """When one of them has and no other is left."""


@dataclass(frozen=True, slots=True)
class Intensity:
    """How often a supervisor restarts before it gives up: `restarts` within `seconds` are allowed, one more is not.

    Raises:
        SpecError: `restarts` is not a whole number from 0 up, or `seconds` not a positive number.
    """

    restarts: int = 3
    seconds: float = 5.0

    def __post_init__(self) -> None:
        """Check the fields."""
        if type(self.restarts) is not int or self.restarts < 0:
            raise SpecError("restarts", self.restarts, "give a whole number from 0 up")
        if checked_time("seconds", self.seconds) == 0:
            raise SpecError("seconds", self.seconds, "give more than 0 seconds to count in")


def checked_children(children: Iterable[Any], auto_shutdown: AutoShutdown) -> tuple[ChildSpec[Any], ...]:
    """Return the specs of a supervisor's first children.

    Raises:
        SpecError: one is no `ChildSpec`, two have one id, or one is significant where that means nothing.
    """
    try:
        specs = tuple(children)
    except TypeError:
        raise SpecError("children", children, "give a list of ChildSpecs") from None
    for spec in specs:
        if type(spec) is not ChildSpec or spec.significant:  # a call for each counts among ten thousand
            checked_child(spec, auto_shutdown)
    if len({spec.id for spec in specs}) < len(specs):
        twice, _ = Counter(spec.id for spec in specs).most_common(1)[0]
        raise SpecError("id", twice, "two children have it; give each its own")
    return specs


def checked_child(spec: Any, auto_shutdown: AutoShutdown) -> ChildSpec[Any]:
    """Return the spec of a child unchanged.

    Raises:
        SpecError: it is no `ChildSpec`, or significant where that means nothing.
    """
    checked_spec(spec)
    if spec.significant and auto_shutdown is AutoShutdown.NEVER:
        raise SpecError("significant", True, f"child {spec.id!r} counts for nothing; give the supervisor an auto_shutdown")
    known: ChildSpec[Any] = spec
    return known


def checked_spec(spec: Any) -> None:
    """Refuse what is no `ChildSpec`.

    Raises:
        SpecError: it is none.
    """
    if not isinstance(spec, ChildSpec):
        raise SpecError("children", spec, "give ChildSpec(id, start=…), or AsyncComputation.child(fn, …)")


def checked_count(field: str, value: Any, without: str) -> int | None:
    """Return a number of children, from 1 up, or None, unchanged.

    Args:
        field: the option.
        value: what it was given.
        without: what None means.

    Raises:
        SpecError: it is no such number.
    """
    if value is not None and (type(value) is not int or value < 1):
        raise SpecError(field, value, f"give a whole number from 1 up, or None for {without}")
    return value


def checked_option(field: str, value: Any, kind: type[Any]) -> Any:
    """Return an option of a supervisor unchanged.

    Raises:
        SpecError: it is not of its kind.
    """
    if isinstance(value, kind):
        return value
    choices = [str(member) for member in kind] if issubclass(kind, Enum) else [f"a value of {kind.__name__}"]
    raise SpecError(field, value, f"give {', '.join(choices)}")
