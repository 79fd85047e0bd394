"""A sync call whose time ran out, and then a cancel: who gets which outcome, once (R6, R13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actors import AsyncComputation, Cancelled, Completed, Suspend, receive, spawn
from actors.computation import LegTimeoutError
from actors.effects import clock
from actors.testing import settle
from tests.computation.common import NEVER, one_question, only, outcomes, returning

pytestmark = pytest.mark.sentence("R6", "R13")


def late(fn: Callable[..., Any], *args: Any, timeout: float = 0) -> AsyncComputation[Any]:
    """Start a run by a sync call that does not wait for its outcome."""
    with pytest.raises(LegTimeoutError) as caught:
        AsyncComputation.start_sync(fn, *args, timeout=timeout)
    runner: AsyncComputation[Any] = caught.value.runner
    return runner


def test_the_owner_that_cancels_before_the_body_began_gets_cancelled_once() -> None:
    runner = late(returning, 1)
    assert runner.cancel_sync("enough") == Cancelled("enough")
    assert outcomes() == []


def test_the_owner_that_cancels_after_the_end_gets_the_outcome_that_was_late_once() -> None:
    runner = late(returning, 1)
    settle()
    assert runner.cancel_sync() == Completed(1)
    assert outcomes() == []


def test_a_suspension_that_was_late_stays_an_event_beside_the_final_outcome() -> None:
    runner = late(one_question)
    settle()
    assert runner.cancel_sync() == Cancelled("cancelled")
    assert [type(outcome) for outcome in outcomes()] == [Suspend]


def test_a_run_cancelled_while_it_runs_gives_the_owner_one_outcome() -> None:
    runner = late(clock.sleep, NEVER, timeout=0.001)
    assert runner.cancel_sync() == Cancelled("cancelled")
    assert outcomes() == []


def test_another_that_cancels_leaves_the_owner_its_event() -> None:
    runner = late(returning, 1)
    found: list[Any] = []
    spawn(lambda: found.append(runner.cancel_sync("enough")))
    assert outcomes() == found == [only(found)]


def test_without_a_call_the_late_outcome_is_an_event() -> None:
    late(returning, 1)
    assert receive(1).outcome == Completed(1)
