"""R8, R21: the token of a suspension."""

from __future__ import annotations

from typing import Any

import gevent.event
import pytest

from actors import AsyncComputation, Cancelled, Completed, Suspend, ask
from actors.errors import FinishedError, NotSuspendedError, StaleTokenError
from actors.testing import ManualClock, settle
from tests.computation.common import Q, attempt, block, briefly, one_question, opened, outcomes, wizard

pytestmark = pytest.mark.sentence("R8")


def test_each_suspension_has_a_token_of_its_own() -> None:
    runner = AsyncComputation.start(wizard, "a", "b", "c")
    tokens: list[int] = []
    for suspend in runner.suspends(1):
        tokens.append(suspend.token)
        runner.resume("x")
    assert len(tokens) == len(set(tokens)) == 3


def test_two_runs_never_share_a_token() -> None:
    with AsyncComputation.start(one_question) as one, AsyncComputation.start(one_question) as other:
        assert opened(one).token != opened(other).token


def test_suspend_resume_passes_the_token_along() -> None:
    runner = AsyncComputation.start(wizard, "a", "b")
    first = opened(runner)
    first.resume(1)
    second = opened(runner)
    with pytest.raises(StaleTokenError):
        first.resume(1)
    second.resume(2)
    assert outcomes() == [Completed((1, 2))]


def test_one_resume_uses_a_token_up() -> None:
    with AsyncComputation.start(wizard, "a", "b") as runner:
        first = opened(runner)
        runner.resume(1, token=first.token)
        assert isinstance(attempt(lambda: runner.resume(1, token=first.token)), StaleTokenError)  # running
        opened(runner)
        assert isinstance(attempt(lambda: runner.resume(1, token=first.token)), StaleTokenError)  # suspended


def test_a_resume_without_a_token_uses_it_up_too() -> None:
    with AsyncComputation.start(wizard, "a", "b") as runner:
        first = opened(runner)
        runner.resume(1)
        assert isinstance(attempt(lambda: runner.resume(1, token=first.token)), StaleTokenError)


def test_a_token_that_never_was_is_stale() -> None:
    with AsyncComputation.start(one_question) as runner:
        opened(runner)
        error = attempt(lambda: runner.resume(1, token=-5))
        assert isinstance(error, StaleTokenError)
        assert (error.runner, error.token) == (runner, -5)


def test_a_stale_token_leaves_the_open_suspension_alone() -> None:
    runner = AsyncComputation.start(wizard, "a", "b")
    first = opened(runner)
    first.resume(1)
    second = opened(runner)
    attempt(lambda: first.resume("other"))
    assert runner.resume_sync(2, token=second.token) == Completed((1, 2))


def test_a_finished_run_comes_before_a_stale_token() -> None:
    runner = AsyncComputation.start(one_question)
    suspend = opened(runner)
    suspend.resume(1)
    settle()
    assert type(attempt(lambda: suspend.resume(2))) is FinishedError


def test_a_stale_token_comes_before_not_suspended() -> None:
    def body() -> None:
        ask(Q)
        block()

    with AsyncComputation.start(body) as runner:
        suspend = opened(runner)
        suspend.resume(1)
        settle()
        assert type(attempt(lambda: suspend.resume(2))) is StaleTokenError
        assert type(attempt(lambda: runner.resume(2))) is NotSuspendedError


def test_a_suspension_made_by_hand_belongs_to_no_runner() -> None:
    with pytest.raises(RuntimeError, match="belongs to no runner"):
        Suspend(Q, 1, {}).resume(1)


@pytest.mark.sentence("R21")
def test_an_ask_interrupted_by_a_foreign_timeout_takes_its_suspension_back() -> None:
    def body() -> Any:
        with briefly():
            ask(Q)
        return "without a resume"

    runner = AsyncComputation.start(body)
    suspend = runner.wait(1)
    assert isinstance(suspend, Suspend)
    assert runner.wait(1) == Completed("without a resume")
    with pytest.raises(FinishedError):
        suspend.resume("late")


@pytest.mark.sentence("R21")
def test_the_token_of_an_interrupted_ask_is_stale_and_the_state_is_running() -> None:
    gate, withdrawn = gevent.event.Event(), gevent.event.Event()

    def body() -> Any:
        with briefly():
            ask(Q)
        withdrawn.set()
        gate.wait()
        return ask(Q)

    with AsyncComputation.start(body) as runner:
        suspend = opened(runner)
        assert withdrawn.wait(1)
        settle()
        assert runner.state == "running"
        assert isinstance(attempt(lambda: suspend.resume(1)), StaleTokenError)
        gate.set()
        again = opened(runner)
        assert isinstance(attempt(lambda: suspend.resume(1)), StaleTokenError)
        assert runner.resume_sync("x", token=again.token) == Completed("x")


@pytest.mark.sentence("R19", "R21")
def test_the_token_of_an_ask_that_timed_out_is_stale() -> None:
    def body() -> Any:
        try:
            return ask(Q, timeout=1.0)
        except TimeoutError:
            return ask(Q)

    with ManualClock() as time, AsyncComputation.start(body) as runner:
        first = opened(runner)
        time.advance(1)
        assert isinstance(attempt(lambda: first.resume(1)), StaleTokenError)
        assert runner.resume_sync("x") == Completed("x")


@pytest.mark.sentence("R10")
def test_a_cancel_makes_the_token_stale_at_once() -> None:
    runner = AsyncComputation.start(one_question)
    suspend = opened(runner)
    runner.cancel()
    assert isinstance(attempt(lambda: suspend.resume(1)), StaleTokenError)
    assert outcomes() == [Cancelled("cancelled")]


@pytest.mark.parametrize("token", ["1", 1.5, object()])
def test_a_token_that_is_none_is_refused_and_takes_nothing(token: Any) -> None:
    runner = AsyncComputation.start(one_question)
    suspend = opened(runner)
    for answer in (runner.resume, runner.resume_sync):
        with pytest.raises(TypeError, match=r"give suspend\.token"):
            answer(1, token=token)
    assert isinstance(runner.resume_sync(1, token=suspend.token), Completed)
