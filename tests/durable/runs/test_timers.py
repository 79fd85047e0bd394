"""Durable timers: sleeps, limits of questions and deadlines outlive the process; and an answer that comes with them."""

from collections.abc import Generator
from typing import Any

import pytest

from actors import Cancelled, Completed, Prompt, Suspend, ask
from actors.computation import DeadlineExceeded, StaleTokenError
from actors.durable import Store
from actors.effects import clock, parallel
from actors.testing import ManualClock, settle
from tests.durable.runs.world import WORLDS, World, deed

pytestmark = pytest.mark.sentence("D9")

START = 1_000_000.0


@pytest.fixture
def time() -> Generator[ManualClock]:
    with ManualClock(START) as time:
        yield time


@pytest.fixture
def world(store: Store, time: ManualClock) -> Generator[World]:  # so that runs are closed before time goes on by itself
    del store, time
    world = World()
    WORLDS.append(world)
    yield world
    for runs in world.opened:
        runs.close()
    WORLDS.clear()


def sleeper(seconds: float) -> float:
    deed("before")
    began = clock.now()
    clock.sleep(seconds)
    deed("after")
    return clock.now() - began


def impatient(seconds: float) -> str:
    try:
        return ask(Prompt("quick"), timeout=seconds)
    except TimeoutError:
        return ask(Prompt("late"))


def cleaning() -> None:
    try:
        ask(Prompt("never"))
    finally:
        deed("clean-up")


def awake_and_asleep() -> Any:
    return parallel(lambda: clock.sleep(100), lambda: ask(Prompt("beside")))[1]


def test_a_sleep_goes_on_in_the_next_process(world: World, store: Store, time: ManualClock) -> None:
    runs = world.open(store, [sleeper], poll=0.25)
    runs.start(sleeper, 100.0, id="s")
    time.advance(30)
    row = store.get("s")
    assert row is not None
    assert (row.status, row.wake_at) == ("sleeping", START + 100)
    world.die(runs)
    runs = world.open(store, [sleeper], poll=0.25)
    time.advance(69)
    assert world.deeds == ["before 0"]
    time.advance(2)
    outcome = runs.wait("s", 0)
    assert isinstance(outcome, Completed)
    assert outcome.value == pytest.approx(100, abs=1)
    assert world.begun == {"s:0": 1, "s:5": 1}


def test_an_overdue_sleep_ends_at_once(world: World, store: Store, time: ManualClock) -> None:
    runs = world.open(store, [sleeper], poll=0.25)
    runs.start(sleeper, 100.0, id="s")
    time.advance(0)
    world.die(runs)
    time.advance(1000)
    runs = world.open(store, [sleeper])
    time.advance(0)
    outcome = runs.wait("s", 0)
    assert isinstance(outcome, Completed)
    assert outcome.value == 1000


@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
def test_the_limit_of_a_question(world: World, store: Store, time: ManualClock, dies: bool) -> None:
    runs = world.open(store, [impatient], poll=0.25)
    runs.start(impatient, 100.0, id="i")
    time.advance(40)
    token = runs.get("i").token  # type: ignore[union-attr]
    assert token == 0
    if dies:
        world.die(runs)
        runs = world.open(store, [impatient], poll=0.25)
    time.advance(59)
    assert runs.get("i").token == token  # type: ignore[union-attr]
    time.advance(2)
    outcome = runs.wait("i", 0)
    assert isinstance(outcome, Suspend)
    assert outcome.value == Prompt("late")
    with pytest.raises(StaleTokenError):
        runs.resume("i", "x", token=token)
    runs.resume("i", "in time", token=outcome.token)
    assert runs.wait("i", 0) == Completed("in time")


@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
def test_an_answer_in_time_stops_the_limit(world: World, store: Store, time: ManualClock, dies: bool) -> None:
    runs = world.open(store, [impatient], poll=0.25)
    runs.start(impatient, 100.0, id="i")
    time.advance(99)
    if dies:
        world.die(runs)
        runs = world.open(store, [impatient], poll=0.25)
    runs.resume("i", "quick", token=0)
    time.advance(10)
    assert runs.wait("i", 0) == Completed("quick")
    assert store.next_wake() is None


@pytest.mark.parametrize("first", ["answer", "timer"])
def test_of_an_answer_and_a_timer_the_first_wins(world: World, store: Store, time: ManualClock, first: str) -> None:
    runs = world.open(store, [impatient])
    runs.start(impatient, 100.0, id="i")
    time.advance(0)
    world.die(runs)
    time.advance(200)  # overdue, and nobody has said so yet
    runs = world.open(store, [impatient])
    if first == "answer":
        runs.resume("i", "quick", token=0)
        settle()
        assert runs.wait("i", 0) == Completed("quick")
    else:
        time.advance(0)
        with pytest.raises(StaleTokenError):
            runs.resume("i", "quick", token=0)
        assert runs.wait("i", 0).value == Prompt("late")  # type: ignore[union-attr]


@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
def test_a_deadline(world: World, store: Store, time: ManualClock, dies: bool) -> None:
    runs = world.open(store, [cleaning], poll=0.25)
    runs.start(cleaning, id="c", deadline=100)
    time.advance(50)
    if dies:
        world.die(runs)
        runs = world.open(store, [cleaning], poll=0.25)
    time.advance(49)
    assert runs.get("c").status == "suspended"  # type: ignore[union-attr]
    time.advance(2)
    outcome = runs.wait("c", 0)
    assert isinstance(outcome, Cancelled)
    assert isinstance(outcome.reason, DeadlineExceeded)
    assert world.deeds == ["clean-up 0"]
    assert store.next_wake() is None


def test_a_passivated_sleep_beside_a_question_is_woken(world: World, store: Store, time: ManualClock) -> None:
    runs = world.open(store, [awake_and_asleep], poll=0.25)
    run = runs.start(awake_and_asleep, id="b")
    time.advance(0)
    runs.passivate("b")
    settle()
    assert not runs.is_live("b")
    time.advance(101)
    assert runs.is_live("b")
    row = store.get("b")
    assert row is not None
    assert (row.status, row.wake_at) == ("suspended", None)
    runs.resume("b", "x")
    time.advance(0)
    assert run.outcome == Completed("x")


def test_an_answer_to_a_run_that_is_being_brought_back(world: World, store: Store, time: ManualClock) -> None:
    runs = world.open(store, [awake_and_asleep])
    runs.start(awake_and_asleep, id="b")
    time.advance(0)
    token = runs.get("b").token  # type: ignore[union-attr]
    world.die(runs)
    time.advance(200)
    runs = world.open(store, [awake_and_asleep])
    row = store.get("b")
    assert row is not None
    run = runs.revive(row)  # as the keeper does when the time has come
    assert run.reviving
    run.resume("x", token=token)
    time.advance(0)
    assert runs.wait("b", 0) == Completed("x")
