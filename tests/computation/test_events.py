"""R2, R3, R4: what the owner hears."""

from __future__ import annotations

import traceback
from typing import Any

import gevent
import pytest

from actors import (
    AsyncComputation,
    Cancel,
    Cancelled,
    Completed,
    ComputationEvent,
    Notify,
    Prompt,
    Resume,
    Suspend,
    Throw,
    ask,
    notify,
    parallel,
)
from actors.runtime import Down, kill, monitor, trap_exits
from actors.testing import Probe, settle
from tests.computation.common import Q, one_question, only, outcomes, queued, raising, returning, wizard


@pytest.mark.sentence("R2", "R1")
def test_an_outcome_comes_as_an_event_with_tag_outcome_and_runner() -> None:
    runner = AsyncComputation.start(returning, 7, tag=("job", 1))
    event = only(queued())
    assert type(event) is ComputationEvent
    assert (event.tag, event.outcome, event.runner) == (("job", 1), Completed(7), runner)


@pytest.mark.sentence("R2")
def test_every_leg_ends_in_exactly_one_outcome() -> None:
    runner = AsyncComputation.start(wizard, "a", "b")
    first = only(outcomes())
    assert first == Suspend(Prompt("a"), first.token, {})
    runner.resume(1)
    second = only(outcomes())
    assert second == Suspend(Prompt("b"), second.token, {})
    runner.resume(2)
    assert outcomes() == [Completed((1, 2))]


@pytest.mark.sentence("R2")
def test_a_suspension_without_decoration_or_refusal_has_no_data_and_no_error() -> None:
    with AsyncComputation.start(one_question):
        suspend = only(outcomes())
        assert (suspend.data, suspend.error) == ({}, None)


@pytest.mark.sentence("R2", "R3")
def test_an_exception_comes_as_a_throw_with_the_very_object() -> None:
    error = ValueError("x")
    AsyncComputation.start(raising, error)
    outcome = only(outcomes())
    assert type(outcome) is Throw
    assert outcome.error is error


@pytest.mark.sentence("R3")
def test_a_throw_has_its_traceback_beginning_in_the_body() -> None:
    def inner() -> None:
        raise ValueError("x")

    def body() -> None:
        inner()

    AsyncComputation.start(body)
    error = only(outcomes()).error
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == ["body", "inner"]


@pytest.mark.sentence("R3")
def test_a_throw_has_its_cause_and_context() -> None:
    cause, context = KeyError("k"), OSError("o")

    def body() -> None:
        try:
            raise context
        except OSError:
            raise ValueError("v") from cause

    AsyncComputation.start(body)
    error = only(outcomes()).error
    assert (error.__cause__, error.__context__) == (cause, context)


@pytest.mark.sentence("R2")
@pytest.mark.parametrize(
    "value",
    [Completed(1), Throw(ValueError()), Cancelled("no"), Suspend(Q, 1, {}), Notify(1), Resume(1), Cancel()],
    ids=["Completed", "Throw", "Cancelled", "Suspend", "Notify", "Resume", "Cancel"],
)
def test_a_computation_that_returns_an_outcome_is_completed_with_that_value(value: Any) -> None:
    runner = AsyncComputation.start(returning, value)
    outcome = only(outcomes())
    assert [type(outcome), outcome.value is value] == [Completed, True]
    assert runner.result(0) is value


@pytest.mark.sentence("R2")
@pytest.mark.parametrize(
    "value", [Completed(1), Cancelled("no"), Suspend(Q, 1, {})], ids=["Completed", "Cancelled", "Suspend"]
)
def test_start_sync_of_a_computation_that_returns_an_outcome_returns_it_completed(value: Any) -> None:
    outcome: Any = AsyncComputation.start_sync(returning, value)[1]
    assert [type(outcome), outcome.value is value] == [Completed, True]


@pytest.mark.sentence("R2")
def test_nothing_follows_a_final_outcome() -> None:
    runner = AsyncComputation.start(returning, 7)
    assert outcomes() == [Completed(7)]
    runner.cancel()
    assert outcomes() == []


@pytest.mark.sentence("R2")
def test_notices_of_a_body_that_outlives_its_kill_are_not_sent() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            notify("late")

    runner = AsyncComputation.start(body)
    assert isinstance(only(outcomes()), Suspend)
    kill(runner.ref)
    assert [type(outcome) for outcome in outcomes()] == [Cancelled]


