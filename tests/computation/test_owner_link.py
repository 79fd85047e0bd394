"""R14: the owner and its runs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

import gevent.event
import pytest

from actors import AsyncComputation, Cancelled, Completed, ComputationEvent, Suspend, ask, receive, send, spawn, telemetry
from actors.computation import OwnerEnded
from actors.runtime import Crash, Killed, Normal, Shutdown, actor, dead_letters, give_way, kill, send_exit, trap_exits
from actors.testing import Probe, settle
from tests.computation.common import Q, aside, block, one_question, only, opened, outcomes, returning
from tests.runtime.watching import end_of

pytestmark = pytest.mark.sentence("R14")


@pytest.fixture
def letters() -> Generator[list[Any]]:
    """The dead letters of this test."""
    found: list[Any] = []
    stop = dead_letters.subscribe(lambda _, message: found.append(message))
    yield found
    stop()


@pytest.mark.parametrize(
    ("reason", "expected"),
    [(Normal(), Normal()), (Shutdown("x"), Shutdown("x")), (Killed(), Killed())],
    ids=["Normal", "Shutdown", "Killed"],
)
@pytest.mark.parametrize("body", [one_question, block], ids=["suspended", "running"])
def test_when_the_owner_ends_the_run_is_cancelled_with_the_owners_reason(
    reason: Any, expected: Any, body: Callable[[], Any]
) -> None:
    probe = Probe()
    runner = AsyncComputation.start(body, owner=probe.ref)
    settle()
    probe.end(reason)
    settle()
    assert runner.outcome == Cancelled(OwnerEnded(expected))


def test_an_owner_that_returns_cancels_its_runs() -> None:
    runners: list[AsyncComputation[Any]] = []
    spawn(lambda: runners.append(AsyncComputation.start_sync(one_question)[0]))
    settle()
    assert runners[0].outcome == Cancelled(OwnerEnded(Normal()))


@pytest.mark.sentence("A6")
def test_of_two_requests_in_one_greenlet_each_ends_its_own_runs() -> None:
    runners: list[AsyncComputation[Any]] = []
    kept = Probe()

    def request() -> tuple[AsyncComputation[Any], AsyncComputation[Any]]:
        with actor():
            own = AsyncComputation.start_sync(one_question)[0]
            other = AsyncComputation.start_sync(one_question, owner=kept.ref)[0]
            return own, other

    def worker() -> None:
        for _ in range(2):
            runners.extend(request())
            settle()

    aside(worker).join()
    ends = [Cancelled(OwnerEnded(Normal())), None] * 2
    assert [runner.outcome if runner.state == "finished" else None for runner in runners] == ends
    kept.end(Normal())
    settle()
    assert {runner.state for runner in runners} == {"finished"}


def test_an_owner_that_crashes_cancels_its_runs() -> None:
    trap_exits(True)
    error = ValueError()
    runners: list[AsyncComputation[Any]] = []

    def owner() -> None:
        runners.append(AsyncComputation.start_sync(one_question)[0])
        raise error

    spawn(owner)
    settle()
    assert runners[0].outcome == Cancelled(OwnerEnded(Crash(error)))


def test_an_owner_that_is_killed_cancels_its_runs() -> None:
    runners: list[AsyncComputation[Any]] = []

    def owner() -> None:
        runners.append(AsyncComputation.start_sync(one_question)[0])
        receive()

    ref = spawn(owner, link=False)
    settle()
    kill(ref)
    settle()
    assert runners[0].outcome == Cancelled(OwnerEnded(Killed()))


def test_an_owner_that_ends_cancels_with_clean_up() -> None:
    left: list[str] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            gevent.sleep(0)
            left.append("left")

    probe = Probe()
    runner = AsyncComputation.start(body, owner=probe.ref)
    settle()
    probe.end()
    settle()
    assert left == ["left"]
    assert runner.state == "finished"


def test_a_run_that_has_not_begun_when_its_owner_ends_never_runs() -> None:
    began: list[int] = []
    probe = Probe()
    runner = AsyncComputation.start(began.append, 1, owner=probe.ref)
    probe.end()
    settle()
    assert runner.outcome == Cancelled(OwnerEnded(Normal()))
    assert began == []


def test_an_owner_that_is_dead_at_the_start_cancels_at_once() -> None:
    began: list[int] = []
    probe = Probe()
    probe.end(Shutdown("gone"))
    runner = AsyncComputation.start(began.append, 1, owner=probe.ref)
    settle()
    assert runner.outcome == Cancelled(OwnerEnded(Shutdown("gone")))
    assert began == []


def test_an_owner_that_ends_between_resume_and_the_next_leg_cancels_that_leg() -> None:
    def body() -> None:
        ask(Q)
        ask(Q)

    probe = Probe()
    runner = AsyncComputation.start(body, owner=probe.ref)
    settle()
    runner.resume("x")
    probe.end()
    settle()
    assert runner.outcome == Cancelled(OwnerEnded(Normal()))


def test_an_owner_that_ends_after_the_run_changes_nothing() -> None:
    probe = Probe()
    runner = AsyncComputation.start(returning, 7, owner=probe.ref)
    settle()
    probe.end()
    settle()
    assert runner.outcome == Completed(7)


def test_the_end_of_a_run_is_no_signal_for_its_owner() -> None:
    probe = Probe()
    AsyncComputation.start(returning, 7, owner=probe.ref)
    killed = AsyncComputation.start(one_question, owner=probe.ref)
    settle()
    kill(killed.ref)
    settle()
    assert probe.ref.alive
    assert all(isinstance(message, ComputationEvent) for message in probe.messages)


def test_a_throwing_run_does_not_end_its_owner() -> None:
    def body() -> None:
        raise ValueError

    def owner() -> str:
        AsyncComputation.start_sync(body)
        receive(0.5, match=lambda message: message == "go on")
        return "alive"

    found: list[str] = []
    ref = spawn(lambda: found.append(owner()))
    settle()
    send(ref, "go on")
    settle()
    assert found == ["alive"]


@pytest.mark.sentence("R1")
def test_an_unlinked_run_lives_on_and_its_events_become_dead_letters(letters: list[Any]) -> None:
    def body() -> str:
        return ask(Q) + ask(Q)

    probe = Probe()
    runner = AsyncComputation.start(body, owner=probe.ref, link=False)
    settle()
    probe.end()
    settle()
    assert runner.state == "suspended"
    letters.clear()
    runner.resume("a")
    settle()
    runner.resume("b")
    settle()
    assert [type(letter.outcome) for letter in letters] == [Suspend, Completed]
    assert runner.outcome == Completed("ab")


def test_an_unlinked_run_of_an_owner_that_is_dead_at_the_start_runs(letters: list[Any]) -> None:
    probe = Probe()
    probe.end()
    runner = AsyncComputation.start(returning, 7, owner=probe.ref, link=False)
    settle()
    assert runner.outcome == Completed(7)
    assert [letter.outcome for letter in letters] == [Completed(7)]


def test_a_run_owned_by_a_run_is_cancelled_when_that_returns() -> None:
    inner: list[AsyncComputation[Any]] = []
    assert AsyncComputation.start_sync(lambda: inner.append(AsyncComputation.start_sync(one_question)[0]))[1] == Completed(
        None
    )
    settle()
    assert inner[0].outcome == Cancelled(OwnerEnded(Normal()))


def test_a_cancel_goes_through_a_chain_of_owners() -> None:
    runners: list[AsyncComputation[Any]] = []

    def body(depth: int) -> None:
        if depth:
            runners.append(AsyncComputation.start(body, depth - 1))
        ask(Q)

    outer = AsyncComputation.start(body, 3)
    settle()
    outer.cancel("why")
    outcomes()
    assert runners[0].outcome == Cancelled(OwnerEnded(Shutdown("why")))
    assert runners[1].outcome == Cancelled(OwnerEnded(Shutdown(OwnerEnded(Shutdown("why")))))
    assert [runner.state for runner in runners] == ["finished"] * 3


def test_the_reference_to_the_runner_may_be_dropped() -> None:
    gate = gevent.event.Event()

    def body() -> str:
        gate.wait()
        return ask(Q)

    AsyncComputation.start(body)
    settle()
    gate.set()
    settle()
    event = receive(0)
    event.outcome.resume("x")
    del event
    assert outcomes() == [Completed("x")]


def test_an_exit_signal_to_the_run_cancels_it_with_that_reason() -> None:
    runner = AsyncComputation.start(one_question)
    opened(runner)
    send_exit(runner.ref, Shutdown("stop"))
    assert outcomes() == [Cancelled(Shutdown("stop"))]


@pytest.mark.sentence("R14")
def test_the_end_that_the_owner_s_own_end_led_to_is_no_dead_letter(letters: list[Any]) -> None:
    end_of(spawn(lambda: AsyncComputation.start(block), link=False))
    settle()
    assert letters == []


@pytest.mark.sentence("R14")
def test_an_error_of_the_clean_up_after_the_owner_s_end_is_a_dead_letter(letters: list[Any]) -> None:
    def unclean() -> None:
        try:
            block()
        finally:
            raise KeyError("clean-up")

    def owner() -> None:
        AsyncComputation.start(unclean)
        give_way()

    end_of(spawn(owner, link=False))
    settle()
    assert isinstance(only(letters).outcome.error, KeyError)


def test_the_report_of_a_dead_event_names_its_tag_and_what_it_told() -> None:
    owner = spawn(give_way, link=False)
    end_of(owner)
    found: list[Mapping[str, Any]] = []
    stop = telemetry.subscribe(lambda event, data: found.append(data) if event == "dead letter" else None)
    AsyncComputation.start(returning, 1, tag="t", owner=owner, link=False)
    settle()
    stop()
    assert (only(found)["tag"], only(found)["outcome"]) == ("t", "Completed")
