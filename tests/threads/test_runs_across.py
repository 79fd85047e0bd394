"""Runs whose owner, or whoever drives them, is in another thread."""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
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
    Question,
    Resume,
    Suspend,
    Throw,
    ask,
    notify,
    offload,
    parallel,
    receive,
    send,
    spawn,
)
from actors.computation import (
    CancelledError,
    DeadlineExceeded,
    FinishedError,
    LegTimeoutError,
    NotSuspendedError,
    StaleTokenError,
)
from actors.effects import clock
from actors.outcomes import OwnerEnded
from actors.runtime import (
    ActorRef,
    BackgroundThread,
    Crash,
    Down,
    Killed,
    Normal,
    Shutdown,
    actor,
    current,
    dead_letters,
    kill,
    monitor,
    send_exit,
)
from actors.testing import settle
from tests.computation.common import NEVER, one_question, queued, raising, returning, wizard
from tests.runtime.watching import PATIENCE, Boom
from tests.threads.crossing import Crossing, PlainThread, held, in_background, in_thread, reach, settle_in

ANSWERS = ("Ada", "ada@example.org", "pro")


def finish(crossing: Crossing, runner: AsyncComputation[Any]) -> None:
    runner.cancel_sync()
    crossing.settle()


def suspended(outcome: object) -> Suspend:
    assert isinstance(outcome, Suspend), outcome
    return outcome


def started(crossing: Crossing, fn: Callable[..., Any], *args: Any, **options: Any) -> AsyncComputation[Any]:
    """Start a run there, that has this body for its owner, and let it come to its first outcome."""
    me = current()
    runner: AsyncComputation[Any] = crossing.do(partial(AsyncComputation.start, fn, *args, owner=me, **options))
    crossing.settle()
    return runner


def events() -> list[Any]:
    """Let everything run here, then take the outcomes of all events in the caller's mailbox."""
    found = queued()
    assert all(isinstance(event, ComputationEvent) for event in found), found
    return [event.outcome for event in found]


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


def collect(into: list[Any]) -> None:
    while (message := receive()) is not None:
        into.append(message)


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


# -- cancelling


def cleaning(left: list[str]) -> None:
    try:
        ask(Prompt("q"))
    finally:
        left.append("left")


@pytest.mark.sentence("T2", "R10", "R13")
def test_a_cancel_from_another_thread_leaves_every_scope_once(crossing: Crossing) -> None:
    def body() -> None:
        left: list[str] = []
        runner = started(crossing, cleaning, left)
        suspend = suspended(runner.wait(PATIENCE))
        runner.cancel("first")
        runner.cancel("second")
        assert runner.cancel_sync("third") == Cancelled("first")
        assert runner.cancel_sync("fourth") == Cancelled("first")
        with pytest.raises(FinishedError):
            suspend.resume("late")
        crossing.settle()
        assert (left, events()) == (["left"], [])

    crossing.run(body)


@pytest.mark.sentence("T2", "R10")
def test_a_cancel_that_comes_too_late_changes_nothing(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, returning, 1)
        runner.cancel("late")
        assert runner.cancel_sync("late") == Completed(1)
        with pytest.raises(FinishedError):
            runner.wait(0)
        crossing.settle()
        assert events() == []

    crossing.run(body)


@pytest.mark.sentence("T2", "R10")
def test_a_run_cancelled_before_its_body_begins_never_runs_it(thread: BackgroundThread) -> None:
    left: list[str] = []
    with held(thread):
        runner = AsyncComputation.start(cleaning, left, on=thread)
        runner.cancel("early")
    assert (receive(PATIENCE).outcome, left, runner.state) == (Cancelled("early"), [], "finished")


@pytest.mark.sentence("T2", "R11")
def test_a_run_of_another_thread_that_does_not_leave_in_time_is_killed(thread: BackgroundThread) -> None:
    def stubborn() -> None:
        try:
            ask(Prompt("q"))
        finally:
            clock.sleep(NEVER)

    runner = AsyncComputation.start(stubborn, shutdown=0.01, on=thread)
    suspended(runner.wait(PATIENCE))
    assert runner.cancel_sync("enough") == Cancelled("enough", killed=True)


