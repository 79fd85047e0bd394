"""Exceptions that are unlike others, and errors of clean-up where several branches end."""

from __future__ import annotations

from dataclasses import dataclass

import gevent
import pytest
from gevent.event import Event
from structlog.testing import capture_logs

from actors import (
    AsyncComputation,
    Cancelled,
    ComputationEvent,
    Prompt,
    Suspend,
    Throw,
    ask,
    parallel,
    receive,
    spawn,
    telemetry,
)
from actors.runtime import Crash, Down
from actors.testing import settle


@dataclass(frozen=True)
class NotFoundError(Exception):
    key: str


def not_found() -> None:
    raise NotFoundError("x")


def boom() -> None:
    raise ValueError("boom")


def unclean() -> None:
    try:
        ask(Prompt("x"))
    finally:
        raise KeyError("clean-up")


@pytest.mark.sentence("R3")
def test_an_exception_that_refuses_to_be_changed_reaches_the_owner() -> None:
    _, outcome = AsyncComputation.start_sync(not_found)
    assert outcome == Throw(NotFoundError("x"))


@pytest.mark.sentence("A1")
def test_an_exception_that_refuses_to_be_changed_is_the_reason_of_the_end() -> None:
    spawn(not_found, link=False, monitor=True)
    down = receive(5.0)
    assert isinstance(down, Down)
    assert down.reason == Crash(NotFoundError("x"))


def test_an_error_whose_context_is_a_circle_reaches_the_owner() -> None:
    one, two = ValueError("one"), KeyError("two")
    one.__context__, two.__context__ = two, one

    def body() -> None:
        raise one

    _, outcome = AsyncComputation.start_sync(body)
    assert isinstance(outcome, Throw)
    assert outcome.error is one
    one.__context__ = two.__context__ = None


@pytest.mark.sentence("R12", "C9")
def test_an_error_of_clean_up_in_a_branch_is_the_error_of_the_cancel() -> None:
    runner, _ = AsyncComputation.start_sync(lambda: parallel(unclean))
    outcome = runner.cancel_sync("why")
    assert isinstance(outcome, Cancelled)
    assert outcome.reason == "why"
    assert isinstance(outcome.error, KeyError)


@pytest.mark.sentence("R12", "C9")
def test_an_error_of_clean_up_in_a_branch_is_chained_to_the_first_throw() -> None:
    def late_boom() -> None:
        gevent.sleep(0)
        boom()

    _, first = AsyncComputation.start_sync(lambda: parallel(unclean, late_boom))
    assert isinstance(first, Suspend)
    event = receive(5.0)
    assert isinstance(event, ComputationEvent)
    outcome = event.outcome
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, ValueError)
    assert isinstance(outcome.error.__context__, KeyError)


@pytest.mark.sentence("C9", "R2")
def test_the_queued_questions_of_branches_that_are_being_cancelled_are_never_put() -> None:
    gate = Event()

    def decide() -> None:
        gate.wait()
        boom()

    AsyncComputation.start(lambda: parallel(decide, *[lambda i=i: ask(Prompt(f"q{i}")) for i in range(4)]))
    settle()
    gate.set()
    settle()
    outcomes = [receive(0).outcome for _ in range(2)]
    assert isinstance(outcomes[0], Suspend)
    assert isinstance(outcomes[1], Throw)
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("R11")
@pytest.mark.leaves_actors("the body that swallows its kill, and keeps it, is abandoned")
def test_a_body_that_swallows_the_kill_and_keeps_it_is_abandoned_too() -> None:
    kept: list[BaseException] = []
    abandoned = Event()
    stop = telemetry.subscribe(lambda event, _: abandoned.set() if event == "actor abandoned" else None)

    def body() -> None:
        while True:
            try:
                gevent.sleep(0.001)
            except BaseException as error:
                kept.append(error)

    runner = AsyncComputation.start(body, shutdown=0.01)
    settle()
    with capture_logs() as logged:
        assert runner.cancel_sync("enough") == Cancelled("enough", killed=True)
        assert abandoned.wait(60.0)
    stop()
    assert [(entry["event"], entry["log_level"]) for entry in logged] == [("actor abandoned", "error")]
    assert kept
