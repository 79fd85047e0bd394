"""R10, R11, R13: cancelling."""

from __future__ import annotations

from typing import Any

import gevent
import gevent.event
import gevent.lock
import pytest

from actors import AsyncComputation, Cancelled, Completed, ask, spawn
from actors.effects import clock
from actors.errors import LegTimeoutError
from actors.runtime import give_way, kill
from actors.testing import ManualClock, settle
from tests.computation.common import (
    NEVER,
    Q,
    aside,
    block,
    cancel_me,
    one_question,
    only,
    opened,
    outcomes,
    returning,
    steps,
)


@pytest.mark.sentence("R10")
def test_cancel_returns_at_once_and_the_clean_up_starts_at_the_next_switch() -> None:
    left: list[int] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            left.append(1)

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel()
    assert left == []
    gevent.sleep(0)
    assert left == [1]
    assert outcomes() == [Cancelled("cancelled")]


@pytest.mark.sentence("R10", "R2")
def test_cancelled_follows_once_after_the_last_scope_was_left() -> None:
    gate = gevent.event.Event()

    def body() -> None:
        try:
            ask(Q)
        finally:
            gate.wait()

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("why")
    assert outcomes() == []
    assert runner.state == "running"
    gate.set()
    assert outcomes() == [Cancelled("why")]


def wait_lock() -> None:
    lock = gevent.lock.Semaphore(0)
    lock.acquire()


@pytest.mark.sentence("R10")
@pytest.mark.parametrize(
    "blocking",
    [one_question, lambda: clock.sleep(NEVER), block, wait_lock, gevent.event.Event().wait],
    ids=["ask", "sleep", "gevent.sleep", "lock", "event"],
)
def test_a_run_that_blocks_is_signalled_there(blocking: Any) -> None:
    runner = AsyncComputation.start(blocking)
    settle()
    assert runner.cancel_sync("why") == Cancelled("why")
    outcomes()


@pytest.mark.sentence("R10")
@pytest.mark.parametrize(
    "blocking",
    [one_question, lambda: clock.sleep(NEVER), give_way, block, wait_lock, gevent.event.Event().wait],
    ids=["ask", "sleep", "give_way", "gevent.sleep", "lock", "event"],
)
def test_a_running_body_is_signalled_at_its_next_blocking_point_and_not_in_plain_code(blocking: Any) -> None:
    seen: list[str] = []

    def body() -> None:
        cancel_me()
        seen.append("plain code")
        blocking()
        seen.append("went on")

    assert AsyncComputation.start_sync(body)[1] == Cancelled("mine")
    assert seen == ["plain code"]


@pytest.mark.sentence("R10")
@pytest.mark.parametrize(
    "blocking",
    [one_question, lambda: clock.sleep(NEVER), block, wait_lock, gevent.event.Event().wait],
    ids=["ask", "sleep", "gevent.sleep", "lock", "event"],
)
def test_a_body_that_was_resumed_and_has_not_run_yet_is_signalled_at_its_next_blocking_point(blocking: Any) -> None:
    def body() -> None:
        ask(Q)
        blocking()

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.resume("x")
    runner.cancel("why")
    settle()
    found = runner.outcome
    if runner.state != "finished":
        kill(runner.ref)
    outcomes()
    assert found == Cancelled("why")


@pytest.mark.sentence("R10")
def test_a_body_that_never_switches_is_signalled_at_the_next_blocking_point_it_comes_to() -> None:
    runner: AsyncComputation[Any] = AsyncComputation.start(lambda: steps(cancel_me, lambda: sum(range(10_000)), give_way))
    assert outcomes() == [Cancelled("mine")]
    assert runner.state == "finished"


@pytest.mark.sentence("R10")
def test_a_run_that_has_not_begun_never_runs() -> None:
    began: list[int] = []
    runner = AsyncComputation.start(began.append, 1)
    runner.cancel("early")
    assert outcomes() == [Cancelled("early")]
    assert began == []


@pytest.mark.sentence("R10")
def test_a_finished_run_is_not_affected() -> None:
    runner, outcome = AsyncComputation.start_sync(returning, 7)
    runner.cancel()
    settle()
    assert runner.outcome is outcome


