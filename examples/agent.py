"""An agent that asks a person before it uses a tool.

The model is an operation: here it follows a script, in production a handler calls a real one.

$ actors run examples.agent:assist
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from actors import Question, ask, notify, operation


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model wants a tool to be used."""

    tool: str
    argument: str

    def __str__(self) -> str:
        """Show it as a call."""
        return f"{self.tool}({self.argument!r})"


@dataclass(frozen=True, slots=True)
class Answer:
    """The model is done."""

    text: str


Step: TypeAlias = ToolCall | Answer


class Verdict(Enum):
    """What a person says to a tool call."""

    YES = "yes"
    NO = "no"


class Allow(Question[Verdict]):
    """Ask a person whether a tool may be used."""

    call: ToolCall
    options: tuple[Verdict, ...] = tuple(Verdict)

    @property
    def prompt(self) -> str:
        """What the person reads."""
        return f"May I use {self.call}?"


TOOLS: dict[str, Callable[[str], str]] = {
    "find_order": lambda number: f"order {number}: 3 chairs, not sent yet",
    "cancel_order": lambda number: f"order {number} is cancelled",
}


@operation
def next_step(task: str, seen: list[str]) -> Step:
    """Ask the model what to do next, given what its tools have said; the default is a scripted model."""
    script: list[Step] = [ToolCall("find_order", "17"), ToolCall("cancel_order", "17")]
    return script[len(seen)] if len(seen) < len(script) else Answer(f"{task}: {seen[-1]}.")


def assist(task: str = "Cancel my order") -> str:
    """Work on a task until the model has an answer."""
    seen: list[str] = []
    while True:
        match next_step(task, seen):
            case Answer(text):
                return text
            case ToolCall() as call:
                seen.append(use(call))
                notify(f"{call}: {seen[-1]}")


def use(call: ToolCall) -> str:
    """Use a tool if a person allows it, and return what the model is told."""
    match ask(Allow(call)):
        case Verdict.YES:
            return TOOLS[call.tool](call.argument)
        case Verdict.NO:
            return "refused by the person"
