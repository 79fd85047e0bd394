"""R7, R8, R9, R20 (refusals), R21 (parse): answers that are taken and answers that are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import gevent.event
import pytest

from actors import (
    AsyncComputation,
    Cancelled,
    Completed,
    ComputationEvent,
    Question,
    Resume,
    Suspend,
    ask,
    receive,
    send,
    spawn,
)
from actors.effects import clock
from actors.errors import FinishedError, NotSuspendedError, StaleTokenError
from actors.testing import ManualClock, Probe, settle
from tests.computation.common import Q, aside, attempt, one_question, only, opened, outcomes, returning, wizard


class Number(Question[int]):
    """A question whose answers go through `parse`."""

    def parse(self, answer: Any) -> int:
        if answer == "broken":
            raise TypeError("parse is broken")
        return int(answer)


class Slow(Question[str]):
    """A question whose `parse` switches."""

    def parse(self, answer: Any) -> str:
        gevent.sleep(0)
        return str(answer)


def number() -> int:
    return ask(Number())


ways = pytest.mark.parametrize(
    "answer", [AsyncComputation[Any].resume, AsyncComputation[Any].resume_sync], ids=["resume", "resume_sync"]
)
Answer = Callable[..., Any]


def test_a_resume_delivers_the_value_and_the_next_outcome_comes_as_an_event() -> None:
    runner = AsyncComputation.start(one_question)
    opened(runner)
    runner.resume("x")
    assert outcomes() == [Completed("x")]


@pytest.mark.parametrize("value", [None, 0, ValueError("a value"), Completed(1)], ids=["None", "0", "error", "outcome"])
def test_any_value_is_an_answer(value: object) -> None:
    runner: AsyncComputation[Any]
    runner, _ = AsyncComputation.start_sync(one_question)
    outcome = runner.resume_sync(value)
    assert isinstance(outcome, Completed)
    assert outcome.value is value


@pytest.mark.sentence("R7")
@ways
def test_an_answer_to_a_finished_runner_is_a_finished_error_with_the_final_outcome(answer: Answer) -> None:
    runner, outcome = AsyncComputation.start_sync(returning, 7)
    with pytest.raises(FinishedError) as caught:
        answer(runner, "x")
    assert isinstance(caught.value, NotSuspendedError)
    assert caught.value.outcome is outcome


@pytest.mark.sentence("R7", "R8")
@ways
def test_an_answer_to_a_cancelled_runner_is_a_finished_error(answer: Answer) -> None:
    runner, suspend = AsyncComputation.start_sync(one_question)
    runner.cancel_sync("no")
    assert isinstance(suspend, Suspend)
    for token in (None, suspend.token):
        with pytest.raises(FinishedError) as caught:
            answer(runner, "x", token=token)
        assert caught.value.outcome == Cancelled("no")


@pytest.mark.sentence("R7")
def test_cancel_sync_of_a_finished_runner_returns_the_final_outcome() -> None:
    runner, outcome = AsyncComputation.start_sync(returning, 7)
    assert runner.cancel_sync() is outcome


@pytest.mark.sentence("R8")
@ways
def test_an_answer_to_a_running_runner_is_a_not_suspended_error(answer: Answer) -> None:
    with AsyncComputation.start(clock.sleep, 10.0) as runner:
        for _ in range(2):
            error = attempt(lambda: answer(runner, "x"))
            assert type(error) is NotSuspendedError
            settle()


@pytest.mark.sentence("R8", "R10")
@ways
def test_an_answer_after_a_cancel_is_refused_before_the_clean_up_began(answer: Answer) -> None:
    runner, suspend = AsyncComputation.start_sync(one_question)
    assert isinstance(suspend, Suspend)
    runner.cancel()
    assert type(attempt(lambda: answer(runner, "x", token=suspend.token))) is StaleTokenError
    assert type(attempt(lambda: answer(runner, "x"))) is NotSuspendedError
    assert outcomes() == [Cancelled("cancelled")]


@pytest.mark.sentence("R20")
def test_a_resume_message_that_is_refused_does_not_reach_its_sender() -> None:
    runner, _ = AsyncComputation.start_sync(returning, 7)
    send(runner.ref, Resume("x"))
    assert outcomes() == []


@pytest.mark.sentence("R9")
def test_a_leg_resumed_with_reply_to_ends_there() -> None:
    probe = Probe()
    runner, _ = AsyncComputation.start_sync(wizard, "a", "b", tag="t")
    runner.resume(1, reply_to=probe.ref)
    settle()
    event = only(probe.messages)
    assert isinstance(event, ComputationEvent)
    assert (event.tag, event.runner) == ("t", runner)
    assert isinstance(event.outcome, Suspend)
    assert outcomes() == []
    runner.cancel_sync()


@pytest.mark.sentence("R9")
def test_the_next_leg_goes_to_the_owner_again() -> None:
    probe = Probe()
    runner, _ = AsyncComputation.start_sync(wizard, "a", "b", "c")
    runner.resume(1, reply_to=probe.ref)
    settle()
    runner.resume(2)
    assert isinstance(only(outcomes()), Suspend)
    assert len(probe.messages) == 1
    runner.cancel_sync()


@pytest.mark.sentence("R9")
def test_a_final_outcome_goes_to_reply_to_and_to_the_owner() -> None:
    probe = Probe()
    runner, _ = AsyncComputation.start_sync(one_question)
    runner.resume(1, reply_to=probe.ref)
    assert outcomes() == [Completed(1)]
    assert [event.outcome for event in probe.messages] == [Completed(1)]


@pytest.mark.sentence("R9")
def test_a_final_outcome_goes_once_to_an_owner_that_is_reply_to() -> None:
    probe = Probe()
    runner, _ = AsyncComputation.start_sync(one_question, owner=probe.ref)
    runner.resume(1, reply_to=probe.ref)
    settle()
    assert [event.outcome for event in probe.messages] == [Completed(1)]


@pytest.mark.sentence("R9")
def test_the_final_outcome_of_a_sync_call_goes_to_an_owner_that_is_not_the_caller() -> None:
    probe = Probe()
    runner, _ = AsyncComputation.start_sync(one_question, owner=probe.ref)
    assert probe.messages == []
    assert runner.resume_sync(1) == Completed(1)
    assert [event.outcome for event in probe.messages] == [Completed(1)]
    assert outcomes() == []


@pytest.mark.sentence("R9")
def test_the_final_outcome_of_the_owners_own_sync_call_is_no_event() -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    assert runner.resume_sync(1) == Completed(1)
    assert outcomes() == []


@pytest.mark.sentence("R9")
def test_reply_to_a_waiting_actor_gives_it_the_outcome_as_a_message() -> None:
    heard: list[Any] = []
    other = spawn(lambda: heard.append(receive()))
    runner, _ = AsyncComputation.start_sync(one_question)
    settle()
    runner.resume(1, reply_to=other)
    settle()
    assert [event.outcome for event in heard] == [Completed(1)]
    outcomes()


def test_reply_to_must_be_a_ref_and_the_answer_is_not_taken() -> None:
    with AsyncComputation.start(one_question) as runner:
        opened(runner)
        resume: Any = runner.resume
        with pytest.raises(TypeError, match="ActorRef"):
            resume("x", reply_to="me")
        assert runner.state == "suspended"


@pytest.mark.sentence("R21")
def test_an_answer_goes_through_parse() -> None:
    runner, _ = AsyncComputation.start_sync(number)
    assert runner.resume_sync("7") == Completed(7)


@pytest.mark.sentence("R21")
def test_a_refused_answer_puts_the_question_again_with_the_message_to_the_owner() -> None:
    runner = AsyncComputation.start(number)
    first = opened(runner)
    runner.resume("seven")
    again = only(outcomes())
    assert again == Suspend(Number(), again.token, {}, "invalid literal for int() with base 10: 'seven'")
    only_token: int = again.token
    assert only_token != first.token
    assert runner.outcome == again
    runner.resume("7", token=only_token)
    assert outcomes() == [Completed(7)]


@pytest.mark.sentence("R21")
def test_a_refused_answer_to_resume_sync_returns_the_new_suspension() -> None:
    runner, first = AsyncComputation.start_sync(number)
    again = runner.resume_sync("seven")
    assert isinstance(first, Suspend)
    assert isinstance(again, Suspend)
    assert again.error is not None
    assert outcomes() == []
    with pytest.raises(StaleTokenError):
        first.resume("7")
    assert runner.resume_sync("7", token=again.token) == Completed(7)


@pytest.mark.sentence("R17", "R21")
def test_who_waits_hears_of_a_question_that_is_put_again_to_a_sync_caller() -> None:
    runner, _ = AsyncComputation.start_sync(number)
    waiter = aside(runner.wait)
    settle()
    again = runner.resume_sync("seven")
    assert waiter.get(timeout=5.0) is again
    assert runner.resume_sync("7") == Completed(7)


@pytest.mark.sentence("R20", "R21")
def test_a_refused_answer_in_a_message_puts_the_question_again() -> None:
    runner = AsyncComputation.start(number)
    opened(runner)
    send(runner.ref, Resume("seven"))
    assert only(outcomes()).error is not None
    runner.cancel_sync()


@pytest.mark.sentence("R9", "R21")
def test_a_refused_answer_with_reply_to_puts_the_question_again_there() -> None:
    probe = Probe()
    runner = AsyncComputation.start(number)
    opened(runner)
    runner.resume("seven", reply_to=probe.ref)
    settle()
    assert only(probe.messages).outcome.error is not None
    runner.cancel_sync()


@pytest.mark.sentence("R21")
@ways
def test_parse_that_raises_something_else_raises_it_where_the_answer_was_given_and_takes_nothing(answer: Answer) -> None:
    runner, suspend = AsyncComputation.start_sync(number)
    with pytest.raises(TypeError, match="parse is broken"):
        answer(runner, "broken")
    assert isinstance(suspend, Suspend)
    assert runner.resume_sync("7", token=suspend.token) == Completed(7)


@pytest.mark.sentence("R20", "R21")
def test_parse_that_raises_something_else_does_not_reach_the_sender_of_a_message() -> None:
    runner, suspend = AsyncComputation.start_sync(number)
    send(runner.ref, Resume("broken"))
    assert isinstance(suspend, Suspend)
    assert runner.resume_sync("7", token=suspend.token) == Completed(7)


@pytest.mark.sentence("R8")
@pytest.mark.parametrize("question", [Q, Slow()], ids=["plain", "parse that switches"])
def test_of_two_concurrent_resumes_exactly_one_succeeds(question: Question[str]) -> None:
    runner = AsyncComputation.start(ask, question)
    suspend = opened(runner)
    results: list[Any] = []
    for name in ("a", "b", "c"):
        spawn(lambda name=name: results.append((name, attempt(lambda: runner.resume(name, token=suspend.token)))))  # type: ignore[misc]
    done = only(outcomes())
    winners = [name for name, result in results if result is None]
    assert done == Completed(only(winners))
    assert {type(result) for _, result in results if result is not None} <= {StaleTokenError, FinishedError}


@pytest.mark.sentence("R8")
def test_of_two_concurrent_resume_syncs_without_a_token_exactly_one_succeeds() -> None:
    runner = AsyncComputation.start(ask, Slow())
    opened(runner)
    results: list[Any] = []
    for name in ("a", "b"):
        spawn(lambda name=name: results.append(attempt(lambda: runner.resume_sync(name))))  # type: ignore[misc]
    settle()
    assert sum(isinstance(result, Completed) for result in results) == 1
    assert sum(isinstance(result, NotSuspendedError | StaleTokenError) for result in results) == 1
    outcomes()


@pytest.mark.sentence("R21", "R8")
@ways
def test_an_answer_that_meets_the_timeout_of_the_ask_is_taken_or_refused_but_never_both(answer: Answer) -> None:
    def body() -> Any:
        try:
            got: Any = ask(Q, timeout=1.0)
        except TimeoutError:
            got = "timed out"
        gate.wait()  # whoever switches here without being asked to breaks it
        return got

    gate = gevent.event.Event()

    with ManualClock() as time:
        runner = AsyncComputation.start(body)
        suspend = opened(runner)
        answers: list[Any] = []

        def fire_and_answer() -> None:
            # The timer has fired and the body has not run yet: the owner's answer comes in between.
            runner.timed_out()
            answers.append(attempt(lambda: answer(runner, "x", token=suspend.token)))

        spawn(fire_and_answer)
        time.advance(0)
        gate.set()
        settle()
        expected = "timed out" if isinstance(answers[0], StaleTokenError) else "x"
        assert runner.outcome == Completed(expected)
    outcomes()
