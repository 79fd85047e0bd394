"""A branch that asks after its run was cancelled, and before the cancel has come to it."""

from typing import Any

import pytest

from actors import AsyncComputation, Cancelled, Prompt, Suspend, ask
from actors.effects import clock, parallel
from actors.testing import settle


@pytest.mark.sentence("R11", "C9")
def test_its_clean_up_is_not_interrupted() -> None:
    left: list[str] = []
    begun: list[str] = []

    def branch(name: str) -> Any:
        begun.append(name)
        try:
            return ask(Prompt(name))
        finally:
            clock.sleep(0.0)
            left.append(name)

    def body() -> Any:
        return parallel(lambda: branch("first"), lambda: parallel(lambda: branch("second"), lambda: branch("third")))

    run, outcome = AsyncComputation.start_sync(body)
    assert isinstance(outcome, Suspend)
    run.cancel("no")
    settle()
    assert run.wait(5) == Cancelled("no")
    assert sorted(left) == sorted(begun)
