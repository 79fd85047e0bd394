"""Random: numbers and choices. In production from the operating system's generator; in tests from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from actors.effects.inside import inside
from actors.effects.named import Named, under
from actors.effects.scope import Handlers, Installed, install_outside, perform

E = TypeVar("E")


class Number(Named[float], frozen=False):
    """Ask for a number from 0 up to but not including 1."""

    local = True
    __slots__ = ()


class Integer(Named[int], frozen=False):
    """Ask for an integer between two bounds, both included."""

    local = True
    __slots__ = ("high", "low")
    __match_args__ = ("low", "high", "name")

    def __init__(self, low: int, high: int, name: object = None) -> None:
        """Take the bounds."""
        super().__init__(name)
        self.low = low
        self.high = high


class Element(Named[Any], frozen=False):
    """Ask for one of several things."""

    local = True
    __slots__ = ("options",)
    __match_args__ = ("options", "name")

    def __init__(self, options: Sequence[Any], name: object = None) -> None:
        """Take the things."""
        super().__init__(name)
        self.options = options


class Shuffle(Named[list[Any]], frozen=False):
    """Ask for the same things in another order."""

    local = True
    __slots__ = ("items",)
    __match_args__ = ("items", "name")

    def __init__(self, items: Sequence[Any], name: object = None) -> None:
        """Take the things."""
        super().__init__(name)
        self.items = items


def number(*, name: object = None) -> float:
    """Return a number from 0 up to but not including 1."""
    return perform(Number(name))


def integer(low: int, high: int, *, name: object = None) -> int:
    """Return an integer between `low` and `high`, both included.

    Raises:
        ValueError: `low` is above `high`.
    """
    if low > high:
        raise ValueError(f"integer({low}, {high}): the first bound must not be above the second")
    return perform(Integer(low, high, name))


def element(options: Sequence[E], *, name: object = None) -> E:
    """Return one of `options`.

    Raises:
        ValueError: there are none.
    """
    if not options:
        raise ValueError("element(()): there is nothing to choose from")
    return cast(E, perform(Element(options, name)))


def shuffle(items: Sequence[E], *, name: object = None) -> list[E]:
    """Return the items in random order, as a new list."""
    return cast("list[E]", perform(Shuffle(items, name)))


def seeded(seed: int | str, *, name: object = None) -> Installed[None]:
    """Answer from a generator with this seed, the same everywhere; the handler for tests."""
    return Installed(under(name, inside(_answers(random.Random(seed)))), None)


def system(*, name: object = None) -> Installed[None]:
    """Answer from the operating system's generator; already in force under no name."""
    return Installed(under(name, PRODUCTION), None)


def _answers(generator: random.Random) -> Handlers:
    return {
        Number: lambda _: generator.random(),
        Integer: lambda op: generator.randint(op.low, op.high),
        Element: lambda op: generator.choice(op.options),
        Shuffle: lambda op: generator.sample(op.items, len(op.items)),
    }


PRODUCTION = _answers(random.SystemRandom())
install_outside(PRODUCTION)
