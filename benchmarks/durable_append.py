"""An entry appended to a durable run and waited for, by 256 actors at once; beside it one commit each, on the hub.

`durable_append_slow` has a disk on which each commit takes two milliseconds more.
"""

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from gevent.monkey import get_original

from actors import spawn
from actors.durable import EntryRow, RunRow
from actors.durable.sqlite import SqliteStore
from benchmarks.inside import in_actor, until_ended
from benchmarks.subject import AtMost, Ratio, Subject, clock

WRITERS = 256
PAYLOAD = b"p" * 60
SLOW = 0.002  # seconds

block: Callable[[float], None] = get_original("time", "sleep")


class SlowConnection(sqlite3.Connection):
    """Commits as a slow disk does."""

    def commit(self) -> None:
        block(SLOW)
        super().commit()


def slowly(*args: Any, **options: Any) -> sqlite3.Connection:
    return sqlite3.connect(*args, factory=SlowConnection, **options)


def at_once(work: Callable[[str, int], None], each: int) -> float:
    """Have every writer do its share, and return the seconds that all take."""

    def actor() -> float:
        start = clock()
        until_ended([spawn(work, name(number), each) for number in range(WRITERS)])
        return clock() - start

    return in_actor(actor)


def name(number: int) -> str:
    return f"{number:032x}"


def ours(n: int, connect: Callable[..., sqlite3.Connection] = sqlite3.connect) -> float:
    """Append through the store."""
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "runs.db", connect=connect) as store:
        at_once(lambda run, _: store.create(RunRow(run, "onboarding", args=PAYLOAD)), 1)

        def write(run: str, each: int) -> None:
            for seq in range(each):
                store.append(run, [EntryRow(run, seq, 1, PAYLOAD)], fence=0).wait()

        each = max(1, n // WRITERS)
        seconds = at_once(write, each)
        assert len(store.log(name(7))) == each
    return seconds / (each * WRITERS)


def theirs(n: int, connect: Callable[..., sqlite3.Connection] = sqlite3.connect) -> float:
    """Write each entry to a database in its own transaction, on the hub."""
    with tempfile.TemporaryDirectory() as folder:
        database = connect(str(Path(folder) / "runs.db"), isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE entry (run TEXT, seq INTEGER, kind INTEGER, payload BLOB, UNIQUE (run, seq))")

        def write(run: str, each: int) -> None:
            for seq in range(each):
                database.execute("BEGIN")
                database.execute("INSERT INTO entry VALUES (?, ?, 1, ?)", (run, seq, PAYLOAD))
                database.commit()
                gevent.sleep(0)

        each = max(1, n // WRITERS)
        seconds = at_once(write, each)
        (count,) = database.execute("SELECT count(*) FROM entry").fetchone()
        assert count == each * WRITERS
        database.close()
    return seconds / (each * WRITERS)


SUBJECT = Subject(
    name="durable_append",
    works={"ours": ours, "baseline": lambda n: theirs(n // 8)},
    target=AtMost(22.2, 16.7),
    count=WRITERS * 32,
    quick=WRITERS,
)
SLOW_SUBJECT = Subject(
    name="durable_append_slow",
    works={"ours": lambda n: ours(n, slowly), "baseline": lambda n: theirs(n // 16, slowly)},
    target=Ratio(20, 60),
    count=WRITERS * 16,
    quick=WRITERS,
)
