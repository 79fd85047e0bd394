"""The limit of living actors, the pool, and the statistics."""

from collections.abc import Generator
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from actors import AsyncComputation, Throw, telemetry
from actors.runtime import (
    Crash,
    Down,
    Normal,
    TooManyActorsError,
    dead_letters,
    give_way,
    kill,
    receive,
    send,
    set_limits,
    spawn,
    statistics,
)
from actors.runtime.limits import PROCESS, most_actors
from actors.runtime.scheduler import POOL, scheduler_here
from actors.testing import settle
from tests.runtime.watching import end_of, run


@pytest.fixture(autouse=True)
def restored() -> Generator[None]:
    """Put the limits back."""
    before = PROCESS.max_actors
    yield
    set_limits(max_actors=before, pool=POOL)


def fill(more: int) -> list[Any]:
    """Set the limit to what is there and so many more, and use it up."""
    refs = [spawn(receive, link=False) for _ in range(statistics().pool)]
    settle()
    set_limits(max_actors=sum_of_workers() + more)
    refs += [spawn(receive, link=False) for _ in range(more)]
    settle()
    return refs


def sum_of_workers() -> int:
    from actors.runtime import scheduler  # noqa: PLC0415  a name of its own module's

    return sum(len(other.workers) for other in scheduler._schedulers.values())  # pyright: ignore[reportPrivateUsage]


def end(refs: list[Any]) -> None:
    for ref in refs:
        kill(ref)
    settle()


def test_an_actor_beyond_the_limit_ends_with_a_clear_error_and_the_others_live_on() -> None:
    refs = fill(3)
    ref = spawn(receive, link=False, monitor=True)
    down = receive(5.0)
    assert isinstance(down, Down)
    assert isinstance(down.reason, Crash)
    assert isinstance(down.reason.error, TooManyActorsError)
    assert "set_limits(max_actors" in str(down.reason.error)
    assert (ref.alive, all(other.alive for other in refs)) == (False, True)
    end(refs)


def test_a_run_beyond_the_limit_is_a_throw() -> None:
    refs = fill(2)
    _, outcome = AsyncComputation.start_sync(lambda: 7)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, TooManyActorsError)
    end(refs)


def test_when_some_have_ended_others_may_begin() -> None:
    refs = fill(2)
    kill(refs.pop())
    settle()
    assert run(give_way) == Normal()
    end(refs)


def test_without_a_limit_all_begin() -> None:
    refs = fill(1)
    set_limits(max_actors=None)
    assert run(give_way) == Normal()
    end(refs)


def test_the_limit_stays_below_what_the_kernel_has_maps_for(tmp_path: Path) -> None:
    told = tmp_path / "max_map_count"
    told.write_text("65530\n")
    assert most_actors(told) == 117_954
    assert most_actors(tmp_path / "missing") is None


def test_the_pool_keeps_no_more_than_its_limit() -> None:
    set_limits(max_actors=None, pool=3)
    refs = [spawn(receive, link=False) for _ in range(10)]
    settle()
    end(refs)
    assert statistics().pool == 3
    set_limits(max_actors=None, pool=1)
    assert (statistics().pool, statistics().pool_limit) == (1, 1)


@pytest.mark.parametrize("wrong", [{"max_actors": 0}, {"max_actors": -1}, {"max_actors": None, "pool": -1}])
def test_a_limit_that_is_too_small_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"max_actors|pool"):
        set_limits(**wrong)


@pytest.mark.parametrize("wrong", [{"max_actors": 1.5}, {"max_actors": True}, {"max_actors": None, "pool": "3"}])
def test_a_limit_that_is_no_number_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"max_actors|pool"):
        set_limits(**wrong)


def test_statistics_count_actors_ready_and_timers() -> None:
    before = statistics()
    waiting = [spawn(receive, link=False) for _ in range(3)]
    timed = spawn(receive, 60.0, link=False)
    spawned = statistics()
    settle()
    parked = statistics()
    end([*waiting, timed])
    after = statistics()
    assert (spawned.actors - before.actors, spawned.ready) == (4, 4)
    assert (parked.actors - before.actors, parked.ready, parked.timers - before.timers) == (4, 0, 1)
    assert (after.actors, after.timers, after.workers) == (before.actors, before.timers, parked.workers)
    assert after.pool == after.workers - after.actors - after.abandoned


def test_statistics_count_dead_letters_drains_and_switches() -> None:
    dead = spawn(give_way, link=False)
    end_of(dead)
    before = statistics()
    send(dead, "lost")
    for _ in range(200):
        spawn(give_way)
    settle()
    after = statistics()
    assert (after.dead_letters - before.dead_letters, after.dead_letters) == (1, dead_letters.count)
    assert after.drains > before.drains
    assert after.switches - before.switches >= 200


def test_statistics_are_a_value() -> None:
    assert statistics() == statistics()
    with pytest.raises(FrozenInstanceError):
        statistics().actors = 3  # type: ignore[misc]
    assert scheduler_here().pool_limit == statistics().pool_limit


def test_a_mailbox_that_grows_deep_is_a_telemetry_event_and_again_when_it_has_doubled() -> None:
    events: list[Any] = []
    stop = telemetry.subscribe(lambda event, data: events.append(data["messages"]) if event == "mailbox high" else None)
    scheduler = scheduler_here()
    before, scheduler.high_water = scheduler.high_water, 100

    def take(count: int) -> None:
        for _ in range(count):
            receive(0)

    for depth in (90, 300, 350, 900):
        ref = spawn(take, depth, link=False)
        for number in range(depth):
            send(ref, number)
        settle()
    stop()
    scheduler.high_water = before
    assert len(events) == 2
    assert 200 <= events[0] <= 300
    assert 800 <= events[1] <= 900
