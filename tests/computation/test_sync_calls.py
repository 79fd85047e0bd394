"""R5, R6: calls that return the outcome of a leg."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import gevent.event
import pytest

from actors import AsyncComputation, Cancelled, Completed, Notify, Prompt, Suspend, Throw, ask, current, notify, spawn
from actors.effects import clock
from actors.errors import LegTimeoutError
from actors.runtime import give_way, kill
from actors.testing import ManualClock, Probe, settle
from tests.computation.common import (
    Q,
    aside,
    attempt,
    one_question,
    only,
    opened,
    outcomes,
    queued,
    raising,
    returning,
    steps,
    wizard,
)


@pytest.mark.sentence("R5")
def test_start_sync_returns_the_runner_and_the_outcome_of_the_first_leg() -> None:
    runner, outcome = AsyncComputation.start_sync(one_question)
    assert isinstance(outcome, Suspend)
    assert (outcome.value, runner.state, runner.outcome) == (Q, "suspended", outcome)
    assert outcomes() == []
    runner.cancel_sync()


@pytest.mark.sentence("R5")
def test_resume_sync_returns_the_outcome_of_the_next_leg() -> None:
    runner, _ = AsyncComputation.start_sync(wizard, "a", "b")
    second = runner.resume_sync(1)
    assert isinstance(second, Suspend)
    assert second.value == Prompt("b")
    assert runner.resume_sync(2) == Completed((1, 2))
    assert outcomes() == []


@pytest.mark.sentence("R5")
def test_start_sync_of_a_body_that_raises_returns_the_throw() -> None:
    error = ValueError()
    outcome = AsyncComputation.start_sync(raising, error)[1]
    assert isinstance(outcome, Throw)
    assert outcome.error is error


@pytest.mark.sentence("R5")
def test_sync_calls_wait_while_the_body_blocks() -> None:
    def body() -> str:
        gevent.sleep(0)
        give_way()
        answer = ask(Q)
        gevent.sleep(0)
        return answer

    runner, outcome = AsyncComputation.start_sync(body)
    assert isinstance(outcome, Suspend)
    assert runner.resume_sync("x") == Completed("x")


@pytest.mark.sentence("R5")
@pytest.mark.parametrize("run", [spawn, gevent.spawn], ids=["actor", "greenlet"])
def test_sync_calls_work_in_actors_and_in_greenlets(run: Callable[..., Any]) -> None:
    found: list[Any] = []

    def caller() -> None:
        runner, _ = AsyncComputation.start_sync(one_question)
        found.append(runner.resume_sync("x"))

    run(caller)
    settle()
    assert found == [Completed("x")]


@pytest.mark.sentence("R5")
def test_a_computation_may_own_another_and_call_it() -> None:
    def outer() -> Any:
        runner, first = AsyncComputation.start_sync(wizard, "a", "b")
        assert isinstance(first, Suspend)
        answer: Any = ask(first.value)
        second = runner.resume_sync(answer)
        assert isinstance(second, Suspend)
        return runner.resume_sync(ask(second.value))

    runner, _ = AsyncComputation.start_sync(outer)
    runner.resume_sync(1)
    assert runner.resume_sync(2) == Completed(Completed((1, 2)))
    assert outcomes() == []


@pytest.mark.sentence("R5")
def test_deeply_nested_sync_starts() -> None:
    def nested(depth: int) -> Any:
        if not depth:
            return ask(Q)
        runner, suspend = AsyncComputation.start_sync(nested, depth - 1)
        assert isinstance(suspend, Suspend)
        outcome = runner.resume_sync(ask(suspend.value))
        assert isinstance(outcome, Completed)
        return outcome.value

    runner, _ = AsyncComputation.start_sync(nested, 40)
    assert runner.resume_sync("x") == Completed("x")


@pytest.mark.sentence("R5")
def test_many_sync_legs_in_a_row_let_others_run() -> None:
    ran: list[int] = []

    def forever() -> None:
        while True:
            ask(Q)

    runner, _ = AsyncComputation.start_sync(forever)
    gevent.get_hub().loop.run_callback(ran.append, 1)
    for _ in range(5_000):
        runner.resume_sync(1)
    assert ran == [1]
    runner.cancel_sync()


@pytest.mark.sentence("R5", "R14")
def test_start_sync_for_an_owner_that_is_dead_returns_cancelled() -> None:
    probe = Probe()
    probe.end()
    with gevent.Timeout(2):
        _, outcome = AsyncComputation.start_sync(one_question, owner=probe.ref)
    assert isinstance(outcome, Cancelled)


@pytest.mark.sentence("R16", "R5")
def test_a_sync_call_gets_the_outcome_of_a_run_that_is_killed() -> None:
    def body() -> None:
        me = current()
        gevent.spawn(kill, me)
        clock.sleep(1000)

    outcome = AsyncComputation.start_sync(body)[1]
    assert isinstance(outcome, Cancelled)
    assert outcome.killed
    assert outcomes() == []


def timed_out(call: Callable[[], Any]) -> LegTimeoutError:
    """Make a sync call with a limit of a second whose time runs out, under a manual clock."""
    with ManualClock() as time:
        pusher = aside(time.advance, 1.0)
        with pytest.raises(LegTimeoutError) as caught:
            call()
        pusher.join()
    return caught.value


@pytest.mark.sentence("R6")
def test_start_sync_whose_time_runs_out_raises_with_the_runner_and_the_outcome_comes_as_an_event() -> None:
    gate = gevent.event.Event()
    error = timed_out(lambda: AsyncComputation.start_sync(lambda: (gate.wait(), ask(Q)), timeout=1.0))
    assert isinstance(error, TimeoutError)
    runner: AsyncComputation[Any] = error.runner
    assert runner.state == "running"
    assert outcomes() == []
    gate.set()
    assert isinstance(only(outcomes()), Suspend)
    assert runner.resume_sync("x") == Completed((True, "x"))


@pytest.mark.sentence("R6")
def test_resume_sync_whose_time_runs_out_raises_and_the_outcome_comes_as_an_event() -> None:
    gate = gevent.event.Event()
    runner: AsyncComputation[Any] = AsyncComputation.start(lambda: (ask(Q), gate.wait(), ask(Q)))
    opened(runner)
    assert timed_out(lambda: runner.resume_sync(1, timeout=1.0)).runner is runner
    gate.set()
    suspend = only(outcomes())
    assert isinstance(suspend, Suspend)
    assert runner.resume_sync(2, token=suspend.token) == Completed((1, True, 2))
    assert outcomes() == []


@pytest.mark.sentence("R6")
def test_no_later_call_is_given_the_outcome_of_a_leg_that_was_late() -> None:
    gate = gevent.event.Event()
    runner: AsyncComputation[Any] = AsyncComputation.start(lambda: (ask(Q), gate.wait(), ask(Q), "done"))
    opened(runner)
    timed_out(lambda: runner.resume_sync(1, timeout=1.0))
    gate.set()
    settle()
    assert runner.resume_sync(2) == Completed((1, True, 2, "done"))
    assert isinstance(only(outcomes()), Suspend)


@pytest.mark.sentence("R6", "R9")
def test_the_late_outcome_goes_to_the_owner_and_not_to_the_caller() -> None:
    gate = gevent.event.Event()
    probe = Probe()
    error = timed_out(lambda: AsyncComputation.start_sync(lambda: (gate.wait(), ask(Q)), owner=probe.ref, timeout=1.0))
    gate.set()
    assert outcomes() == []
    assert isinstance(only(probe.messages).outcome, Suspend)
    error.runner.cancel_sync()


@pytest.mark.sentence("R6")
def test_a_result_that_timed_out_leaves_later_sync_calls_one_outcome_each() -> None:
    runner = AsyncComputation.start(wizard, "a", "b")
    opened(runner)
    timed_out(lambda: runner.result(1.0))
    assert isinstance(runner.resume_sync(1), Suspend)
    assert outcomes() == []
    assert runner.resume_sync(2) == Completed((1, 2))
    assert outcomes() == []


class Foreign(BaseException):
    """Not an exception of the runtime's."""


