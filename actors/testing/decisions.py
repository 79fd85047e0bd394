"""Where a simulation's decisions come from: a seed, a script, drawn bytes; pure.

Zero is always the ordinary decision (the longest ready actor runs, nothing is injected), so that a shorter or smaller
script is a simpler schedule, and shrinking means replacing decisions by zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol, Self

STREAK = 100  # picks in a row after which a favoured actor comes last: one that only yields must not starve the others
CHANGE = 0.03  # the chance, at each pick and for each unit of depth, that the actor that runs comes last


class Decisions(Protocol):
    """What a simulation asks; `seed` is that of the program's own randomness."""

    seed: int

    def pick(self, actors: Sequence[int]) -> int:
        """Return the place of the one that runs; each is known by its number."""
        ...

    def chance(self, probability: float) -> bool:
        """Tell whether something happens."""
        ...

    def below(self, count: int) -> int:
        """Return a number from 0 up to but not including `count`."""
        ...


class Seeded:
    """Decisions from a seed: a random walk, or priorities that change at a few places.

    Source: Burckhardt and others, *A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs* (ASPLOS 2010):
    a race that needs few ordered switches is found much sooner by priorities than by a walk. Each fourth seed walks.
    """

    def __init__(self, seed: int) -> None:
        """Take the seed."""
        self.seed = seed
        self._random = Random(seed).random  # of Random's methods, the one that is the same in every version of Python
        self._depth = self.below(4)
        self._priorities: dict[int, float] = {}
        self._last = -1
        self._streak = 0
        self._lowest = 0.0

    def pick(self, actors: Sequence[int]) -> int:
        """Return the place of the one that runs."""
        if self._depth == 0:
            return self.below(len(actors))
        for actor in actors:
            if actor not in self._priorities:
                self._priorities[actor] = self._random()
        if self._last in self._priorities and (self._streak >= STREAK or self._random() < CHANGE * self._depth):
            self._lowest -= 1.0
            self._priorities[self._last] = self._lowest
        place = max(range(len(actors)), key=lambda index: self._priorities[actors[index]])
        self._streak = self._streak + 1 if actors[place] == self._last else 0
        self._last = actors[place]
        return place

    def chance(self, probability: float) -> bool:
        """Tell whether something happens."""
        return self._random() < probability

    def below(self, count: int) -> int:
        """Return a number from 0 up to but not including `count`."""
        return int(self._random() * count)


class Script:
    """Decisions written down; after the last, all are ordinary. A failure that was made small is one of these."""

    def __init__(self, *decisions: int, seed: int = 0) -> None:
        """Take them in order, and the seed of the program's own randomness."""
        self.seed = seed
        end = len(decisions)
        while end and decisions[end - 1] == 0:
            end -= 1
        self.decisions = decisions[:end]
        self._next = 0

    def pick(self, actors: Sequence[int]) -> int:
        """Return the place of the one that runs."""
        return self.below(len(actors))

    def chance(self, probability: float) -> bool:
        """Tell whether something happens."""
        return bool(self._take())

    def below(self, count: int) -> int:
        """Return a number from 0 up to but not including `count`."""
        return self._take() % count

    def _take(self) -> int:
        place = self._next
        self._next += 1
        return self.decisions[place] if place < len(self.decisions) else 0

    def restarted(self) -> Self:
        """Return the same decisions from the beginning."""
        return type(self)(*self.decisions, seed=self.seed)

    def __repr__(self) -> str:
        """Show what to give to `simulate`."""
        seed = [f"seed={self.seed}"] if self.seed else []
        return f"{type(self).__name__}({', '.join([*map(str, self.decisions), *seed])})"


class Drawn(Script):
    """Decisions from arbitrary bytes, such as Hypothesis draws."""

    def chance(self, probability: float) -> bool:
        """Tell whether something happens: the more probable, the more of the byte's values say so."""
        return self._take() / 256 >= 1 - max(probability, 1 / 256) if probability else False


class Recorder:
    """Passes decisions on and writes them down."""

    def __init__(self, source: Decisions) -> None:
        """Take where they come from."""
        self._source = source
        self.seed = source.seed
        self.made: list[int] = []

    def pick(self, actors: Sequence[int]) -> int:
        """Return the place of the one that runs; where there is one, nothing is decided."""
        return self._note(self._source.pick(actors)) if len(actors) > 1 else 0

    def chance(self, probability: float) -> bool:
        """Tell whether something happens; what cannot happen is not decided."""
        return bool(self._note(int(self._source.chance(probability)))) if probability else False

    def below(self, count: int) -> int:
        """Return a number from 0 up to but not including `count`."""
        return self._note(self._source.below(count)) if count > 1 else 0

    def _note(self, decision: int) -> int:
        self.made.append(decision)
        return decision
