"""The limit of recursion reached inside the runtime: an error for whoever called, and nobody is left hanging."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Completed, Suspend, ask, receive, send, spawn
from actors.errors import LegTimeoutError
from actors.runtime import ActorRef, Crash, Down, Normal, current
from actors.testing import clean_up, settle
from tests.computation.common import Q, one_question, outcomes

NEAR = range(1, 26)  # frames that are left when the runtime is called


def dive(frames: int, function: Callable[[], Any]) -> Any:
    return function() if frames <= 0 else dive(frames - 1, function)


def frames_left(depth: int = 0) -> int:
    """How many calls of `dive` there is room for."""
    try:
        return frames_left(depth + 1)
    except RecursionError:
        return depth


def near_the_limit(left: int, function: Callable[[], Any]) -> Any:
    """Call a function where so many frames are left; None if they were too few for it."""
    try:
        return dive(frames_left() - left, function)
    except RecursionError:
        return None


def asking(left: int) -> tuple[Any, str]:
    return near_the_limit(left, lambda: ask(Q)), ask(Q)


def ends_well(runner: AsyncComputation[Any], outcome: Any) -> None:
    """Answer everything that is asked; it has to end."""
    while isinstance(outcome, Suspend):
        outcome = runner.resume_sync("a", token=outcome.token)
    assert outcome in {Completed(("a", "a")), Completed((None, "a"))}


@pytest.mark.sentence("R2")
@pytest.mark.parametrize("left", NEAR)
def test_a_run_goes_on_after_an_ask_without_room_under_a_sync_call(left: int) -> None:
    ends_well(*AsyncComputation.start_sync(asking, left))


@pytest.mark.sentence("R2")
@pytest.mark.parametrize("left", NEAR)
def test_a_run_goes_on_after_an_ask_without_room_whose_owner_receives(left: int) -> None:
    def owner() -> None:
        runner = AsyncComputation.start(asking, left)
        while runner.state != "finished":
            outcome = receive(5.0).outcome
            if isinstance(outcome, Suspend) and outcome.token == runner.token:
                outcome.resume("a")
        assert runner.result() in {("a", "a"), (None, "a")}

    spawn(owner, link=False, monitor=True)
    down = receive(5.0)
    assert isinstance(down, Down)
    assert down.reason == Normal()


@pytest.mark.sentence("R17")
@pytest.mark.parametrize("left", NEAR)
def test_who_waits_hears_of_a_run_that_asked_without_room(left: int) -> None:
    runner = AsyncComputation.start(asking, left)
    outcome: Any = runner.wait(5.0)
    while isinstance(outcome, Suspend):
        if outcome.token == runner.token:
            outcome.resume("a")
        outcome = runner.wait(5.0)
    assert isinstance(outcome, Completed)
    outcomes()


@pytest.mark.sentence("R10")
@pytest.mark.parametrize("left", NEAR)
def test_a_run_that_asked_without_room_can_be_cancelled(left: int) -> None:
    runner, _ = AsyncComputation.start_sync(asking, left)
    assert runner.cancel_sync("enough").reason == "enough"  # type: ignore[union-attr]  # it has not completed


@pytest.mark.sentence("R8")
@pytest.mark.parametrize("left", NEAR)
def test_an_answer_given_without_room_is_taken_or_not(left: int) -> None:
    def owner() -> None:
        runner, _ = AsyncComputation.start_sync(one_question)
        outcome = near_the_limit(left, lambda: runner.resume_sync("a"))
        if outcome is None and runner.state == "suspended":
            outcome = runner.resume_sync("a")
        settle_by_result(runner)
        assert outcome in {None, Completed("a")}

    def settle_by_result(runner: AsyncComputation[str]) -> None:
        assert runner.result(5.0) == "a"

    spawn(owner, link=False, monitor=True)
    down = receive(5.0)
    assert isinstance(down, Down)
    assert down.reason == Normal()


@pytest.mark.sentence("R5")
@pytest.mark.parametrize("left", NEAR)
def test_a_run_started_without_room_runs_or_was_never_started(left: int) -> None:
    started: list[str] = []

    def body() -> str:
        started.append("body")
        return "done"

    def owner() -> None:
        for _ in range(3):  # workers are there from the second on
            near_the_limit(left, lambda: AsyncComputation.start_sync(body))
            me: Any = current()
            for run in list(me.ties.children if me.ties else ()):
                assert run.result(5.0) == "done"

    spawn(owner, link=False, monitor=True)
    down = receive(5.0)
    assert isinstance(down, Down)
    assert down.reason == Normal()


def starting_itself() -> Any:
    return AsyncComputation.start_sync(starting_itself, timeout=60.0)


@pytest.mark.sentence("R6")
def test_a_computation_that_starts_itself_without_end_is_told_so() -> None:
    def owner() -> str:
        with pytest.raises(LegTimeoutError) as caught:
            AsyncComputation.start_sync(starting_itself, timeout=0.2)
        caught.value.runner.cancel()
        return str(caught.value)

    run = AsyncComputation.start(owner)
    text = run.result(60.0)
    assert re.search(r"waits for a run that waits for a run, \d{3,} deep, down to <AsyncComputation starting_itself ", text)
    assert "start itself without end?" in text
    clean_up()


@pytest.mark.sentence("R6")
def test_a_run_that_waits_for_a_few_others_is_no_recursion() -> None:
    def nested(depth: int) -> Any:
        return AsyncComputation.start_sync(nested, depth - 1, timeout=None) if depth else gevent.sleep(60.0)

    with pytest.raises(LegTimeoutError) as caught:
        AsyncComputation.start_sync(nested, 3, timeout=0.01)
    assert "deep" not in str(caught.value)
    clean_up()


@pytest.mark.sentence("A4")
@pytest.mark.parametrize("left", NEAR)
def test_an_actor_receives_after_a_receive_without_room(left: int) -> None:
    def receiver(owner: ActorRef) -> None:
        first = near_the_limit(left, receive)
        send(owner, ("first", first))
        second = receive(5.0) if first is None else first
        send(owner, ("second", second))

    ref = spawn(receiver, current(), link=False, monitor=True)
    spawn(lambda: None, link=False)  # somebody to switch to
    settle()
    send(ref, "hello")
    assert receive(5.0)[0] == "first"
    assert receive(5.0) == ("second", "hello")
    assert isinstance(receive(5.0), Down)


@pytest.mark.sentence("A1")
@pytest.mark.parametrize("left", NEAR)
def test_who_stands_in_the_queue_runs_though_nobody_had_room_to_switch_there(left: int) -> None:
    ran: list[int] = []

    def body() -> None:
        for number in range(3):
            spawn(ran.append, number)
        near_the_limit(left, lambda: receive(0.001))

    spawn(body, link=False, monitor=True)
    down = receive(5.0)
    assert isinstance(down, Down)
    assert down.reason == Normal() or isinstance(down.reason, Crash)
    settle()
    assert ran == [0, 1, 2]