def interrupted(call: Callable[[], Any]) -> None:
    """Make a call that a foreign timeout interrupts."""
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.001):
        call()


@pytest.mark.sentence("R6")
def test_a_foreign_timeout_in_start_sync_loses_nothing() -> None:
    gate = gevent.event.Event()
    interrupted(lambda: AsyncComputation.start_sync(lambda: (gate.wait(), "done")))
    gate.set()
    assert outcomes() == [Completed((True, "done"))]


@pytest.mark.sentence("R6")
def test_a_foreign_timeout_in_resume_sync_loses_nothing() -> None:
    gate = gevent.event.Event()
    runner: AsyncComputation[Any] = AsyncComputation.start(lambda: (ask(Q), gate.wait(), ask(Q)))
    opened(runner)
    interrupted(lambda: runner.resume_sync(1))
    gate.set()
    assert isinstance(only(outcomes()), Suspend)
    assert runner.resume_sync(2) == Completed((1, True, 2))
    assert outcomes() == []


@pytest.mark.sentence("R6", "R13")
def test_a_foreign_timeout_in_cancel_sync_loses_nothing() -> None:
    gate = gevent.event.Event()

    def body() -> None:
        try:
            ask(Q)
        finally:
            gate.wait()

    runner = AsyncComputation.start(body)
    opened(runner)
    interrupted(lambda: runner.cancel_sync("why"))
    gate.set()
    assert outcomes() == [Cancelled("why")]


