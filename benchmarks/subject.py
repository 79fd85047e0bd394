"""What a subject is: the work, how often to do it, and what is asked of it. Values, and the clock that times them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeAlias, cast

import pyperf

clock = cast(Callable[[], float], cast(Any, pyperf).perf_counter)
"""Seconds, of the highest resolution there is."""

Work: TypeAlias = Callable[[int], float]
"""Does the work `n` times, checks what came of it, and returns the cost of once: seconds, or bytes."""


class Cost(Enum):
    """What the work is measured in: the pyperf unit, the name in tables and JSON keys, and how many make one of it."""

    TIME = ("second", "us", 1e-6)
    LATENESS = ("second", "ms", 1e-3)  # and whatever else is told in milliseconds
    MEMORY = ("byte", "kB", 1e3)

    def __init__(self, pyperf_unit: str, unit: str, scale: float) -> None:
        """Take the columns of the table above."""
        self.pyperf_unit = pyperf_unit
        self.unit = unit
        self.scale = scale


@dataclass(frozen=True, slots=True)
class Ratio:
    """At least so many times as cheap as the baseline."""

    must: float
    aim: float

    def reached(self, bound: float, cost: float, ratio: float | None) -> bool:
        """Tell whether a measurement keeps this bound; `cost` is in the subject's unit."""
        return ratio is not None and ratio >= bound

    def shown(self, bound: float) -> str:
        """Show a bound."""
        return f"{bound:g} x"


@dataclass(frozen=True, slots=True)
class AtMost:
    """At most so much, in the subject's unit, whatever the baseline costs."""

    must: float
    aim: float

    def reached(self, bound: float, cost: float, ratio: float | None) -> bool:
        """Tell whether a measurement keeps this bound; `cost` is in the subject's unit."""
        return cost <= bound

    def shown(self, bound: float) -> str:
        """Show a bound."""
        return f"<= {bound:g}"


@dataclass(frozen=True, slots=True)
class Within:
    """At most so many times as expensive as the work that it is compared with (`than`), in the same round."""

    must: float
    aim: float

    def reached(self, bound: float, cost: float, ratio: float | None) -> bool:
        """Tell whether a measurement keeps this bound; `cost` is in the subject's unit."""
        return ratio is not None and ratio * bound >= 1

    def shown(self, bound: float) -> str:
        """Show a bound."""
        return f"1/{bound:g} x"


Target: TypeAlias = Ratio | AtMost | Within


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One line of the table.

    `works` has "ours" first, then "baseline" if there is one to compare with, then whatever else stands beside them.
    The ratio is taken with the work `than`.
    `count` is how often a round does the work, `quick` how often the smoke does. A `separate` subject gets a process
    for each work and a single round there, because what it measures (memory) is not given back.
    """

    name: str
    works: Mapping[str, Work]
    target: Target | None
    count: int
    quick: int
    cost: Cost = Cost.TIME
    separate: bool = False
    than: str = "baseline"


def unjudged(subject: Subject) -> Subject:
    """Return the subject with nothing asked of it: a smoke says nothing about speed."""
    return replace(subject, target=None)
