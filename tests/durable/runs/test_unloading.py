"""Unloading: a live run is unwound without being ended, and goes on from its log; what its owner hears of that."""

from collections.abc import Generator
from typing import Any

import gevent
import pytest

from actors import Cancelled, Completed, Prompt, Suspend, ask, current, receive, send, spawn
from actors.durable import Detached, DetachedError, DurableRuns, Store, StoreUnavailableError, Unloaded
from actors.durable.appends import Append
from actors.effects import clock, fresh, operation, parallel, state
from actors.runtime.spawning import give_way
from actors.runtime.tickets import hand_over
from actors.testing import settle
from tests.durable.runs.world import WORLDS, World, deed, drained

pytestmark = pytest.mark.sentence("D10")

LEFT: list[str] = []
GATE: list[Any] = []


@pytest.fixture(autouse=True)
def _the_world(world: World) -> Generator[None]:
    yield
    for runs in world.opened:
        runs.close()
    for kept in (LEFT, GATE):
        kept.clear()


@operation
def held_up(what: str) -> str:
    """Wait inside an external operation, the first time."""
    if not GATE:
        GATE.append(what)
        WORLDS[0].begun[what] += 1
        clock.sleep(1000)
    return WORLDS[0].do(what)


def cleaning() -> str:
    with state.holding(0):
        try:
            return ask(Prompt("a")) + ask(Prompt("b"))
        finally:
            LEFT.append("plain")
            for attempt in (lambda: deed("refund"), fresh.uuid4, state.get, lambda: ask(Prompt("more")), clock.now):
                try:
                    attempt()
                except Unloaded:
                    LEFT.append("refused")
            deed("refund")


def asleep() -> str:
    try:
        clock.sleep(1000)
    finally:
        LEFT.append("asleep")
    return "slept"


def busy() -> str:
    try:
        return held_up("busy")
    finally:
        LEFT.append("busy")


def asking() -> str:
    try:
        return ask(Prompt("a"))
    finally:
        LEFT.append("asking")


def branches() -> Any:
    def branch(name: str) -> str:
        try:
            return ask(Prompt(name))
        finally:
            LEFT.append(name)
            deed(name)

    return parallel(lambda: branch("left"), lambda: branch("right"))


def started(runs: DurableRuns, fn: Any, id_: str = "r") -> Any:
    run = runs.start(fn, id=id_)
    assert isinstance(run.wait(5), Suspend)
    return run


def test_plain_clean_up_runs_and_nothing_is_performed_or_written(opened: Any, store: Store, world: World) -> None:
    runs = opened(cleaning)
    run = started(runs, cleaning)
    row, log = store.get("r"), store.log("r")
    runs.passivate("r")
    settle()
    assert ["plain", *["refused"] * 5] == LEFT
    assert world.begun == {}
    assert (store.get("r"), store.log("r")) == (row, log)
    LEFT.clear()
    assert run.resume_sync("1").value == Prompt("b")
    assert LEFT == []
    assert world.begun == {}


def test_its_owner_cannot_tell_that_a_run_was_passivated(opened: Any) -> None:
    runs = opened(asking)
    run = started(runs, asking)
    drained()
    token = run.outcome.token
    for _ in range(3):
        runs.passivate("r")
        settle()
        assert not runs.is_live("r")
        assert (run.state, run.outcome.token, drained()) == ("suspended", token, [])
    assert run.resume_sync("x", token=token) == Completed("x")


def test_branches_are_unwound_too(opened: Any, world: World) -> None:
    runs = opened(branches)
    run = started(runs, branches)
    runs.passivate("r")
    settle()
    assert sorted(LEFT) == ["left", "right"]
    assert world.begun == {}
    assert run.resume_sync("l").value == Prompt("right")
    outcome = run.resume_sync("r")
    assert outcome == Completed(("l", "r"))
    assert sorted(world.deeds_by_name) == ["left", "right"]


def test_beyond_max_live_the_longest_suspended_is_passivated(opened: Any) -> None:
    runs = opened(asking, max_live=2)
    for number in range(4):
        started(runs, asking, f"r{number}")
        settle()
    assert [runs.is_live(f"r{number}") for number in range(4)] == [False, False, True, True]


def test_idle_runs_are_passivated(opened: Any) -> None:
    runs = opened(asking, passivate_after=0.0)
    started(runs, asking)
    runs.passivate_idle()
    settle()
    assert not runs.is_live("r")


@operation
def paused(what: str) -> str:
    gevent.sleep(0.02)
    return what


def busy_beside() -> Any:
    return parallel(lambda: ask(Prompt("left")), lambda: paused("right") + ask(Prompt("right")))


def test_a_run_with_a_busy_branch_is_passivated_when_that_waits_too(opened: Any) -> None:
    runs = opened(busy_beside, passivate_after=0.0)
    started(runs, busy_beside)
    runs.passivate_idle()
    assert runs.is_live("r")
    gevent.sleep(0.04)
    settle()
    runs.passivate_idle()
    settle()
    assert not runs.is_live("r")
    runs.resume("r", "l")
    assert runs.wait("r", 5).value == Prompt("right")