@pytest.mark.sentence("R6", "R17")
@pytest.mark.parametrize("wait", ["wait", "result"])
def test_a_foreign_timeout_in_wait_and_result_loses_nothing(wait: str) -> None:
    gate = gevent.event.Event()
    runner = AsyncComputation.start(gate.wait)
    interrupted(getattr(runner, wait))
    gate.set()
    assert outcomes() == [Completed(value=True)]


@pytest.mark.sentence("R6", "R17")
@pytest.mark.parametrize("wait", ["wait", "result"])
def test_a_later_sync_call_after_an_interrupted_wait_gets_its_outcome_once(wait: str) -> None:
    runner = AsyncComputation.start(wizard, "a", "b")
    opened(runner)
    interrupted(getattr(runner, wait))
    assert isinstance(runner.resume_sync(1), Suspend)
    assert outcomes() == []
    assert runner.resume_sync(2) == Completed((1, 2))
    assert outcomes() == []


@pytest.mark.sentence("R6")
def test_a_sync_caller_that_is_killed_loses_nothing() -> None:
    gate = gevent.event.Event()
    probe = Probe()
    caller = spawn(lambda: AsyncComputation.start_sync(gate.wait, owner=probe.ref), link=False)
    settle()
    kill(caller)
    settle()
    gate.set()
    settle()
    assert [event.outcome for event in probe.messages] == [Completed(value=True)]


@pytest.mark.sentence("R5")
def test_the_body_of_a_sync_start_may_notify_while_the_caller_waits() -> None:
    _, outcome = AsyncComputation.start_sync(lambda: steps(lambda: notify(1), lambda: notify(2)))
    assert outcome == Completed([None, None])
    assert [event.outcome for event in queued()] == [Notify(1), Notify(2)]


@pytest.mark.sentence("R5", "R10")
def test_a_sync_call_inside_clean_up_of_a_cancelled_run_works() -> None:
    seen: list[Any] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            seen.append(AsyncComputation.start_sync(returning, 7)[1])

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel_sync()
    assert seen == [Completed(7)]


def test_control_attempt_returns_the_exception() -> None:
    assert isinstance(attempt(lambda: raising(Foreign())), Foreign)
