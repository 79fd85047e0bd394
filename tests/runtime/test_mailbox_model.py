"""The mailbox against a model: a list, and a receiver that takes from it when it is its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.runtime import kill, receive, send, spawn
from actors.testing import settle
from tests.runtime.watching import control, throw_next

Kind: TypeAlias = Literal["any", "match", "now", "now match", "limit", "limit match"]

EVER = 1e6
LATE = "no message in time"
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Take:
    """One step of the receiver: how it receives, and which remainder by 3 matches."""

    kind: Kind
    remainder: int

    def wants(self, message: Any) -> bool:
        return "match" not in self.kind or (message is not None and message % 3 == self.remainder)

    def perform(self) -> Any:
        match = self.wants if "match" in self.kind else None
        if self.kind == "any":
            return receive()
        return receive(0 if "now" in self.kind else EVER if "limit" in self.kind else None, match=match)


@dataclass(frozen=True, slots=True)
class Batch:
    """What happens before the receiver gets its turn: it may be interrupted where it waits, then messages are sent."""

    interrupt: bool
    messages: list[int | None]


class Model:
    """What the receiver is expected to get."""

    def __init__(self, program: list[Take]) -> None:
        self.program = program
        self.queue: list[int | None] = []
        self.got: list[Any] = []

    @property
    def waits(self) -> bool:
        """Whether the receiver, having had its turn, waits in a step of the program."""
        return len(self.got) < len(self.program)

    def turn(self) -> None:
        while self.waits:
            step = self.program[len(self.got)]
            found = next((place for place, message in enumerate(self.queue) if step.wants(message)), None)
            if found is not None:
                self.got.append(self.queue.pop(found))
            elif "now" in step.kind:
                self.got.append(LATE)
            else:
                return


def follow(program: list[Take], got: list[Any]) -> None:
    for step in program:
        try:
            got.append(step.perform())
        except TimeoutError:
            got.append(LATE)
        except gevent.Timeout:
            got.append(INTERRUPTED)
    receive(match=lambda _: False)


takes = st.builds(Take, st.sampled_from(["any", "match", "now", "now match", "limit", "limit match"]), st.integers(0, 2))
batches = st.builds(Batch, st.booleans(), st.lists(st.none() | st.integers(0, 20), max_size=6))


@pytest.mark.sentence("A2", "A4")
@settings(max_examples=300, deadline=None)
@given(program=st.lists(takes, max_size=12), script=st.lists(batches, max_size=8))
def test_the_mailbox_does_what_its_model_does(program: list[Take], script: list[Batch]) -> None:
    model = Model(program)
    got: list[Any] = []
    ref = spawn(follow, program, got, link=False)
    settle()
    model.turn()
    for batch in script:
        if batch.interrupt and model.waits:
            throw_next(ref, gevent.Timeout(None))
            model.got.append(INTERRUPTED)
        for message in batch.messages:
            send(ref, message)
            model.queue.append(message)
        settle()
        model.turn()
        assert got == model.got
    left = list(control(ref).mailbox or ())
    kill(ref)
    settle()
    assert left == model.queue
