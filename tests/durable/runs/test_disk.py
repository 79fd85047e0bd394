"""Runs above a disk that is slow, full or broken: what their owners hear, and that they go on."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import gevent
import pytest
from structlog.testing import capture_logs

from actors import Cancelled, Completed, Prompt, ask, receive, spawn
from actors.codec import encode
from actors.durable import Detached, SqliteStore, StoreUnavailableError
from actors.effects import clock, fresh
from actors.runtime import Down
from actors.testing import ManualClock, settle
from tests.durable.runs.world import World, deed, drained

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


class Disk:
    """A disk that can be full: what needs a new page of the file is refused."""

    def __init__(self) -> None:
        self.connections: list[sqlite3.Connection] = []

    def connect(self, *args: Any, **options: Any) -> sqlite3.Connection:
        self.connections.append(sqlite3.connect(*args, **options))
        return self.connections[-1]

    def fill(self) -> None:
        self.connections[0].execute("PRAGMA max_page_count = 1")  # as many as it has

    def clear(self) -> None:
        self.connections[0].execute("PRAGMA max_page_count = 1000000")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def store(path: Path, disk: Disk) -> Generator[SqliteStore]:
    with SqliteStore(path, connect=disk.connect) as store:
        yield store


BIG = "big " * 10_000


@contextmanager
def stalled(path: Path) -> Generator[None]:
    """The disk takes its time: nothing is written within the block."""
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.rollback()
    other.close()


def asking() -> str:
    return ask(Prompt("a")) + ask(Prompt("b"))


@pytest.mark.sentence("D15")
def test_a_message_is_taken_once_however_slow_the_disk_is(world: World, store: SqliteStore, path: Path) -> None:
    runs = world.open(store, [asking])
    run: Any = runs.start(asking, id="r")
    run.wait(5)
    drained()
    store.post("r", "nonsense", encode(["nonsense"]))
    store.post("r", "m", encode(["answer", "1", None]))
    with capture_logs() as logged, stalled(path):
        for _ in range(3):
            runs.keeping.look()
            gevent.sleep(0)
    settle()
    assert [line["event"] for line in logged] == ["message refused"]
    assert [event.outcome.value for event in drained()] == [Prompt("b")]
    assert store.inbox("r") == []
    assert run.resume_sync("2") == Completed("12")


def noting() -> str:
    note = str(fresh.uuid4())
    clock.sleep(1000)
    return note


@pytest.mark.sentence("D10")
def test_what_was_written_is_on_disk_when_runs_are_closed(world: World, store: SqliteStore, path: Path) -> None:
    """So that whoever opens the store next sees it."""
    runs = world.open(store, [noting])
    runs.start(noting, id="r")
    rows: list[int] = []

    def close() -> None:
        runs.close()
        rows.append(len(store.log("r")))

    with stalled(path):
        settle()  # it sleeps, and waits for nothing
        closing = spawn(close, monitor=True)
        gevent.sleep(0.01)
        assert rows == []
    receive(5, match=lambda message: isinstance(message, Down) and message.ref == closing)
    assert rows == [2]


# -- a full disk


def paying() -> str:
    try:
        what = ask(Prompt("what"))
        deed(what)
        return deed(what * 10_000)[:3] + ask(Prompt("more"))
    finally:
        deed("clean-up")


def told_of(run: Any) -> list[Any]:
    """What the owner has heard of it, but for its first question."""
    return [event.outcome for event in drained() if event.runner is run]


@pytest.mark.sentence("D2", "D12")
@pytest.mark.parametrize("how", ["resume", "resume_sync", "resume by id"])
@pytest.mark.parametrize("live", [True, False], ids=["live", "passivated"])
def test_an_answer_that_a_full_disk_refuses_leaves_the_question_open(
    world: World, store: SqliteStore, disk: Disk, how: str, live: bool
) -> None:
    runs = world.open(store, [asking])
    run: Any = runs.start(asking, id="r")
    token = run.wait(5).token
    settle()
    if not live:
        runs.passivate("r")
        settle()
    answer = {"resume": run.resume, "resume_sync": run.resume_sync, "resume by id": partial(runs.resume, "r")}[how]
    disk.fill()
    with pytest.raises(StoreUnavailableError, match="disk is full"):
        answer(BIG, token=token)
    settle()
    assert (run.state, run.outcome.token) == ("suspended", token)
    assert [type(notice) for notice in told_of(run)] == [Detached]
    assert len(store.log("r")) == 1
    disk.clear()
    answer(BIG, token=token)
    assert run.wait(5).value == Prompt("b") if how != "resume_sync" else run.state == "suspended"
    assert run.resume_sync("!") == Completed(BIG + "!")


@pytest.mark.sentence("D2", "D12")
def test_a_cancel_that_a_full_disk_refuses_leaves_the_question_open(world: World, store: SqliteStore, disk: Disk) -> None:
    runs = world.open(store, [paying])
    run: Any = runs.start(paying, id="r")
    token = run.wait(5).token
    disk.fill()
    with pytest.raises(StoreUnavailableError, match="disk is full"):
        run.cancel(BIG)
    settle()
    assert (run.state, world.deeds) == ("suspended", [])
    disk.clear()
    run.resume("x", token=token)
    settle()
    run.cancel("now")
    assert run.wait(5) == Cancelled("now")
    assert world.deeds_by_name == ["x", "x" * 10_000, "clean-up"]


@pytest.mark.sentence("D10", "D12")
def test_a_run_that_a_full_disk_interrupts_goes_on_when_there_is_room(world: World, store: SqliteStore, disk: Disk) -> None:
    """It tries again less and less often, is not parked for that, and its owner hears of the interruption once."""
    with ManualClock(1e9) as time:
        runs = world.open(store, [paying, asking], poll=0.25)
        run: Any = runs.start(paying, id="r")
        other: Any = runs.start(asking, id="other")
        time.advance(0)
        drained()
        disk.fill()
        run.resume("x")
        time.advance(20)
        assert [type(notice) for notice in told_of(run)] == [Detached]
        assert world.deeds_by_name == ["x"]
        row = store.get("r")
        assert row is not None
        assert (row.status, row.attempts) == ("running", 0)
        assert other.resume_sync("small").value == Prompt("b")
        disk.clear()
        time.advance(60)
        assert [outcome.value for outcome in told_of(run)] == [Prompt("more")]
        assert world.begun == {"r:2": 1, "r:4": 1}
        runs.close()