@pytest.mark.sentence("R10")
def test_the_first_reason_wins() -> None:
    runner = AsyncComputation.start(one_question)
    opened(runner)
    runner.cancel("first")
    runner.cancel("second")
    assert outcomes() == [Cancelled("first")]


@pytest.mark.sentence("R10")
def test_the_first_reason_wins_during_clean_up_too() -> None:
    gate = gevent.event.Event()

    def body() -> None:
        try:
            ask(Q)
        finally:
            gate.wait()

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("first")
    settle()
    runner.cancel("second")
    settle()
    assert runner.state == "running"
    gate.set()
    assert outcomes() == [Cancelled("first")]


@pytest.mark.sentence("R10")
def test_a_body_that_returns_before_the_signal_was_raised_keeps_its_result() -> None:
    def body() -> str:
        cancel_me()
        return "done"

    AsyncComputation.start(body)
    assert outcomes() == [Completed("done")]


@pytest.mark.sentence("R10")
def test_a_body_that_raises_before_the_signal_was_raised_keeps_its_error() -> None:
    error = ValueError()

    def body() -> None:
        cancel_me()
        raise error

    AsyncComputation.start(body)
    assert only(outcomes()).error is error


@pytest.mark.sentence("R10")
def test_a_body_that_swallows_the_signal_and_returns_is_cancelled() -> None:
    def body() -> str:
        try:
            ask(Q)
        except BaseException:
            pass
        return "swallowed"

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("why")
    assert outcomes() == [Cancelled("why")]


@pytest.mark.sentence("R10")
def test_except_exception_does_not_catch_the_signal() -> None:
    caught: list[Exception] = []

    def body() -> None:
        try:
            ask(Q)
        except Exception as error:
            caught.append(error)

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel_sync()
    assert caught == []


@pytest.mark.sentence("R10")
@pytest.mark.parametrize("reason", [None, "", 0, ValueError("x"), ("a", 1)], ids=["None", "empty", "0", "error", "tuple"])
def test_any_value_is_a_reason(reason: object) -> None:
    runner = AsyncComputation.start(one_question)
    opened(runner)
    outcome = runner.cancel_sync(reason)
    assert isinstance(outcome, Cancelled)
    assert outcome.reason is reason


@pytest.mark.sentence("R13")
def test_cancel_sync_returns_cancelled_and_leaves_no_event() -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    assert runner.cancel_sync("why") == Cancelled("why")
    assert outcomes() == []


@pytest.mark.sentence("R13")
def test_cancel_sync_of_a_run_that_has_not_begun() -> None:
    assert AsyncComputation.start(one_question).cancel_sync("why") == Cancelled("why")
    assert outcomes() == []


@pytest.mark.sentence("R13")
def test_cancel_sync_returns_what_the_run_had_come_to_before() -> None:
    runner = AsyncComputation.start(returning, 7)
    settle()
    assert runner.cancel_sync() == Completed(7)
    assert outcomes() == []


@pytest.mark.sentence("R13")
def test_cancel_sync_whose_time_runs_out_raises_and_the_outcome_comes_as_an_event() -> None:
    gate = gevent.event.Event()

    def body() -> None:
        try:
            ask(Q)
        finally:
            gate.wait()

    with ManualClock() as time:
        runner = AsyncComputation.start(body)
        opened(runner)
        pusher = aside(time.advance, 2.0)
        with pytest.raises(LegTimeoutError) as caught:
            runner.cancel_sync("why", timeout=2.0)
        pusher.join()
        assert caught.value.runner is runner
        assert outcomes() == []
        gate.set()
        assert outcomes() == [Cancelled("why")]


@pytest.mark.sentence("R13")
def test_cancel_sync_by_another_actor_leaves_the_owner_its_event() -> None:
    runner = AsyncComputation.start(one_question)
    opened(runner)
    found: list[Any] = []
    spawn(lambda: found.append(runner.cancel_sync("why")))
    assert outcomes() == [Cancelled("why")]
    assert found == [Cancelled("why")]
