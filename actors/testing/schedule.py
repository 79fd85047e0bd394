"""What a simulation did, in words that are the same in every process: no addresses, no order of sets, no tokens."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from actors.outcomes import Cancelled, Completed, ComputationEvent, Notify, Suspend, Throw
from actors.runtime.actor import Actor
from actors.runtime.farewell import Down, Exit

R = TypeVar("R")

WIDTH = 60  # characters of a message that are shown
_OUTCOMES = {Suspend, Completed, Throw, Cancelled, Notify}  # of each, the first field is shown

LATEST = 200  # steps that the note of a failure shows


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what happened, and how many seconds of virtual time after the beginning."""

    at: float
    what: str

    def __str__(self) -> str:
        """Show both."""
        return f"{self.at:12.6f}  {self.what}"


@dataclass(frozen=True, slots=True)
class Trace(Generic[R]):
    """A simulation that ended well."""

    value: R  # what the program returned
    steps: tuple[Step, ...]
    decisions: tuple[int, ...]  # `simulate(Script(*trace.decisions), …)` does the same again
    seconds: float  # of virtual time
    left: tuple[str, ...]  # the actors that were still there, and were killed

    def __str__(self) -> str:
        """Show the schedule, a line a step."""
        return "\n".join(map(str, self.steps))


class Names:
    """Actors by the order in which they appeared."""

    def __init__(self) -> None:
        """Begin without any."""
        self._met = 0
        self._numbers: WeakKeyDictionary[Actor, int] = WeakKeyDictionary()
        self._names: WeakKeyDictionary[Actor, str] = WeakKeyDictionary()

    def meet(self, actor: Actor) -> int:
        """Return an actor's number, given now if it has none; 0 is the hub's."""
        number = self._numbers.get(actor)
        if number is None:
            self._met += 1
            number = self._numbers[actor] = self._met
            self._names[actor] = f"{actor.label() or type(actor).__name__.lower()}#{number}"
        return number

    def known(self) -> list[Actor]:
        """Return those that are still referred to, in order of appearance."""
        return list(self._numbers)

    def of(self, actor: Actor) -> str:
        """Return an actor's name."""
        self.meet(actor)
        return self._names[actor]

    def shown(self, value: Any) -> str:
        """Return a message in words, cut where it is long."""
        text = self._shown(value, 3)
        return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"

    def _shown(self, value: Any, depth: int) -> str:
        if value is None or type(value) in {bool, int, float, str, bytes}:
            return repr(value)
        if isinstance(value, Actor):
            return self.of(value)
        if isinstance(value, Enum):
            return f"{type(value).__name__}.{value.name}"
        if isinstance(value, type):
            return value.__qualname__
        parts = _parts(value)
        if parts is None:
            return type(value).__name__
        name = "" if type(value) in {tuple, list} else type(value).__name__
        return f"{name}({', '.join(self._shown(part, depth - 1) for part in parts) if depth else '…'})"


def _parts(value: Any) -> tuple[Any, ...] | None:
    """Return what a message is made of, as far as that is the same in every process."""
    match value:
        case ComputationEvent(tag, outcome):
            return tag, outcome
        case _ if type(value) in _OUTCOMES:
            return (getattr(value, value.__match_args__[0]),)
        case Exit(ref, reason) | Down(_, ref, reason):
            return ref, reason
        case BaseException():
            return value.args
        case _ if type(value) in {tuple, list}:
            return tuple(value)
        case _ if is_dataclass(value):
            return tuple(getattr(value, field.name) for field in fields(value))
        case _:
            return None


def latest(steps: list[Step]) -> str:
    """Return the last steps as lines."""
    left_out = len(steps) - LATEST
    head = [f"  … {left_out} steps before"] if left_out > 0 else []
    return "\n".join([*head, *map(str, steps[-LATEST:])])
