"""R12, C5: scopes are left, also when leaving them goes wrong."""

from __future__ import annotations

import gevent
import pytest

from actors import AsyncComputation, Cancelled, Throw, ask
from actors.effects import clock
from tests.computation.common import Q, one_question, only, opened, outcomes


@pytest.mark.sentence("R12")
def test_when_clean_up_raises_during_a_cancel_the_outer_scopes_are_left_and_the_error_is_in_cancelled() -> None:
    error = OSError("clean-up")
    left: list[str] = []

    def body() -> None:
        try:
            try:
                ask(Q)
            finally:
                left.append("inner")
                raise error
        finally:
            left.append("outer")

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("why")
    assert outcomes() == [Cancelled("why", error)]
    assert left == ["inner", "outer"]


@pytest.mark.sentence("R12")
def test_clean_up_that_blocks_and_then_raises_during_a_cancel() -> None:
    error = OSError("clean-up")

    def body() -> None:
        try:
            ask(Q)
        finally:
            gevent.sleep(0)
            clock.sleep(0)
            raise error

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("why")
    assert outcomes() == [Cancelled("why", error)]


@pytest.mark.sentence("R12")
def test_clean_up_that_asks_during_a_cancel_is_no_error() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            one_question()

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("why")
    assert outcomes() == [Cancelled("why")]


@pytest.mark.sentence("R12")
def test_clean_up_that_raises_after_a_throw_is_chained_to_the_throw() -> None:
    first, second = ValueError("first"), OSError("second")

    def body() -> None:
        try:
            raise first
        finally:
            raise second

    AsyncComputation.start(body)
    outcome = only(outcomes())
    assert isinstance(outcome, Throw)
    assert outcome.error is second
    assert second.__context__ is first


@pytest.mark.sentence("R12")
def test_clean_up_that_raises_runs_once() -> None:
    left: list[int] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            left.append(1)
            raise OSError

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel()
    outcomes()
    runner.cancel()
    assert outcomes() == []
    assert left == [1]


@pytest.mark.sentence("C5", "R12")
def test_clean_up_after_a_throw_may_ask_as_usual() -> None:
    answers: list[str] = []

    def body() -> None:
        try:
            raise ValueError
        finally:
            answers.append(ask(Q))

    runner = AsyncComputation.start(body)
    opened(runner).resume("x")
    assert isinstance(only(outcomes()), Throw)
    assert answers == ["x"]
