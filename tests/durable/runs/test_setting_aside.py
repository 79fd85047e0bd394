"""Runs that are set aside, and who is told; runs that sleep cost no memory."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import Completed, Prompt, ask, receive
from actors.durable import Parked, ParkedError, Store
from actors.effects import clock
from actors.testing import ManualClock, settle
from tests.durable.runs.world import World, drained, rewritten


def asking() -> str:
    return ask(Prompt("a"))


def asleep() -> str:
    clock.sleep(1000.0)
    return "awake"


def worn_out(world: World, store: Store) -> Any:
    """Have the store hold a run that died three times, and open runs."""
    runs = world.open(store, [asking])
    runs.start(asking, id="r").wait(5)
    world.die(runs)
    rewritten(store, "r", status="running", question=None, attempts=3, owner="a dead process")
    return world.open(store, [asking])


@pytest.mark.sentence("D16")
def test_the_owner_of_a_run_that_used_up_its_attempts_is_told(world: World, store: Store) -> None:
    with capture_logs() as logged:
        runs = worn_out(world, store)
        run = runs.attach("r")
        notice: Any = receive(5).outcome
        settle()
    assert isinstance(notice, Parked)
    assert isinstance(notice.error, ParkedError)
    assert "interrupted 3 times" in str(notice)
    assert drained() == []
    assert [(line["event"], line["actor"]) for line in logged] == [("run parked", "r")]
    assert runs.get("r").status == "parked"
    assert run.inner is None


@pytest.mark.sentence("D16")
def test_whoever_asks_for_such_a_run_gets_an_error_and_does_not_bring_it_back(world: World, store: Store) -> None:
    runs = worn_out(world, store)
    with pytest.raises(ParkedError, match="interrupted 3 times"):
        runs.wait("r", 1)
    assert runs.get("r").status == "parked"
    runs.retry("r")
    assert runs.wait("r", 5).value == Prompt("a")


@pytest.mark.sentence("D16")
def test_who_attaches_to_a_parked_run_is_told(world: World, store: Store) -> None:
    runs = worn_out(world, store)
    settle()
    assert runs.get("r").status == "parked"
    runs.attach("r")
    assert "interrupted 3 times" in str(receive(5).outcome.error)


@pytest.mark.sentence("D10")
@pytest.mark.parametrize("how", ["idle", "beyond max_live"])
def test_a_run_that_only_sleeps_is_passivated_and_wakes_in_time(world: World, store: Store, how: str) -> None:
    with ManualClock(1e9) as time:
        limits: dict[str, Any] = {"passivate_after": 100.0} if how == "idle" else {"max_live": 1}
        runs = world.open(store, [asleep], poll=5.0, **limits)
        first: Any = runs.start(asleep, id="first")
        second: Any = runs.start(asleep, id="second")
        time.advance(106)
        assert (runs.is_live("first"), runs.is_live("second")) == (False, how != "idle")
        assert drained() == []
        time.advance(880)
        assert (first.state, second.state) == ("running", "running")
        time.advance(20)
        assert (first.outcome, second.outcome) == (Completed("awake"), Completed("awake"))
        assert {event.runner for event in drained()} == {first, second}
        runs.close()


@pytest.mark.sentence("D10")
def test_control_within_the_limits_a_run_that_sleeps_stays_live(world: World, store: Store) -> None:
    with ManualClock(1e9) as time:
        runs = world.open(store, [asleep], poll=0.25, passivate_after=100.0)
        runs.start(asleep, id="r")
        time.advance(99)
        assert runs.is_live("r")
        runs.close()
