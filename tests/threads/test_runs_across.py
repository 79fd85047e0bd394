"""Runs whose owner, or whoever drives them, is in another thread."""

import threading
from functools import partial
from typing import Any

import gevent
import pytest

from actors import (
    AsyncComputation,
    Cancel,
    Cancelled,
    Completed,
    Notify,
    Prompt,
    Question,
    Resume,
    Suspend,
    Throw,
    ask,
    notify,
    offload,
    receive,
    send,
    spawn,
)
from actors.computation import (
    FinishedError,
    LegTimeoutError,
    NotSuspendedError,
    StaleTokenError,
)
from actors.effects import clock
from actors.runtime import (
    BackgroundThread,
    current,
    dead_letters,
    kill,
)
from actors.testing import settle
from tests.computation.common import NEVER, one_question, raising, wizard
from tests.runtime.watching import PATIENCE, Boom
from tests.threads.crossing import Crossing, PlainThread, held, in_thread, reach, settle_in
from tests.threads.driven import collect, events, started, suspended

ANSWERS = ("Ada", "ada@example.org", "pro")


def finish(crossing: Crossing, runner: AsyncComputation[Any]) -> None:
    runner.cancel_sync()
    crossing.settle()


# -- driven by events, whichever way


@pytest.mark.sentence("T2", "R1", "R2")
def test_an_owner_of_another_thread_gets_every_event_in_order(crossing: Crossing) -> None:
    def noisy() -> str:
        notify(1)
        answer: str = ask(Prompt("q"))
        notify(2)
        notify(3)
        return answer

    def body() -> None:
        runner = started(crossing, noisy, tag="t")
        first, asked = receive(PATIENCE), receive(PATIENCE)
        assert (first.tag, first.outcome, first.runner) == ("t", Notify(1), runner)
        suspended(asked.outcome).resume("yes")
        assert [receive(PATIENCE).outcome for _ in range(3)] == [Notify(2), Notify(3), Completed("yes")]
        assert (runner.state, runner.owner, runner.tag) == ("finished", current(), "t")
        crossing.settle()
        assert events() == []

    crossing.run(body)


@pytest.mark.sentence("T2", "R5", "T1")
def test_sync_calls_drive_a_run_of_another_thread(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, wizard, "a", "b", "c")
        assert suspended(runner.wait(PATIENCE)).value == Prompt("a")
        assert suspended(runner.resume_sync(1)).value == Prompt("b")
        assert suspended(runner.resume_sync(2)).value == Prompt("c")
        assert runner.resume_sync(3) == Completed((1, 2, 3))
        crossing.settle()
        assert events() == []  # the owner made the calls

    crossing.run(body)


@pytest.mark.sentence("T2", "R9")
def test_a_third_party_in_another_thread_gets_the_leg_and_the_owner_the_end(crossing: Crossing) -> None:
    def body() -> None:
        owner: list[Any] = []
        runner = crossing.do(partial(AsyncComputation.start, wizard, "a", "b", owner=crossing.spawn(collect, owner)))
        crossing.settle()
        assert suspended(runner.resume_sync(1)).value == Prompt("b")
        assert runner.resume_sync(2) == Completed((1, 2))
        crossing.settle()
        assert [type(event.outcome).__name__ for event in owner] == ["Suspend", "Completed"]
        send(runner.owner, None)
        crossing.settle()

    crossing.run(body)


@pytest.mark.sentence("T2", "R3")
def test_a_throw_holds_the_error_itself(crossing: Crossing) -> None:
    def body() -> None:
        error = Boom()
        runner = started(crossing, raising, error)
        outcome = runner.wait(PATIENCE)
        assert isinstance(outcome, Throw)
        assert outcome.error is error
        with pytest.raises(Boom):
            runner.result(PATIENCE)

    crossing.run(body)


# -- errors of resumes


@pytest.mark.sentence("T2", "R7", "R8")
def test_a_resume_from_another_thread_is_refused_as_any_other(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, wizard, "a", "b")
        first = suspended(runner.wait(PATIENCE))
        second = suspended(runner.resume_sync(1, token=first.token))
        for resume in (runner.resume, runner.resume_sync):
            with pytest.raises(StaleTokenError) as stale:
                resume(2, token=first.token)
            assert (stale.value.runner, stale.value.token) == (runner, first.token)
        with pytest.raises(StaleTokenError):
            first.resume(2)
        assert runner.resume_sync(2, token=second.token) == Completed((1, 2))
        for resume in (runner.resume, runner.resume_sync):
            with pytest.raises(FinishedError) as finished:
                resume(3, token=first.token)
            assert finished.value.outcome == Completed((1, 2))

    crossing.run(body)


