"""A body that is nearly out of stack when it performs, asks or sends: one outcome each time, and an intact scheduler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actors import AsyncComputation, Completed, Prompt, Suspend, Throw, ask, notify, perform, receive, send, spawn
from actors.effects import fresh, state
from actors.ops import Op
from actors.runtime import current
from actors.testing import settle
from tests.computation.common import queued

FRAMES = 60  # from the limit on down


class Nothing(Op[None]):
    """An operation that nobody handles."""


def deep(frames: int, then: Callable[[], Any]) -> Any:
    return then() if frames <= 0 else deep(frames - 1, then)


def room() -> int:
    """How many calls still fit, by trying: a worker has inherited the depth at which its thread's hub was started."""

    def down(calls: int) -> int:
        try:
            return down(calls + 1)
        except RecursionError:
            return calls

    return down(0)


def near(left: int, then: Callable[[], Any]) -> Any:
    """Do something where so many frames are left."""
    return deep(room() - left, then)


def in_state() -> int:
    with state.holding(0) as cell:
        state.put(1)
        return cell.value


WAYS: dict[str, Callable[[Any], Any]] = {
    "ask": lambda _: ask(Prompt("q")),
    "notify": lambda _: notify(1),
    "send": lambda sink: send(sink, 1),
    "perform": lambda _: perform(Nothing()),
    "handlers": lambda _: in_state(),
    "fresh": lambda _: fresh.uuid4(),
    "spawn": lambda _: spawn(int, link=False),
}


@pytest.mark.sentence("C1", "R2", "R16")
@pytest.mark.parametrize("how", ["start_sync", "start"])
@pytest.mark.parametrize("way", WAYS)
def test_a_body_near_the_recursion_limit_ends_in_exactly_one_outcome(way: str, how: str) -> None:
    sink = current()
    found: set[str] = set()
    for left in range(FRAMES):
        body = lambda left=left: near(left, lambda: WAYS[way](sink))  # noqa: E731  one for each
        if how == "start_sync":
            runner, outcome = AsyncComputation.start_sync(body, timeout=5.0)
        else:
            runner = AsyncComputation.start(body)
            outcome = runner.wait(5.0)
        if isinstance(outcome, Suspend):
            found.add("Suspend")
            outcome = runner.resume_sync("yes", token=outcome.token)
        assert isinstance(outcome, Completed | Throw), (left, outcome)
        found.add(type(outcome).__name__)
        finals = [message for message in queued() if getattr(message, "outcome", None) == outcome]
        assert finals == [], left
        assert runner.state == "finished"
    assert "Throw" in found
    assert way == "perform" or "Completed" in found
    works()


def works() -> None:
    """See that everything else goes on as ever."""
    me = current()
    spawn(send, me, "alive", link=False)
    assert receive(1.0) == "alive"
    runner, suspend = AsyncComputation.start_sync(lambda: ask(Prompt("q")))
    assert isinstance(suspend, Suspend)
    assert runner.resume_sync(1, token=suspend.token) == Completed(1)
    settle()
