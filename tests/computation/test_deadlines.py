"""R19: limits in time."""

from __future__ import annotations

from typing import Any

import gevent.event
import pytest

from actors import AsyncComputation, Cancelled, Completed, Question, Suspend, Throw, ask, handling
from actors.computation import DeadlineExceeded
from actors.effects import clock
from actors.testing import ManualClock, answering, settle
from tests.computation.common import Q, block, one_question, opened, outcomes, returning

pytestmark = pytest.mark.sentence("R19")


class Outer(Question[str]):
    """Handled by a question in its place."""


@pytest.mark.sentence("R1")
@pytest.mark.parametrize("body", [one_question, block, lambda: clock.sleep(100)], ids=["ask", "gevent.sleep", "sleep"])
def test_when_the_deadline_is_over_the_run_is_cancelled(body: Any) -> None:
    with ManualClock() as time:
        runner = AsyncComputation.start(body, deadline=2.0)
        settle()
        time.advance(1.9)
        assert runner.state != "finished"
        time.advance(0.1)
        assert outcomes()[-1] == Cancelled(DeadlineExceeded(2.0))


def test_the_deadline_is_for_the_whole_run_and_not_for_each_leg() -> None:
    def body() -> None:
        while True:
            ask(Q)

    with ManualClock() as time:
        runner = AsyncComputation.start(body, deadline=2.0)
        opened(runner)
        for _ in range(3):
            time.advance(0.5)
            runner.resume("x")
        time.advance(0.5)
        assert runner.outcome == Cancelled(DeadlineExceeded(2.0))
        outcomes()


def test_a_deadline_leaves_the_scopes() -> None:
    left: list[str] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            left.append("left")

    with ManualClock() as time:
        AsyncComputation.start(body, deadline=2.0)
        time.advance(2)
        assert left == ["left"]
        outcomes()


def test_a_run_that_ends_in_time_leaves_no_timer() -> None:
    with ManualClock() as time:
        assert AsyncComputation.start(returning, 7, deadline=2.0).result(1) == 7
        settle()
        assert time.pending == []


@pytest.mark.parametrize("when", ["before it begins", "suspended"])
def test_a_run_that_is_cancelled_leaves_no_timer(when: str) -> None:
    with ManualClock() as time:
        runner = AsyncComputation.start(one_question, deadline=2.0)
        if when == "suspended":
            opened(runner)
        assert runner.cancel_sync() == Cancelled("cancelled")
        assert time.pending == []


def test_a_deadline_of_0_is_over_at_once() -> None:
    with ManualClock() as time:
        runner = AsyncComputation.start(block, deadline=0)
        time.advance(0)
        assert runner.outcome == Cancelled(DeadlineExceeded(0))
        outcomes()


def test_an_ask_with_a_timeout_raises_timeout_error_inside_the_computation() -> None:
    def body() -> str:
        try:
            return ask(Q, timeout=2.0)
        except TimeoutError as error:
            return type(error).__name__

    with ManualClock() as time:
        runner = AsyncComputation.start(body)
        opened(runner)
        time.advance(1.9)
        assert runner.state == "suspended"
        time.advance(0.1)
        assert outcomes() == [Completed("TimeoutError")]


def test_an_ask_that_is_answered_in_time_leaves_no_timer() -> None:
    with ManualClock() as time:
        runner = AsyncComputation.start(lambda: ask(Q, timeout=2.0))
        opened(runner)
        runner.resume("x")
        assert outcomes() == [Completed("x")]
        assert time.pending == []


def test_an_ask_with_timeout_0_gives_up_at_once() -> None:
    with ManualClock() as time:
        AsyncComputation.start(lambda: ask(Q, timeout=0))
        time.advance(0)
        suspend, throw = outcomes()
        assert isinstance(suspend, Suspend)
        assert isinstance(throw, Throw)
        assert type(throw.error) is TimeoutError


def test_an_ask_with_timeout_0_takes_the_answer_of_a_handler() -> None:
    def body() -> str:
        with answering("x"):
            return ask(Q, timeout=0)

    assert AsyncComputation.start(body).result(1) == "x"


def test_the_limit_of_an_ask_ends_with_it() -> None:
    def body() -> str:
        with answering("x"):
            ask(Outer(), timeout=2.0)
        return ask(Q)

    with ManualClock() as time, AsyncComputation.start(body) as runner:
        opened(runner)
        time.advance(100)
        assert runner.state == "suspended"


def test_the_limit_holds_for_a_question_that_a_handler_asks_in_its_place() -> None:
    def body() -> str:
        with handling(Outer, lambda _: ask(Q)):
            return ask(Outer(), timeout=2.0)

    with ManualClock() as time:
        runner = AsyncComputation.start(body)
        opened(runner)
        time.advance(2)
        assert isinstance(runner.outcome, Throw)
        outcomes()


def test_a_shutdown_limit_holds_after_a_deadline() -> None:
    gate = gevent.event.Event()

    def body() -> None:
        try:
            ask(Q)
        finally:
            gate.wait()

    with ManualClock() as time:
        runner = AsyncComputation.start(body, deadline=2.0, shutdown=3.0)
        opened(runner)
        time.advance(4.9)
        assert outcomes() == []
        time.advance(0.1)
        assert outcomes() == [Cancelled(DeadlineExceeded(2.0), killed=True)]