@pytest.mark.sentence("T2", "R8")
def test_a_run_that_runs_refuses_an_answer(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, clock.sleep, NEVER)
        for resume in (runner.resume, runner.resume_sync):
            with pytest.raises(NotSuspendedError):
                resume(1)
        finish(crossing, runner)

    crossing.run(body)


@pytest.mark.sentence("T2", "R8")
@pytest.mark.parametrize("sync", [True, False], ids=["resume_sync", "resume"])
def test_of_two_resumes_from_two_threads_exactly_one_wins(thread: BackgroundThread, sync: bool) -> None:
    def attempt(runner: AsyncComputation[Any], suspend: Suspend, go: threading.Barrier, value: str) -> str:
        go.wait()
        try:
            if sync:
                runner.resume_sync(value, token=suspend.token)
            else:
                suspend.resume(value)
        except (FinishedError, StaleTokenError, NotSuspendedError) as error:
            return type(error).__name__
        return value

    for _ in range(20):
        runner = AsyncComputation.start(one_question, on=thread)
        suspend = suspended(runner.wait(PATIENCE))
        go = threading.Barrier(3)
        rivals = [PlainThread(partial(attempt, runner, suspend, go, f"plain {number}")) for number in range(2)]
        mine = attempt(runner, suspend, go, "main")
        answers = [mine, *(rival.result() for rival in rivals)]
        winners = [answer for answer in answers if not answer.endswith("Error")]
        assert len(winners) == 1, answers
        assert runner.result(PATIENCE) == winners[0]
        settle_in(thread.scheduler)
        assert [outcome for outcome in events() if outcome != Completed(winners[0])] == []


class Number(Question[int]):
    def parse(self, answer: Any) -> int:
        if answer == "block":
            gevent.sleep(NEVER)
        if answer == "raise":
            raise Boom
        return int(answer)


def number() -> int:
    return ask(Number())


@pytest.mark.sentence("T2", "R21")
def test_an_answer_that_parse_refuses_is_put_again(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, number)
        first = suspended(runner.wait(PATIENCE))
        again = suspended(runner.resume_sync("x"))
        assert again.error is not None
        assert again.token != first.token
        again.resume("y")
        third = suspended(runner.wait(PATIENCE))
        with pytest.raises(Boom):
            third.resume("raise")
        with pytest.raises(Boom):
            runner.resume_sync("raise", token=third.token)
        assert runner.resume_sync("7", token=third.token) == Completed(7)

    crossing.run(body)


@pytest.mark.sentence("T2", "R6", "R21")
def test_a_resume_whose_parse_blocks_can_be_interrupted(thread: BackgroundThread) -> None:
    runner, outcome = AsyncComputation.start_sync(number, on=thread)
    silent: Any = False
    with gevent.Timeout(0.01, silent):
        suspended(outcome).resume("block")
    with pytest.raises(LegTimeoutError):
        runner.resume_sync("block", timeout=0.01)
    assert runner.resume_sync("7") == Completed(7)


# -- R6 and R9: late, never lost, never twice


def slow(go: threading.Event) -> str:
    answer: str = ask(Prompt("q"))
    offload(go.wait, PATIENCE)
    return answer


@pytest.mark.sentence("T2", "R6")
def test_the_outcome_of_a_leg_that_took_too_long_comes_to_the_owner(thread: BackgroundThread) -> None:
    go = threading.Event()
    runner, _ = AsyncComputation.start_sync(slow, go, on=thread)
    with pytest.raises(LegTimeoutError) as caught:
        runner.resume_sync("yes", timeout=0.01)
    assert caught.value.runner is runner
    go.set()
    assert receive(PATIENCE).outcome == Completed("yes")
    settle_in(thread.scheduler)
    assert events() == []


@pytest.mark.sentence("T2", "R6", "R9")
def test_the_outcome_that_a_third_party_does_not_wait_for_comes_to_the_owner(thread: BackgroundThread) -> None:
    go = threading.Event()

    def twice() -> str:
        ask(Prompt("a"))
        offload(go.wait, PATIENCE)
        answer: str = ask(Prompt("b"))
        return answer

    def third_party() -> None:
        with pytest.raises(LegTimeoutError):
            runner.resume_sync(1, timeout=0.01)

    runner, _ = AsyncComputation.start_sync(twice, on=thread)
    in_thread(third_party)
    go.set()
    assert suspended(receive(PATIENCE).outcome).value == Prompt("b")
    assert runner.resume_sync("end") == Completed("end")
    settle_in(thread.scheduler)
    assert events() == []


@pytest.mark.sentence("T2", "R6")
@pytest.mark.parametrize("timeout", [0.01, 0])
def test_an_answer_given_while_the_thread_is_held_is_taken_all_the_same(thread: BackgroundThread, timeout: float) -> None:
    runner, _ = AsyncComputation.start_sync(one_question, on=thread)
    with held(thread), pytest.raises(LegTimeoutError):
        runner.resume_sync("yes", timeout=timeout)
    assert receive(PATIENCE).outcome == Completed("yes")
    settle_in(thread.scheduler)
    assert events() == []


