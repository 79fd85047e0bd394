"""Runs above a disk that is slow, full or broken: what their owners hear, and that they go on."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest
from structlog.testing import capture_logs

from actors import Completed, Prompt, ask, receive, spawn
from actors.codec import encode
from actors.durable import SqliteStore
from actors.effects import clock, fresh
from actors.runtime import Down
from actors.testing import settle
from tests.durable.runs.world import World, drained


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def store(path: Path) -> Generator[SqliteStore]:
    with SqliteStore(path) as store:
        yield store


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