@pytest.mark.sentence("T2", "R13")
def test_a_cancel_sync_times_out_while_the_thread_is_held(thread: BackgroundThread) -> None:
    runner, _ = AsyncComputation.start_sync(one_question, on=thread)
    with held(thread), pytest.raises(LegTimeoutError):
        runner.cancel_sync("later", timeout=0.01)
    assert receive(PATIENCE).outcome == Cancelled("later")


@pytest.mark.sentence("T2", "R16")
def test_a_run_killed_from_another_thread_yields_one_final_outcome(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, one_question)
        suspended(runner.wait(PATIENCE))
        kill(runner.ref)
        assert receive(PATIENCE).outcome == Cancelled(Killed(), killed=True)
        crossing.settle()
        assert events() == []

    crossing.run(body)


@pytest.mark.sentence("T2", "R15")
def test_a_run_can_be_monitored_from_another_thread(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, one_question)
        suspended(runner.wait(PATIENCE))
        watch = monitor(runner.ref)
        send_exit(runner.ref, Shutdown("signal"))
        found = [receive(PATIENCE), receive(PATIENCE)]
        downs = [message for message in found if isinstance(message, Down)]
        assert [(down.monitor, down.reason) for down in downs] == [(watch, Shutdown("signal"))]
        assert Cancelled(Shutdown("signal")) in [getattr(message, "outcome", None) for message in found]

    crossing.run(body)


@pytest.mark.sentence("T2", "R19")
def test_a_deadline_counts_on_another_thread(thread: BackgroundThread) -> None:
    runner = AsyncComputation.start(one_question, deadline=0.01, on=thread)
    suspended(runner.wait(PATIENCE))
    assert runner.wait(PATIENCE) == Cancelled(DeadlineExceeded(0.01))


# -- owners


@pytest.mark.sentence("T2", "R14")
def test_the_end_of_an_owner_of_another_thread_cancels_the_run(crossing: Crossing) -> None:
    def body() -> None:
        left: list[str] = []
        me = current()

        def owner() -> None:
            send(me, crossing.do(partial(AsyncComputation.start, cleaning, left, owner=current())))
            assert isinstance(receive(PATIENCE).outcome, Suspend)

        spawn(owner, link=False)
        runner = receive(PATIENCE)
        assert runner.cancel_sync() == Cancelled(OwnerEnded(Normal()))
        assert left == ["left"]

    crossing.run(body)


@pytest.mark.sentence("T2", "R14")
@pytest.mark.parametrize("link", [True, False])
def test_an_owner_that_has_ended_already(thread: BackgroundThread, link: bool) -> None:
    owner = spawn(lambda: None, link=False)
    settle()
    before = dead_letters.count
    runner = AsyncComputation.start(returning, 1, owner=owner, link=link, on=thread)
    settle_in(thread.scheduler)
    settle()
    settle_in(thread.scheduler)
    if link:
        assert runner.outcome in (Cancelled(OwnerEnded(Normal())), Completed(1))  # it may have been quicker
    else:
        assert (runner.outcome, dead_letters.count - before) == (Completed(1), 1)


@pytest.mark.sentence("T2", "R14")
def test_without_a_link_a_run_outlives_its_owner_of_another_thread(thread: BackgroundThread) -> None:
    runners: list[AsyncComputation[Any]] = []

    def owner() -> None:
        runners.append(AsyncComputation.start(one_question, link=False, on=thread))

    spawn(owner, link=False)
    settle()
    settle_in(thread.scheduler)
    assert runners[0].state == "suspended"
    assert runners[0].resume_sync("yes") == Completed("yes")


@pytest.mark.sentence("T2", "R14", "A6")
def test_the_end_of_a_block_and_of_a_thread_cancels_what_they_own(thread: BackgroundThread) -> None:
    def plain() -> AsyncComputation[str]:
        runner, _ = AsyncComputation.start_sync(one_question, on=thread)
        return runner

    with actor():
        in_block, _ = AsyncComputation.start_sync(one_question, on=thread)
    assert in_block.cancel_sync() == Cancelled(OwnerEnded(Normal()))
    in_plain = in_thread(plain)
    assert in_plain.cancel_sync() == Cancelled(OwnerEnded(Normal()))


