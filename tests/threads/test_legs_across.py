"""Legs asked for from another thread: what they may come to, and how the two threads wait for each other meanwhile."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from actors import AsyncComputation, Cancelled, Completed, Prompt, Question, Throw, ask, offload, spawn, telemetry
from actors.runtime import BackgroundThread, Killed, TooManyActorsError, Watchdog, current, kill, receive, set_limits
from actors.runtime.limits import PROCESS
from actors.runtime.scheduler import all_schedulers, scheduler_here
from actors.testing import settle
from tests.computation.common import outcomes, wizard
from tests.runtime.watching import PATIENCE
from tests.threads.crossing import PlainThread, held, in_thread

ANSWERS = ("Ada", "ada@example.org", "pro")


def drive(thread: BackgroundThread) -> Any:
    """Drive a wizard on the background thread, and return its last outcome."""
    runner, outcome = AsyncComputation.start_sync(wizard, "name", "email", "plan", on=thread)
    for answer in ANSWERS:
        outcome = runner.resume_sync(answer)
    return outcome


@pytest.mark.sentence("T2", "T3")
def test_neither_thread_goes_through_the_poll_of_its_loop_for_a_leg(thread: BackgroundThread) -> None:
    """Both wait on locks, also where a hub had to be gone through before."""

    def plain() -> tuple[int, int]:
        assert drive(thread) == Completed(ANSWERS)
        loops = [scheduler.hub.loop for scheduler in (scheduler_here(), thread.scheduler)]
        before = [loop.iteration for loop in loops]
        for _ in range(20):
            assert drive(thread) == Completed(ANSWERS)
        here, there = (loop.iteration - count for loop, count in zip(loops, before, strict=True))
        return here, there

    assert in_thread(plain) == (0, 0)


@pytest.mark.sentence("T2", "A14")
def test_the_watchdog_sees_a_leg_that_was_asked_for_elsewhere_hold_its_thread(thread: BackgroundThread) -> None:
    inside, let_go = threading.Event(), threading.Event()

    def holding() -> str:
        ask(Prompt("q"))
        inside.set()
        let_go.wait(PATIENCE)
        return "let go"

    def plain() -> Any:
        assert drive(thread) == Completed(ANSWERS)  # from here on the hub of that thread waits on its lock
        runner, _ = AsyncComputation.start_sync(holding, on=thread)
        return runner.resume_sync("yes")

    found: list[Mapping[str, Any]] = []
    stop = telemetry.subscribe(lambda event, data: found.append(data) if event == "thread held" else None)
    other = PlainThread(plain)
    offload(inside.wait, PATIENCE)
    dog = Watchdog(1.0)
    dog.look(0.0)
    dog.look(1.5)
    let_go.set()
    stop()
    assert other.result() == Completed("let go")
    assert [("holding" in str(data["actor"]), data["seconds"]) for data in found] == [(True, 1.5)]


@pytest.mark.sentence("T2", "R21")
def test_an_answer_may_find_a_question_that_parses_where_there_was_one_that_does_not(thread: BackgroundThread) -> None:
    class Number(Question[int]):
        def parse(self, answer: Any) -> int:
            return int(answer)

    def both() -> tuple[Any, int]:
        return ask(Prompt("a")), ask(Number())

    def answering(answer: str) -> None:
        got.append(runner.resume_sync(answer))

    got: list[Any] = []
    runner, _ = AsyncComputation.start_sync(both, on=thread)
    with held(thread):
        for answer in ("x", "7"):
            spawn(answering, answer, link=False)
        settle()
    assert receive(PATIENCE).outcome == Completed(("x", 7))
    settle()
    assert [type(outcome).__name__ for outcome in got] == ["Suspend", "Completed"]


@pytest.mark.sentence("T2", "R9", "R16")
def test_a_run_that_is_killed_in_its_own_leg_gives_its_caller_the_end(thread: BackgroundThread) -> None:
    def deadly() -> None:
        ask(Prompt("q"))
        kill(current())
        ask(Prompt("never"))

    def plain() -> Any:
        assert drive(thread) == Completed(ANSWERS)
        runner, _ = AsyncComputation.start_sync(deadly, on=thread)
        return runner.resume_sync("yes")

    assert in_thread(plain) == Cancelled(Killed(), killed=True)


@pytest.mark.sentence("T2", "R9")
def test_a_leg_waits_for_its_turn_behind_those_that_are_ready(thread: BackgroundThread) -> None:
    order: list[str] = []

    def last() -> None:
        ask(Prompt("q"))
        order.append("leg")

    got: list[Any] = []
    runner, _ = AsyncComputation.start_sync(last, on=thread)
    with held(thread):
        spawn(order.append, "spawned", link=False, on=thread)
        caller = spawn(lambda: got.append(runner.resume_sync("yes")), monitor=True, link=False)
        settle()
    assert receive(PATIENCE, match=lambda message: getattr(message, "ref", None) is caller).ref is caller
    assert (order, got) == (["spawned", "leg"], [Completed(None)])
    assert outcomes() == [Completed(None)]  # the owner's: somebody else made the call


@pytest.mark.sentence("T2", "R2")
def test_a_run_that_cannot_begin_tells_its_caller_in_another_thread_why(thread: BackgroundThread) -> None:
    before = PROCESS.max_actors
    alive = sum(len(scheduler.workers) for scheduler in all_schedulers())
    set_limits(max_actors=alive)
    try:
        _, outcome = AsyncComputation.start_sync(wizard, "q", on=thread)
    finally:
        set_limits(max_actors=before)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, TooManyActorsError)
    assert outcomes() == []
