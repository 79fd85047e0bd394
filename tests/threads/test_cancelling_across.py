"""Runs of another thread that are cancelled, by whomever or by the end of their owner."""

from functools import partial
from typing import Any

import pytest

from actors import (
    AsyncComputation,
    Cancelled,
    Completed,
    Prompt,
    Suspend,
    ask,
    receive,
    send,
    spawn,
)
from actors.computation import (
    DeadlineExceeded,
    FinishedError,
    LegTimeoutError,
)
from actors.effects import clock
from actors.outcomes import OwnerEnded
from actors.runtime import (
    BackgroundThread,
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
from tests.computation.common import NEVER, one_question, returning, wizard
from tests.runtime.watching import PATIENCE
from tests.threads.crossing import Crossing, held, in_thread, settle_in
from tests.threads.driven import cleaning, collect, events, started, suspended


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
    outcome = runner.wait(PATIENCE)
    if isinstance(outcome, Suspend):  # else the deadline came before the body had begun
        outcome = runner.wait(PATIENCE)
    assert outcome == Cancelled(DeadlineExceeded(0.01))


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
