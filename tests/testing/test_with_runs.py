"""The tools on running computations."""

import pytest

from actors import AsyncComputation, Completed, ComputationEvent, Notify, Prompt, Suspend, Throw, ask, notify
from actors.computation import DeadlineExceeded
from actors.effects import clock
from actors.outcomes import Cancelled
from actors.testing import ManualClock, Probe, answering, crash, live_actors, settle


def outcome(probe: Probe) -> object:
    settle()
    return probe.expect(ComputationEvent, 0).outcome


def patient() -> str:
    try:
        return ask(Prompt("name"), timeout=5)
    except TimeoutError:
        notify("late")
    clock.sleep(3)
    return "nobody"


def stubborn() -> None:
    while True:
        try:
            ask(Prompt("name"))
        except BaseException:
            pass


def test_a_probe_owns_a_run_and_its_end_cancels_it() -> None:
    probe = Probe()
    run = AsyncComputation.start(patient, owner=probe.ref)
    assert isinstance(outcome(probe), Suspend)
    probe.end()
    settle()
    assert isinstance(run.outcome, Cancelled)


def test_the_limit_of_an_ask_and_a_sleep_of_a_run_follow_the_manual_clock() -> None:
    probe = Probe()
    with ManualClock() as time:
        AsyncComputation.start(patient, owner=probe.ref)
        assert isinstance(outcome(probe), Suspend)
        time.advance(4.9)
        probe.nothing()
        time.advance(0.1)
        assert outcome(probe) == Notify("late")
        time.advance(2.9)
        probe.nothing()
        time.advance(0.1)
        assert outcome(probe) == Completed("nobody")


def test_a_deadline_follows_the_manual_clock() -> None:
    probe = Probe()
    with ManualClock() as time:
        AsyncComputation.start(ask, Prompt("name"), owner=probe.ref, deadline=7)
        assert isinstance(outcome(probe), Suspend)
        time.advance(6.9)
        probe.nothing()
        time.advance(0.1)
        assert outcome(probe) == Cancelled(DeadlineExceeded(7))


def test_the_shutdown_time_of_a_body_that_swallows_its_cancel_for_ever_follows_the_manual_clock() -> None:
    probe = Probe()
    with ManualClock() as time:
        run = AsyncComputation.start(stubborn, owner=probe.ref, shutdown=2)
        assert isinstance(outcome(probe), Suspend)
        run.cancel("enough")
        time.advance(1.9)
        assert probe.messages == []
        time.advance(0.1)
        assert outcome(probe) == Cancelled("enough", killed=True)
    assert live_actors() == []


def test_a_crash_injected_into_a_suspended_run_is_its_throw() -> None:
    probe, error = Probe(), OSError("injected")
    run = AsyncComputation.start(patient, owner=probe.ref)
    assert isinstance(outcome(probe), Suspend)
    crash(run.ref, error)
    assert outcome(probe) == Throw(error)


@pytest.mark.sentence("C11", "C12")
def test_answering_inside_a_run_answers_without_suspending() -> None:
    probe = Probe()

    def inside() -> tuple[str, list[object]]:
        with answering("Ada") as asked:
            return patient(), [*asked]

    AsyncComputation.start(inside, owner=probe.ref)
    assert outcome(probe) == Completed(("Ada", [Prompt("name")]))
    probe.nothing()


@pytest.mark.sentence("C11", "C12")
def test_answering_around_the_start_of_a_run_does_not_reach_into_it() -> None:
    probe = Probe()
    with answering() as asked:
        run = AsyncComputation.start(patient, owner=probe.ref)
        assert isinstance(outcome(probe), Suspend)
    assert asked == []
    run.cancel()
    assert outcome(probe) == Cancelled("cancelled")