@pytest.mark.sentence("T2", "R2", "R14")
def test_an_owner_may_be_of_a_third_thread(thread: BackgroundThread) -> None:
    """A plain thread starts a run on the background thread for an actor of the main thread."""
    got: list[Any] = []
    owner = spawn(collect, got)

    def plain() -> AsyncComputation[Any]:
        runner, outcome = AsyncComputation.start_sync(wizard, "a", "b", owner=owner, on=thread)
        suspended(outcome).resume(1)
        return runner

    runner = in_thread(plain)
    assert runner.owner is owner
    settle_in(thread.scheduler)
    settle()
    assert [event.outcome.value for event in got] == [Prompt("b")]
    got[0].outcome.resume(2)
    assert runner.result(PATIENCE) == (1, 2)
    settle()
    assert [type(event.outcome) for event in got] == [Suspend, Completed]
    send(owner, None)
    settle()


@pytest.mark.sentence("T2", "R9")
def test_the_outcome_of_a_leg_goes_to_reply_to_in_another_thread(thread: BackgroundThread) -> None:
    got: list[Any] = []
    other = spawn(collect, got)
    runner, outcome = AsyncComputation.start_sync(wizard, "a", "b", "c", tag="t", on=thread)
    runner.resume(1, reply_to=other)
    settle_in(thread.scheduler)
    settle()
    assert [(event.tag, event.outcome.value, event.runner) for event in got] == [("t", Prompt("b"), runner)]
    assert events() == []
    got[0].outcome.resume(2)  # the next leg is the owner's again
    assert suspended(receive(PATIENCE).outcome).value == Prompt("c")
    runner.resume(3, reply_to=other)
    assert receive(PATIENCE).outcome == Completed((1, 2, 3))  # a final outcome goes to both
    settle()
    assert got[1].outcome == Completed((1, 2, 3))
    send(other, None)
    settle()
    assert isinstance(outcome, Suspend)


@pytest.mark.sentence("T2", "R7", "R9")
def test_a_leg_resumed_for_the_owner_itself_ends_once(thread: BackgroundThread) -> None:
    runner, _ = AsyncComputation.start_sync(one_question, on=thread)
    in_thread(partial(runner.resume, "yes", reply_to=current()))
    assert receive(PATIENCE).outcome == Completed("yes")
    settle_in(thread.scheduler)
    assert events() == []


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


# -- waiting


@pytest.mark.sentence("T2", "R17")
def test_wait_and_result_take_the_outcome_and_its_event(crossing: Crossing) -> None:
    def body() -> None:
        runner = started(crossing, wizard, "a")
        suspend = suspended(runner.wait(PATIENCE))
        assert runner.outcome is suspend
        with pytest.raises(LegTimeoutError):
            runner.wait(0)
        with pytest.raises(LegTimeoutError):
            runner.result(0.001)
        suspend.resume(1)
        assert runner.result(PATIENCE) == (1,)
        with pytest.raises(FinishedError):
            runner.wait(0)
        crossing.settle()
        assert events() == []
        assert (runner.result(0), runner.cancel_sync()) == ((1,), Completed((1,)))

    crossing.run(body)


@pytest.mark.sentence("T2", "R17")
def test_result_takes_an_event_that_is_still_on_its_way(thread: BackgroundThread) -> None:
    """The run ends while this thread does nothing for its hub: the event stands in the inbox."""
    for cancelled in (True, False):
        over = threading.Event()
        runner = AsyncComputation.start(returning, 1, on=thread)
        spawn(over.set, link=False, on=thread)
        over.wait(PATIENCE)  # not a wait of the runtime: no callback of this hub runs
        assert not runner.ref.alive
        assert (runner.cancel_sync() if cancelled else Completed(runner.result(PATIENCE))) == Completed(1)
        settle_in(thread.scheduler)
        assert events() == []


@pytest.mark.sentence("T2", "R17")
def test_a_third_party_waits_for_a_run_of_another_thread(thread: BackgroundThread) -> None:
    runner, first = AsyncComputation.start_sync(wizard, "a", "b", on=thread)
    go = threading.Event()

    def third_party() -> tuple[Any, Any]:
        go.set()
        return runner.wait(PATIENCE), runner.result(PATIENCE)

    other = PlainThread(third_party)
    offload(go.wait, PATIENCE)
    settle_in(thread.scheduler)
    suspended(first).resume(1)
    second = suspended(receive(PATIENCE, match=lambda message: isinstance(message, ComputationEvent)).outcome)
    settle_in(thread.scheduler)
    second.resume(2)
    assert other.result() == (second, (1, 2))
    assert receive(PATIENCE).outcome == Completed((1, 2))