@pytest.mark.parametrize("fn", [asking, asleep, busy], ids=["suspended", "sleeping", "in an operation"])
def test_the_end_of_the_owner_unloads_and_another_attaches(opened: Any, store: Store, fn: Any) -> None:
    runs = opened(fn)
    me = current()

    def owner() -> None:
        send(me, runs.start(fn, id="r"))
        receive(match=lambda message: message == "end")

    ref = spawn(owner, link=False)
    run = receive(5)
    settle()
    send(ref, "end")
    settle()
    assert not runs.is_live("r")
    assert [fn.__name__] == LEFT
    row = store.get("r")
    assert row is not None
    assert row.status == {"asking": "suspended", "asleep": "sleeping", "busy": "running"}[fn.__name__]
    again = runs.attach("r")
    assert again is not run
    assert again.owner is me
    if fn is asking:
        assert receive(5).outcome.value == Prompt("a")
        assert again.resume_sync("x") == Completed("x")
    if fn is busy:
        assert receive(5).outcome == Completed("busy 0")
        assert GATE == ["busy"]


def test_close_unloads_whatever_runs_and_the_next_goes_on(opened: Any, store: Store, world: World) -> None:
    runs = opened(asking, asleep, busy)
    runs.start(busy, id="b")
    for number in range(7):
        runs.start(asking, id=f"q{number}")
        runs.start(asleep, id=f"s{number}")
    for number in range(6):
        runs.start(asking, id=f"r{number}")
    settle()
    rows = store.list(limit=100)
    drained()
    runs.close()
    assert len(LEFT) == 21
    assert [event.outcome for event in drained()] == [Detached("its DurableRuns was closed")] * 21
    kept = store.list(limit=100)
    assert [(row.id, row.status, row.next_seq) for row in kept] == [(row.id, row.status, row.next_seq) for row in rows]
    again = opened(asking, asleep, busy)
    assert again.wait("b", 5) == Completed("busy 0")
    again.resume("q3", "x")
    assert again.wait("q3", 5) == Completed("x")
    assert [again.get(f"s{number}").status for number in range(7)] == ["sleeping"] * 7
    assert world.begun == {"b:0": 1, "busy": 1}


def test_who_waits_is_told(opened: Any) -> None:
    runs = opened(asleep)
    me = current()
    run = runs.start(asleep, id="r")

    def waiting() -> None:
        try:
            runs.wait("r")
        except DetachedError as error:
            send(me, error.notice)

    spawn(waiting)
    settle()
    runs.close()
    told = drained()
    assert Detached("its DurableRuns was closed") in told
    assert any(getattr(event, "outcome", None) == Detached("its DurableRuns was closed") for event in told)
    assert run.state == "running"


def swallowing() -> str:
    try:
        return ask(Prompt("a"))
    except BaseException:
        LEFT.append("swallowed")
    return ask(Prompt("b"))


def test_a_body_that_swallows_it_comes_to_nothing(opened: Any, store: Store) -> None:
    runs = opened(swallowing)
    run = started(runs, swallowing)
    log = store.log("r")
    runs.passivate("r")
    settle()
    assert LEFT == ["swallowed"]
    assert not runs.is_live("r")
    assert store.log("r") == log
    assert run.resume_sync("x") == Completed("x")


def returning() -> str:
    try:
        return ask(Prompt("a"))
    except BaseException:
        return "swallowed"


def test_nor_does_one_that_returns(opened: Any, store: Store) -> None:
    runs = opened(returning)
    run = started(runs, returning)
    runs.passivate("r")
    settle()
    row = store.get("r")
    assert row is not None
    assert row.status == "suspended"
    assert run.resume_sync("x") == Completed("x")


def test_a_run_whose_operation_was_under_way_goes_on_when_runs_are_opened_again(
    opened: Any, store: Store, world: World
) -> None:
    runs = opened(busy)
    runs.start(busy, id="r")
    settle()
    world.die(runs)
    again = opened(busy)
    assert again.wait("r", 5) == Completed("busy 0")
    assert len(store.log("r")) == 2


def stubborn() -> None:
    try:
        ask(Prompt("a"))
    finally:
        gevent.sleep(1000)


@pytest.mark.sentence("D2")
@pytest.mark.parametrize("taken", [True, False])
def test_the_end_of_a_run_that_was_killed_is_told_when_it_is_on_disk(opened: Any, store: Store, taken: bool) -> None:
    runs = opened(stubborn)
    run = runs.start(stubborn, id="s", shutdown=0)
    run.wait(5)
    held: list[Append] = []

    def append(run_id: str, entries: Any, changes: Any = None, **options: Any) -> Append:
        if "result" not in (changes or {}):
            return store.append(run_id, entries, changes, **options)
        held.append(Append(run_id, entries, changes, options["fence"]))
        return held[0]

    run.log.store = type("Held", (), {"append": staticmethod(append)})()
    run.cancel("enough")
    while not held:
        give_way()
    give_way()
    assert run.state != "finished"
    if not taken:
        held[0].error = StoreUnavailableError("here", "the disk is full")
    hand_over(held)
    told = receive(5, match=lambda event: isinstance(event.outcome, (Cancelled, Detached)))
    assert isinstance(told.outcome, Cancelled if taken else Detached)
