"""The wall clock is set back by a day: nothing ends early or twice, and nothing is forgotten too soon."""

from typing import Any

import pytest

from actors import Completed, Prompt, Suspend, ask
from actors.durable import Store
from actors.effects import clock
from actors.testing import ManualClock, settle
from tests.durable.runs.world import World

DAY = 24 * 3600.0
NOON = 1_000_000_000.0


class Wall(ManualClock):
    """A clock whose wall is set apart from its monotonic time."""

    back = 0.0

    def now(self) -> float:
        return super().now() - self.back


def sleeper() -> str:
    clock.sleep(100.0)
    return "awake"


def impatient() -> str:
    try:
        return ask(Prompt("quick"), timeout=100.0)
    except TimeoutError:
        return "too late"


@pytest.mark.sentence("D9")
@pytest.mark.parametrize("fn", [sleeper, impatient])
def test_a_run_that_stays_live_waits_as_long_as_it_said(world: World, store: Store, fn: Any) -> None:
    time = Wall(NOON)
    with time:
        runs = world.open(store, [fn], poll=5.0)
        run: Any = runs.start(fn, id="r")
        time.advance(50)
        time.back = DAY
        time.advance(49)
        assert run.state in ("running", "suspended")
        time.advance(2)
        assert run.outcome == Completed("awake" if fn is sleeper else "too late")
        runs.close()


@pytest.mark.sentence("D9")
@pytest.mark.parametrize("fn", [sleeper, impatient])
def test_one_that_was_passivated_or_interrupted_waits_for_its_time_of_the_day(world: World, store: Store, fn: Any) -> None:
    time = Wall(NOON)
    with time:
        runs = world.open(store, [fn], poll=600.0)
        runs.start(fn, id="r")
        time.advance(50)
        world.die(runs)
        time.back = DAY
        runs = world.open(store, [fn], poll=600.0)
        run: Any = runs.attach("r")
        time.advance(DAY - 600)
        assert run.outcome is None or isinstance(run.outcome, Suspend)
        time.advance(1300)
        assert run.outcome == Completed("awake" if fn is sleeper else "too late")
        runs.close()


@pytest.mark.sentence("D9")
def test_a_deadline_is_a_time_of_the_day(world: World, store: Store) -> None:
    time = Wall(NOON)
    with time:
        runs = world.open(store, [impatient], poll=600.0)
        run: Any = runs.start(impatient, id="r", deadline=50.0)
        time.back = DAY
        time.advance(10)
        assert run.state == "suspended"
        time.back = -DAY  # and forward
        time.advance(600)
        assert run.state == "finished"
        runs.close()


@pytest.mark.sentence("D15")
def test_finished_runs_are_not_forgotten_sooner(world: World, store: Store) -> None:
    time = Wall(NOON)
    with time:
        runs = world.open(store, [sleeper], poll=120.0, retention=3600.0)
        runs.start(sleeper, id="old")
        time.advance(120)
        assert runs.get("old").status == "finished"  # type: ignore[union-attr]
        time.back = DAY
        runs.start(sleeper, id="new")
        time.advance(120)
        assert runs.get("new").status == "finished"  # type: ignore[union-attr]
        time.advance(3600 - 240)
        settle()
        assert {row.id for row in runs.list()} == {"old", "new"}
        time.advance(600)
        assert {row.id for row in runs.list()} == {"old"}
        time.advance(DAY)
        assert runs.list() == []
        runs.close()
