"""Waiting for runs of another thread, and runs that drive others there."""

import threading
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from actors import (
    AsyncComputation,
    Cancelled,
    Completed,
    ComputationEvent,
    Prompt,
    Suspend,
    Throw,
    ask,
    offload,
    parallel,
    receive,
    spawn,
)
from actors.computation import (
    CancelledError,
    FinishedError,
    LegTimeoutError,
)
from actors.runtime import (
    ActorRef,
    BackgroundThread,
    Crash,
    current,
    monitor,
)
from tests.computation.common import one_question, raising, returning, wizard
from tests.runtime.watching import PATIENCE, Boom
from tests.threads.crossing import Crossing, PlainThread, in_background, settle_in
from tests.threads.driven import cleaning, events, started, suspended

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
