"""What the tests of runs across threads share: runs that are started there, and what their owner hears."""

from collections.abc import Callable
from functools import partial
from typing import Any

from actors import (
    AsyncComputation,
    ComputationEvent,
    Prompt,
    Suspend,
    ask,
    receive,
)
from actors.runtime import (
    current,
)
from tests.computation.common import queued
from tests.threads.crossing import Crossing


def suspended(outcome: object) -> Suspend:
    assert isinstance(outcome, Suspend), outcome
    return outcome


def started(crossing: Crossing, fn: Callable[..., Any], *args: Any, **options: Any) -> AsyncComputation[Any]:
    """Start a run there, that has this body for its owner, and let it come to its first outcome."""
    me = current()
    runner: AsyncComputation[Any] = crossing.do(partial(AsyncComputation.start, fn, *args, owner=me, **options))
    crossing.settle()
    return runner


def events() -> list[Any]:
    """Let everything run here, then take the outcomes of all events in the caller's mailbox."""
    found = queued()
    assert all(isinstance(event, ComputationEvent) for event in found), found
    return [event.outcome for event in found]


def collect(into: list[Any]) -> None:
    while (message := receive()) is not None:
        into.append(message)


def cleaning(left: list[str]) -> None:
    try:
        ask(Prompt("q"))
    finally:
        left.append("left")
