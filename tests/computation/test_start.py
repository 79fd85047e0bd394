"""R1: starting a run, and the arguments that are refused."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any, cast

import gevent
import pytest

from actors import AsyncComputation, Completed, Suspend, ask
from actors.errors import LegTimeoutError
from actors.testing import settle
from tests.computation.common import Q, attempt, one_question, opened, outcomes, queued, returning

pytestmark = pytest.mark.sentence("R1")

start: Any = AsyncComputation.start  # untyped: the checkers refuse what these tests give
start_sync: Any = AsyncComputation.start_sync


def test_start_returns_before_the_body_begins() -> None:
    began: list[int] = []
    runner = AsyncComputation.start(began.append, 1)
    assert began == []
    assert runner.result(1) is None


def test_the_body_begins_at_the_next_switch() -> None:
    began: list[int] = []
    AsyncComputation.start(began.append, 1)
    gevent.sleep(0)
    assert began == [1]


def test_the_body_gets_the_arguments() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    assert AsyncComputation.start(add, 1, 2).result(1) == 3


def test_keyword_arguments_come_through_a_partial() -> None:
    def body(*, name: str) -> str:
        return name

    assert AsyncComputation.start(partial(body, name="x")).result(1) == "x"


@pytest.mark.parametrize("args", [(1, 2), (), (1, 2, 3)], ids=["too many", "too few", "far too many"])
def test_arguments_that_do_not_fit_are_refused_by_start(args: tuple[int, ...]) -> None:
    def body(only: int) -> int:
        return only

    with pytest.raises(TypeError, match="body"):
        start(body, *args)
    assert queued() == []


def test_arguments_that_do_not_fit_are_refused_by_start_sync() -> None:
    with pytest.raises(TypeError, match="one_question"):
        start_sync(one_question, 1)
    assert queued() == []


def test_a_missing_keyword_only_argument_is_refused() -> None:
    def body(*, name: str) -> str:
        return name

    with pytest.raises(TypeError, match="name"):
        start(body)


def test_what_is_not_callable_is_refused() -> None:
    with pytest.raises(TypeError, match="not callable"):
        start(7)


def test_a_coroutine_function_is_refused() -> None:
    async def body() -> None: ...

    with pytest.raises(TypeError, match="coroutine"):
        start(body)


def test_an_owner_that_is_no_ref_is_refused() -> None:
    with pytest.raises(TypeError, match="ActorRef"):
        start(one_question, owner="me")


def test_handlers_that_are_a_context_manager_and_not_a_function_are_refused() -> None:
    with pytest.raises(TypeError, match="handlers"):
        start(one_question, handlers=gevent.Timeout(None))


@pytest.mark.parametrize("name", ["deadline", "shutdown"])
@pytest.mark.parametrize("seconds", [-1, -0.5, float("nan")], ids=["int", "float", "nan"])
def test_a_negative_time_is_a_value_error_of_start(name: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=name):
        start(one_question, **{name: seconds})
    assert queued() == []


@pytest.mark.parametrize("seconds", [-1, -0.5, float("nan")], ids=["int", "float", "nan"])
def test_a_negative_timeout_is_a_value_error_of_start_sync_and_starts_nothing(seconds: float) -> None:
    with pytest.raises(ValueError, match="timeout"):
        AsyncComputation.start_sync(returning, 1, timeout=seconds)
    assert queued() == []


@pytest.mark.parametrize("seconds", [-1, -0.5, float("nan")], ids=["int", "float", "nan"])
def test_a_negative_timeout_is_a_value_error_of_resume_sync_and_takes_no_answer(seconds: float) -> None:
    with AsyncComputation.start(one_question) as runner:
        suspend = opened(runner)
        error = attempt(lambda: runner.resume_sync("x", timeout=seconds))
        assert isinstance(error, ValueError)
        assert runner.resume_sync("y", token=suspend.token) == Completed("y")


@pytest.mark.parametrize("wait", ["wait", "result", "cancel_sync"])
@pytest.mark.parametrize("seconds", [-1, -0.5], ids=["int", "float"])
def test_a_negative_timeout_is_a_value_error_of_every_wait(wait: str, seconds: float) -> None:
    with AsyncComputation.start(one_question) as runner, pytest.raises(ValueError, match="timeout"):
        getattr(runner, wait)(timeout=seconds)


def test_a_negative_timeout_of_cancel_sync_cancels_nothing() -> None:
    with AsyncComputation.start(one_question) as runner:
        opened(runner)
        with pytest.raises(ValueError, match="timeout"):
            runner.cancel_sync(timeout=-1)
        assert runner.resume_sync("x") == Completed("x")


def test_a_negative_timeout_is_a_value_error_of_ask() -> None:
    with pytest.raises(ValueError, match="timeout"):
        AsyncComputation.start(lambda: ask(Q, timeout=-1)).result(1)


def test_a_timeout_that_is_no_number_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="timeout"):
        start_sync(returning, 1, timeout=cast(Any, "5"))


def test_with_timeout_0_a_wait_raises_when_no_outcome_is_there() -> None:
    with AsyncComputation.start(one_question) as runner:
        for wait in (runner.wait, runner.result):
            with pytest.raises(LegTimeoutError):
                wait(timeout=0)


def test_with_timeout_0_a_wait_returns_the_outcome_that_is_there() -> None:
    runner = AsyncComputation.start(returning, 7)
    settle()
    assert runner.wait(timeout=0) == Completed(7)
    assert runner.result(timeout=0) == 7


def test_start_sync_with_timeout_0_raises_and_the_outcome_comes_to_the_owner() -> None:
    with pytest.raises(LegTimeoutError):
        AsyncComputation.start_sync(returning, 7, timeout=0)
    assert outcomes() == [Completed(7)]


def test_resume_sync_with_timeout_0_raises_and_the_outcome_comes_to_the_owner() -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    with pytest.raises(LegTimeoutError):
        runner.resume_sync("x", timeout=0)
    assert outcomes() == [Completed("x")]


def test_cancel_sync_with_timeout_0_raises_and_cancels_all_the_same() -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    with pytest.raises(LegTimeoutError):
        runner.cancel_sync(timeout=0)
    settle()
    assert runner.state == "finished"


def in_thread(body: Any) -> Any:
    """Run in a plain thread with its own hub, and return what it returned."""
    found: list[Any] = []

    def run() -> None:
        found.append(attempt(body))
        gevent.get_hub().destroy()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    return found[0]


@pytest.mark.sentence("R5")
def test_sync_calls_work_in_a_plain_thread() -> None:
    def body() -> Any:
        runner, first = AsyncComputation.start_sync(one_question)
        assert isinstance(first, Suspend)
        return runner.resume_sync("x")

    assert in_thread(body) == Completed("x")


@pytest.mark.sentence("R5")
def test_sync_calls_work_in_one_plain_thread_after_another() -> None:
    for _ in range(3):
        assert in_thread(lambda: AsyncComputation.start_sync(returning, 1, timeout=2)[1]) == Completed(1)