@pytest.mark.sentence("T2", "R6")
@pytest.mark.parametrize("timeout", [0.01, 0])
def test_a_run_whose_start_took_too_long_goes_on(thread: BackgroundThread, timeout: float) -> None:
    with held(thread), pytest.raises(LegTimeoutError) as caught:
        AsyncComputation.start_sync(one_question, on=thread, timeout=timeout)
    runner = caught.value.runner
    suspended(receive(PATIENCE).outcome).resume("yes")
    assert receive(PATIENCE).outcome == Completed("yes")
    assert runner.result(0) == "yes"


@pytest.mark.sentence("T2", "R1", "R6")
def test_a_call_that_does_not_wait_raises_and_its_outcome_comes_to_the_owner(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, one_question)
        assert [type(outcome) for outcome in events()] == [Suspend]
        with pytest.raises(LegTimeoutError):
            runner.resume_sync("yes", timeout=0)
        assert receive(PATIENCE).outcome == Completed("yes")

    crossing.run(body)


def interrupted_by_a_timeout(runner: AsyncComputation[Any], asked: threading.Event) -> None:
    silent: Any = False
    with gevent.Timeout(0.01, silent):
        runner.resume_sync("yes", timeout=None)
    assert asked.is_set()


@pytest.mark.sentence("T2", "R6", "R9")
@pytest.mark.parametrize("way", ["timeout", "kill", "cancel"])
def test_a_caller_interrupted_in_the_middle_leaves_the_outcome_to_the_owner(thread: BackgroundThread, way: str) -> None:
    go, asked = threading.Event(), threading.Event()

    def body() -> str:
        answer: str = ask(Prompt("q"))
        asked.set()
        offload(go.wait, PATIENCE)
        return answer

    runner, _ = AsyncComputation.start_sync(body, on=thread)
    match way:
        case "timeout":
            interrupted_by_a_timeout(runner, asked)
        case "kill":
            mine = spawn(partial(runner.resume_sync, "yes", timeout=None), link=False)
            offload(asked.wait, PATIENCE)
            kill(mine)
        case _:
            other = AsyncComputation.start(partial(runner.resume_sync, "yes", timeout=None))
            offload(asked.wait, PATIENCE)
            assert other.cancel_sync() == Cancelled("cancelled")
    settle()
    reach(thread.scheduler)
    go.set()
    assert receive(PATIENCE).outcome == Completed("yes")
    settle_in(thread.scheduler)
    assert events() == []


@pytest.mark.sentence("T2", "R6", "R9")
def test_an_outcome_that_crosses_the_interruption_of_its_caller_is_neither_lost_nor_doubled(
    thread: BackgroundThread,
) -> None:
    """The outcome is on its way when the caller is interrupted: a timeout in the very moment, a hundred times."""
    for number in range(100):
        runner, _ = AsyncComputation.start_sync(one_question, on=thread)
        silent: Any = False
        got: list[Any] = []
        with gevent.Timeout(number * 2e-6, silent):
            got.append(runner.resume_sync("yes", timeout=None))
        if not got:
            runner.cancel()  # the answer may never have been given
        settle_in(thread.scheduler)
        settle_in(thread.scheduler)
        got += events()
        assert [type(outcome) for outcome in got] in ([Completed], [Cancelled])


# -- messages


@pytest.mark.sentence("T2", "R20")
def test_control_messages_from_another_thread_do_what_the_methods_do(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, number)
        first = suspended(runner.wait(PATIENCE))
        refused: list[Any] = []
        stop = dead_letters.subscribe(lambda who, message: refused.append(message))
        send(runner.ref, Resume("x", first.token))
        assert suspended(receive(PATIENCE).outcome).error is not None
        stale = Resume("1", first.token)
        send(runner.ref, stale)
        send(runner.ref, "strange")
        crossing.settle()
        assert refused == [stale, "strange"]
        send(runner.ref, Cancel("by message"))
        assert receive(PATIENCE).outcome == Cancelled("by message")
        late = Cancel("late")
        send(runner.ref, late)
        crossing.settle()
        stop()
        assert refused == [stale, "strange", late]

    crossing.run(body)


@pytest.mark.sentence("T2", "A2", "R20")
def test_an_answer_sent_before_a_cancel_comes_before_it(crossing: Crossing) -> None:
    def body() -> None:
        for by_message in (True, False):
            runner = started(crossing, one_question)
            suspend = suspended(runner.wait(PATIENCE))
            send(runner.ref, Resume("in time", suspend.token))
            if by_message:
                send(runner.ref, Cancel("enough"))
            else:
                runner.cancel()
            assert runner.result(PATIENCE) == "in time"

    crossing.run(body)