@pytest.mark.sentence("R2")
def test_no_down_comes_without_a_monitor() -> None:
    AsyncComputation.start(returning, 7)
    assert [type(message) for message in queued()] == [ComputationEvent]


@pytest.mark.sentence("R2")
@pytest.mark.parametrize("end", ["return", "throw", "cancel", "kill"])
def test_a_run_sends_its_owner_nothing_but_events(end: str) -> None:
    trap_exits(True)

    def body() -> None:
        notify(1)
        if ask(Q) == "throw":
            raise ValueError

    runner = AsyncComputation.start(body)
    found = queued()
    {"cancel": runner.cancel, "kill": lambda: kill(runner.ref)}.get(end, lambda: runner.resume(end))()
    found += queued()
    trap_exits(False)
    assert [type(message) for message in found] == [ComputationEvent] * 3


@pytest.mark.sentence("R2")
def test_a_down_comes_with_a_monitor_after_the_outcome() -> None:
    runner = AsyncComputation.start(returning, 7)
    monitor(runner.ref)
    assert [type(message) for message in queued()] == [ComputationEvent, Down]


@pytest.mark.sentence("R2", "R1")
def test_events_go_to_the_owner_that_start_was_given() -> None:
    probe = Probe()
    runner = AsyncComputation.start(returning, 7, owner=probe.ref, tag="t")
    assert probe.receive() == ComputationEvent("t", Completed(7), runner)
    assert queued() == []


@pytest.mark.sentence("R4")
def test_a_notice_does_not_suspend() -> None:
    def body() -> str:
        notify(1)
        return "went on"

    _, outcome = AsyncComputation.start_sync(body)
    assert outcome == Completed("went on")
    assert outcomes() == [Notify(1)]


@pytest.mark.sentence("R4", "R2")
def test_notices_and_outcomes_keep_their_order() -> None:
    def body() -> str:
        notify(1)
        notify(2)
        ask(Q)
        notify(3)
        return "done"

    runner = AsyncComputation.start(body)
    settle()
    runner.resume("x")
    one, two, suspend, three, done = outcomes()
    assert isinstance(suspend, Suspend)
    assert [one, two, three, done] == [Notify(1), Notify(2), Notify(3), Completed("done")]


@pytest.mark.sentence("R4")
def test_a_notice_in_clean_up_comes_before_cancelled() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            notify("bye")

    runner = AsyncComputation.start(body)
    settle()
    runner.cancel()
    assert outcomes()[1:] == [Notify("bye"), Cancelled("cancelled")]


@pytest.mark.sentence("R4")
def test_a_notice_goes_to_the_owner_also_in_a_leg_with_a_sync_caller() -> None:
    def body() -> str:
        notify(1)
        return ask(Q)

    probe = Probe()
    runner, _ = AsyncComputation.start_sync(body, owner=probe.ref)
    assert probe.receive(0).outcome == Notify(1)
    runner.cancel_sync()


@pytest.fixture
def raised_in_main() -> Any:
    """Call it with the exception class to see that the main greenlet gets it, once."""

    def check(kind: type[BaseException]) -> None:
        with pytest.raises(kind):
            settle()
        settle()  # and not once more

    return check


class Ending(BaseException):
    """An error that is no `Exception`, such as the outcomes of a test."""


@pytest.mark.sentence("R3")
@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, Ending])
def test_a_system_error_ends_the_run_as_a_throw_and_is_raised_in_the_main_greenlet(
    kind: type[BaseException], raised_in_main: Any
) -> None:
    error = kind("x")
    AsyncComputation.start(raising, error)
    raised_in_main(kind)
    assert only(outcomes()).error is error


@pytest.mark.sentence("R3")
@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, Ending])
def test_a_system_error_after_a_question_is_a_throw_too(kind: type[BaseException], raised_in_main: Any) -> None:
    def body() -> None:
        raise kind(ask(Q))

    runner = AsyncComputation.start(body)
    settle()
    runner.resume("x")
    raised_in_main(kind)
    assert [type(outcome) for outcome in outcomes()] == [Suspend, Throw]


@pytest.mark.sentence("R3", "C9")
def test_a_system_error_in_a_branch_is_raised_in_the_main_greenlet_once(raised_in_main: Any) -> None:
    error = SystemExit("x")
    AsyncComputation.start(lambda: parallel(lambda: raising(error), lambda: gevent.sleep(0)))
    raised_in_main(SystemExit)
    assert only(outcomes()).error is error