@pytest.mark.sentence("T2", "R17")
def test_a_third_party_that_does_not_wait_takes_what_is_there(thread: BackgroundThread) -> None:
    owner = spawn(receive, link=False, on=thread)
    runner = AsyncComputation.start(one_question, owner=owner, link=False, on=thread)
    settle_in(thread.scheduler)
    assert suspended(runner.wait(0)).value == Prompt("q")
    assert runner.cancel_sync() == Cancelled("cancelled")


@pytest.mark.sentence("T2", "R17")
def test_suspends_and_with_drive_a_run_of_another_thread(thread: BackgroundThread) -> None:
    with AsyncComputation.start(wizard, "a", "b", on=thread) as run:
        for suspend in run.suspends(PATIENCE):
            suspend.resume(suspend.value.name)
        assert run.result(PATIENCE) == ("a", "b")
    left: list[str] = []
    with AsyncComputation.start(cleaning, left, on=thread) as cut:
        suspended(cut.wait(PATIENCE))
    assert (left, events()) == (["left"], [])
    with pytest.raises(CancelledError):
        cut.result(0)


@pytest.mark.sentence("T2", "R17")
def test_two_threads_wait_for_the_same_end(thread: BackgroundThread) -> None:
    runner, _ = AsyncComputation.start_sync(one_question, on=thread)
    others = [PlainThread(partial(runner.result, PATIENCE)) for _ in range(3)]
    assert runner.resume_sync("yes") == Completed("yes")
    assert [other.result() for other in others] == ["yes"] * 3


# -- inside


@pytest.mark.sentence("T1", "T6", "C7", "C9", "T2")
def test_a_run_of_another_thread_has_its_handlers_scopes_and_branches_there(thread: BackgroundThread) -> None:
    threads: list[int] = []

    @contextmanager
    def stack() -> Any:
        threads.append(threading.get_ident())
        yield

    def body() -> tuple[Any, ...]:
        threads.append(threading.get_ident())
        return parallel(partial(ask, Prompt("a")), partial(ask, Prompt("b")))

    with AsyncComputation.start(body, handlers=stack, on=thread) as run:
        for suspend in run.suspends(PATIENCE):
            suspend.resume(suspend.value.name)
        assert run.result(0) == ("a", "b")
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


@pytest.mark.sentence("T2", "R5")
def test_a_run_drives_a_run_of_another_thread(thread: BackgroundThread) -> None:
    def outer() -> Any:
        runner, outcome = AsyncComputation.start_sync(wizard, "a", "b", on=thread)
        while isinstance(outcome, Suspend):
            outcome = runner.resume_sync(ask(outcome.value))
        return outcome

    with AsyncComputation.start(outer) as run:
        for suspend in run.suspends(PATIENCE):
            suspend.resume(suspend.value.name)
        assert run.result(PATIENCE) == Completed(("a", "b"))


@pytest.mark.sentence("T2", "R10", "R14")
def test_cancelling_a_run_cancels_what_it_drives_on_another_thread(thread: BackgroundThread) -> None:
    left: list[str] = []

    def outer() -> None:
        runner, _ = AsyncComputation.start_sync(cleaning, left, on=thread)
        runner.resume_sync(ask(Prompt("outer")))

    run = AsyncComputation.start(outer)
    suspended(run.wait(PATIENCE))
    assert run.cancel_sync() == Cancelled("cancelled")
    settle_in(thread.scheduler)
    settle_in(thread.scheduler)
    assert left == ["left"]


@pytest.mark.sentence("T2", "R5")
def test_runs_of_both_threads_drive_one_another(thread: BackgroundThread) -> None:
    def there() -> Any:
        mine, outcome = AsyncComputation.start_sync(wizard, "a", owner=current())
        return [outcome.value.name if isinstance(outcome, Suspend) else None, mine.resume_sync("x")]

    assert in_background(thread, there) == ["a", Completed(("x",))]


@pytest.mark.sentence("T2", "R15")
def test_a_crash_of_a_run_is_a_reason_for_those_linked_to_it(thread: BackgroundThread) -> None:
    refs: list[ActorRef] = []
    runner = AsyncComputation.start(raising, Boom(), on=thread)
    refs.append(runner.ref)
    assert isinstance(runner.wait(PATIENCE), Throw)
    monitor(refs[0])
    assert isinstance(receive(PATIENCE).reason, Crash)
