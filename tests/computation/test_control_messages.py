"""R20: what a runner's mailbox takes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from actors import AsyncComputation, Cancel, Cancelled, Completed, Resume, receive, send, spawn
from actors.runtime import dead_letters
from actors.testing import settle
from tests.computation.common import attempt, block, one_question, opened, outcomes, returning, wizard

pytestmark = pytest.mark.sentence("R20")


@pytest.fixture
def letters() -> Generator[list[Any]]:
    """The dead letters of this test."""
    found: list[Any] = []
    stop = dead_letters.subscribe(lambda _, message: found.append(message))
    yield found
    stop()


@pytest.mark.parametrize("with_token", [True, False], ids=["token", "no token"])
def test_a_resume_message_does_what_resume_does(with_token: bool, letters: list[Any]) -> None:
    runner = AsyncComputation.start(one_question)
    suspend = opened(runner)
    send(runner.ref, Resume("x", suspend.token if with_token else None))
    assert outcomes() == [Completed("x")]
    assert letters == []


@pytest.mark.parametrize("body", [one_question, block], ids=["suspended", "running"])
def test_a_cancel_message_does_what_cancel_does(body: Any, letters: list[Any]) -> None:
    runner = AsyncComputation.start(body)
    settle()
    send(runner.ref, Cancel("why"))
    settle()
    assert runner.outcome == Cancelled("why")
    assert letters == []


def test_a_cancel_message_before_the_body_begins() -> None:
    runner = AsyncComputation.start(one_question)
    send(runner.ref, Cancel("why"))
    assert outcomes() == [Cancelled("why")]


def test_a_resume_message_with_a_stale_token_becomes_a_dead_letter(letters: list[Any]) -> None:
    with AsyncComputation.start(wizard, "a", "b") as runner:
        first = opened(runner)
        first.resume(1)
        opened(runner)
        message = Resume(2, first.token)
        send(runner.ref, message)
        assert runner.state == "suspended"
        assert letters == [message]


def test_a_resume_message_to_a_running_runner_becomes_a_dead_letter(letters: list[Any]) -> None:
    with AsyncComputation.start(block) as runner:
        settle()
        send(runner.ref, Resume(1))
        assert letters == [Resume(1)]


@pytest.mark.parametrize("message", [Resume(1), Cancel("x")], ids=["Resume", "Cancel"])
def test_a_message_to_a_finished_runner_becomes_a_dead_letter(message: Any, letters: list[Any]) -> None:
    runner, _ = AsyncComputation.start_sync(returning, 7)
    send(runner.ref, message)
    assert letters == [message]


def test_any_other_message_becomes_a_dead_letter(letters: list[Any]) -> None:
    with AsyncComputation.start(one_question) as runner:
        opened(runner)
        send(runner.ref, "hello")
        assert letters == ["hello"]
        assert runner.state == "suspended"


def test_messages_of_another_actor_are_taken() -> None:
    runner = AsyncComputation.start(one_question)
    suspend = opened(runner)
    spawn(send, runner.ref, Resume("x", suspend.token))
    assert outcomes() == [Completed("x")]


@pytest.mark.parametrize("timeout", [None, 0, 1.0], ids=["for ever", "0", "1"])
def test_receive_inside_a_computation_raises(timeout: float | None) -> None:
    assert isinstance(AsyncComputation.start(attempt, lambda: receive(timeout)).result(1), RuntimeError)


def test_receive_with_a_predicate_inside_a_computation_raises() -> None:
    body = AsyncComputation.start(attempt, lambda: receive(match=lambda _: True))
    assert isinstance(body.result(1), RuntimeError)
