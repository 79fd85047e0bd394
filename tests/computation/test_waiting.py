"""R17: what a runner tells, and waiting for it."""

from __future__ import annotations

from typing import Any

import gevent.event
import pytest

from actors import (
    AsyncComputation,
    Cancelled,
    Completed,
    Notify,
    Prompt,
    Suspend,
    ask,
    current,
    notify,
    receive,
    send,
    spawn,
)
from actors.errors import CancelledError, FinishedError, LegTimeoutError
from actors.runtime import ActorRef, kill
from actors.testing import ManualClock, Probe, settle
from tests.computation.common import (
    Q,
    aside,
    block,
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

pytestmark = pytest.mark.sentence("R17")


def test_state_is_running_suspended_or_finished() -> None:
    runner = AsyncComputation.start(one_question)
    states = [runner.state]
    opened(runner)
    states.append(runner.state)
    runner.resume("x")
    states.append(runner.state)
    outcomes()
    assert [*states, runner.state] == ["running", "suspended", "running", "finished"]


def test_a_run_that_is_being_cancelled_is_running() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            block()

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel()
    assert runner.state == "running"
    settle()
    assert runner.state == "running"
    kill(runner.ref)
    settle()


def test_outcome_is_the_latest_outcome() -> None:
    runner = AsyncComputation.start(one_question)
    found: list[Any] = [runner.outcome]
    suspend = opened(runner)
    found.append(runner.outcome)
    runner.resume("x")
    settle()
    assert [*found, runner.outcome] == [None, suspend, Completed("x")]


def test_a_notice_is_not_the_latest_outcome() -> None:
    runner = AsyncComputation.start(lambda: steps(lambda: notify(1), block))
    settle()
    assert runner.outcome is None
    runner.cancel_sync()


def test_owner_tag_and_ref() -> None:
    runner = AsyncComputation.start(one_question, tag="t")
    assert runner.owner is current()
    assert runner.tag == "t"
    assert isinstance(runner.ref, ActorRef)
    assert runner.ref.alive
    runner.cancel_sync()
    assert not runner.ref.alive


def test_owner_is_the_one_that_start_was_given() -> None:
    probe = Probe()
    runner = AsyncComputation.start(returning, 1, owner=probe.ref)
    assert runner.owner is probe.ref
    settle()


def test_wait_blocks_for_the_next_outcome_and_takes_its_event() -> None:
    runner = AsyncComputation.start(wizard, "a", "b")
    first = runner.wait(1)
    assert isinstance(first, Suspend)
    assert first.value == Prompt("a")
    runner.resume(1)
    second = runner.wait(1)
    assert isinstance(second, Suspend)
    assert second.value == Prompt("b")
    runner.resume(2)
    assert runner.wait(1) == Completed((1, 2))
    assert outcomes() == []


def test_wait_returns_an_outcome_that_is_there_and_was_not_taken() -> None:
    runner = AsyncComputation.start(returning, 7)
    settle()
    assert runner.wait(0) == Completed(7)
    assert outcomes() == []


def test_wait_does_not_return_an_outcome_twice() -> None:
    with AsyncComputation.start(one_question) as runner:
        opened(runner)
        with pytest.raises(LegTimeoutError):
            runner.wait(0)


def test_wait_does_not_return_an_outcome_that_a_sync_call_returned() -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    with pytest.raises(LegTimeoutError):
        runner.wait(0)
    runner.cancel_sync()


def test_wait_does_not_return_an_outcome_that_the_owner_received() -> None:
    with AsyncComputation.start(one_question) as runner:
        assert isinstance(receive(1).outcome, Suspend)
        with pytest.raises(LegTimeoutError):
            runner.wait(0)


def test_wait_after_the_final_outcome_was_taken_is_a_finished_error() -> None:
    runner, outcome = AsyncComputation.start_sync(returning, 7)
    with pytest.raises(FinishedError) as caught:
        runner.wait(1)
    assert caught.value.outcome is outcome


def test_wait_raises_when_its_time_is_over_and_loses_nothing() -> None:
    gate = gevent.event.Event()
    with ManualClock() as time:
        runner = AsyncComputation.start(gate.wait)
        pusher = aside(time.advance, 3.0)
        with pytest.raises(LegTimeoutError):
            runner.wait(3.0)
        pusher.join()
    gate.set()
    assert runner.wait(1) == Completed(value=True)


def test_wait_leaves_messages_of_others_and_notices_where_they_are() -> None:
    runner = AsyncComputation.start(lambda: notify(1))
    send(current(), "mine")
    assert runner.wait(1) == Completed(None)
    mine, notice = queued()
    assert mine == "mine"
    assert notice.outcome == Notify(1)


def test_another_actor_may_wait_and_the_owner_has_its_event_all_the_same() -> None:
    runner = AsyncComputation.start(returning, 7)
    found: list[Any] = []
    spawn(lambda: found.append(runner.wait()))
    assert outcomes() == [Completed(7)]
    assert found == [Completed(7)]


def test_many_may_wait_for_the_same_outcome() -> None:
    gate = gevent.event.Event()
    runner = AsyncComputation.start(gate.wait)
    found: list[Any] = []
    for _ in range(3):
        spawn(lambda: found.append(runner.wait()))
    settle()
    gate.set()
    outcomes()
    assert found == [Completed(value=True)] * 3


def test_result_returns_the_value_and_leaves_nothing_in_the_mailbox() -> None:
    assert AsyncComputation.start(returning, 7).result(1) == 7
    assert outcomes() == []


def test_result_raises_what_the_computation_raised_and_leaves_nothing_in_the_mailbox() -> None:
    error = ValueError()
    with pytest.raises(ValueError) as caught:  # noqa: PT011  identity is checked
        AsyncComputation.start(raising, error).result(1)
    assert caught.value is error
    assert outcomes() == []


def test_result_of_a_cancelled_run_is_a_cancelled_error_with_reason_and_outcome() -> None:
    runner = AsyncComputation.start(one_question)
    opened(runner)
    runner.cancel("why")
    with pytest.raises(CancelledError) as caught:
        runner.result(1)
    assert (caught.value.reason, caught.value.outcome) == ("why", Cancelled("why"))
    assert outcomes() == []


def test_result_again_gives_the_same() -> None:
    runner = AsyncComputation.start(returning, 7)
    assert [runner.result(1), runner.result(0)] == [7, 7]


def test_result_waits_through_suspensions_that_somebody_else_answers() -> None:
    probe = Probe()
    runner = AsyncComputation.start(wizard, "a", "b", owner=probe.ref)

    def answer() -> None:
        for value in ("1", "2"):
            probe.receive().outcome.resume(value)

    helper = aside(answer)
    assert runner.result(1) == ("1", "2")
    helper.join()


def test_result_raises_when_its_time_is_over() -> None:
    with ManualClock() as time, AsyncComputation.start(one_question) as runner:
        pusher = aside(time.advance, 3.0)
        with pytest.raises(LegTimeoutError):
            runner.result(3.0)
        pusher.join()


def test_the_time_of_result_is_for_the_whole_and_not_for_each_leg() -> None:
    with ManualClock() as time, AsyncComputation.start(wizard, "a", "b", "c") as runner:
        found: list[Any] = []

        def waiter() -> None:
            try:
                runner.result(3.0)
            except LegTimeoutError as error:
                found.append(error)

        spawn(waiter)
        settle()
        for _ in range(2):
            time.advance(1.4)
            runner.resume("x")
        assert found == []
        time.advance(0.3)
        assert len(found) == 1


def test_suspends_iterates_over_the_suspensions_and_leaves_nothing_in_the_mailbox() -> None:
    runner = AsyncComputation.start(wizard, "a", "b")
    asked: list[Any] = []
    for suspend in runner.suspends(1):
        asked.append(suspend.value)
        suspend.resume(str(len(asked)))
    assert asked == [Prompt("a"), Prompt("b")]
    assert runner.result(0) == ("1", "2")
    assert outcomes() == []


@pytest.mark.parametrize("body", [lambda: 7, lambda: raising(ValueError())], ids=["returns", "raises"])
def test_suspends_of_a_run_without_questions_is_empty(body: Any) -> None:
    assert list(AsyncComputation.start(body).suspends(1)) == []
    assert outcomes() == []


def test_suspends_of_a_finished_run_is_empty() -> None:
    runner, _ = AsyncComputation.start_sync(returning, 7)
    assert list(runner.suspends(1)) == []


def test_suspends_raises_when_a_leg_takes_too_long() -> None:
    with AsyncComputation.start(block) as runner, pytest.raises(LegTimeoutError):
        list(runner.suspends(0))


def test_leaving_a_with_block_cancels_and_waits_for_the_clean_up() -> None:
    left: list[str] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            gevent.sleep(0)
            left.append("left")

    with AsyncComputation.start(body) as runner:
        settle()
    assert left == ["left"]
    assert isinstance(runner.outcome, Cancelled)
    assert queued() == []


def test_leaving_a_with_block_by_an_error_cancels_for_that_error() -> None:
    error = ValueError("block")
    runner = AsyncComputation.start(one_question)
    opened(runner)
    with pytest.raises(ValueError, match="block"), runner:
        raise error
    assert runner.outcome == Cancelled(error)


def test_leaving_a_with_block_after_the_end_keeps_the_outcome() -> None:
    with AsyncComputation.start(returning, 7) as runner:
        settle()
    assert runner.outcome == Completed(7)
    assert queued() == []


def test_leaving_a_with_block_takes_only_its_own_events_out_of_the_mailbox() -> None:
    with AsyncComputation.start(lambda: steps(lambda: notify(1), one_question)):
        AsyncComputation.start(returning, 7)
        send(current(), "mine")
        settle()
    mail = queued()
    assert "mine" in mail
    assert [message.outcome for message in mail if message != "mine"] == [Completed(7)]


def test_a_computation_may_wait_for_a_run_that_it_owns() -> None:
    def outer() -> Any:
        inner = AsyncComputation.start(wizard, "a", "b")
        seen: list[Any] = []
        for suspend in inner.suspends():
            seen.append(suspend.value)
            suspend.resume(len(seen))
        return seen, inner.result(), AsyncComputation.start(returning, 7).wait()

    assert AsyncComputation.start_sync(outer)[1] == Completed(([Prompt("a"), Prompt("b")], (1, 2), Completed(7)))


def test_a_computation_in_whose_with_block_a_run_is_may_be_cancelled() -> None:
    inner: list[AsyncComputation[Any]] = []

    def outer() -> None:
        with AsyncComputation.start(one_question) as runner:
            inner.append(runner)
            ask(Q)

    runner = AsyncComputation.start(outer)
    opened(runner)
    assert runner.cancel_sync("why") == Cancelled("why")
    assert only(inner).state == "finished"
