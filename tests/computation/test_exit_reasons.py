"""R15, R16: what monitors and links see of a run's actor, and the run that is killed."""

from __future__ import annotations

from typing import Any

import gevent.event
import pytest

from actors import AsyncComputation, Cancelled, Completed, Suspend, ask
from actors.computation import DeadlineExceeded
from actors.runtime import Crash, Down, Exit, Killed, Normal, Shutdown, kill, link, monitor, trap_exits
from actors.testing import ManualClock, settle
from tests.computation.common import Q, block, one_question, only, opened, outcomes, queued, raising, returning


def reason_of(runner: AsyncComputation[Any]) -> Any:
    """The reason of the only `Down` in the mailbox, the run being watched by the caller."""
    return only([message for message in queued() if isinstance(message, Down) and message.ref is runner.ref]).reason


def watched(fn: Any, *args: Any) -> AsyncComputation[Any]:
    runner: AsyncComputation[Any] = AsyncComputation.start(fn, *args)
    monitor(runner.ref)
    return runner


@pytest.mark.sentence("R15")
def test_monitors_see_normal_after_completed() -> None:
    assert reason_of(watched(returning, 7)) == Normal()


@pytest.mark.sentence("R15")
def test_monitors_see_crash_with_the_error_after_a_throw() -> None:
    error = ValueError()
    assert reason_of(watched(raising, error)) == Crash(error)


@pytest.mark.sentence("R15")
@pytest.mark.parametrize("body", [one_question, block], ids=["suspended", "blocked"])
def test_monitors_see_shutdown_with_the_reason_after_cancelled(body: Any) -> None:
    runner = watched(body)
    settle()
    runner.cancel("why")
    assert reason_of(runner) == Shutdown("why")


@pytest.mark.sentence("R15")
def test_monitors_see_shutdown_when_the_body_never_began() -> None:
    runner = watched(one_question)
    runner.cancel("why")
    assert reason_of(runner) == Shutdown("why")


@pytest.mark.sentence("R15")
def test_monitors_see_shutdown_when_the_body_swallowed_the_signal() -> None:
    def body() -> None:
        try:
            ask(Q)
        except BaseException:
            pass

    runner = watched(body)
    settle()
    runner.cancel("why")
    assert reason_of(runner) == Shutdown("why")


@pytest.mark.sentence("R15")
def test_monitors_see_killed_after_a_kill() -> None:
    runner = watched(one_question)
    settle()
    kill(runner.ref)
    assert reason_of(runner) == Killed()


@pytest.mark.sentence("R15")
def test_monitors_see_killed_after_a_clean_up_that_took_too_long() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            block()

    with ManualClock() as time:
        runner = watched(body)
        settle()
        runner.cancel()
        time.advance(5)
        assert reason_of(runner) == Killed()


@pytest.mark.sentence("R15", "R19")
def test_monitors_see_shutdown_after_a_deadline() -> None:
    with ManualClock() as time:
        runner: AsyncComputation[Any] = AsyncComputation.start(one_question, deadline=2.0)
        monitor(runner.ref)
        time.advance(2)
        assert reason_of(runner) == Shutdown(DeadlineExceeded(2.0))


@pytest.mark.sentence("R15")
def test_linked_actors_see_the_same_reasons() -> None:
    trap_exits(True)
    runner = AsyncComputation.start(one_question)
    opened(runner)
    link(runner.ref)
    runner.cancel("why")
    exits = [message for message in queued() if isinstance(message, Exit)]
    assert only(exits).reason == Shutdown("why")


@pytest.mark.sentence("R16")
def test_a_run_that_is_killed_yields_one_final_outcome_at_once() -> None:
    gate = gevent.event.Event()

    def body() -> None:
        try:
            ask(Q)
        finally:
            gate.wait()

    runner = AsyncComputation.start(body)
    opened(runner)
    kill(runner.ref)
    assert runner.state == "finished"
    outcome = runner.outcome
    assert isinstance(outcome, Cancelled)
    assert outcome.killed
    assert outcomes() == [outcome]
    gate.set()
    assert outcomes() == []


@pytest.mark.sentence("R16")
def test_a_run_that_is_killed_before_it_begins_yields_one_final_outcome() -> None:
    began: list[int] = []
    runner = AsyncComputation.start(began.append, 1)
    kill(runner.ref)
    assert only(outcomes()).killed
    assert began == []
    assert runner.state == "finished"


@pytest.mark.sentence("R16")
def test_a_run_that_is_killed_while_it_is_being_cancelled_keeps_the_reason_of_the_cancel() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            block()

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("why")
    settle()
    kill(runner.ref)
    assert outcomes() == [Cancelled("why", killed=True)]


@pytest.mark.sentence("R16")
def test_a_kill_between_resume_and_the_next_leg_yields_one_final_outcome() -> None:
    def body() -> str:
        ask(Q)
        return "not reached"

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.resume("x")
    kill(runner.ref)
    assert only(outcomes()).killed


@pytest.mark.sentence("R16")
def test_the_scopes_of_a_killed_run_are_left_and_its_clean_up_may_not_ask() -> None:
    left: list[Any] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            try:
                ask(Q)
            except BaseException as error:
                left.append(type(error).__name__)

    runner = AsyncComputation.start(body)
    opened(runner)
    kill(runner.ref)
    assert len(outcomes()) == 1
    assert left == ["ActorExit"]


@pytest.mark.sentence("R16")
def test_kill_of_a_finished_run_does_nothing() -> None:
    runner, outcome = AsyncComputation.start_sync(returning, 7)
    kill(runner.ref)
    assert outcomes() == []
    assert runner.outcome is outcome == Completed(7)


@pytest.mark.sentence("R16")
def test_killing_a_run_that_is_handling_another_exception_yields_one_outcome() -> None:
    def body() -> None:
        try:
            raise ValueError
        except ValueError:
            ask(Q)

    runner = AsyncComputation.start(body)
    assert isinstance(only(outcomes()), Suspend)
    kill(runner.ref)
    assert only(outcomes()).killed
