"""`SqliteStore.verify`: what reading run by run does not notice."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from actors.durable import SqliteStore
from actors.errors import DamagedError, StoreFormatError, StoreUnavailableError
from tests.durable.store.stores import entries, run_row
from tests.durable.store.test_faults import RUNS, filled, flipped

pytestmark = pytest.mark.sentence("D12")

FLIPS = 400


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


def test_a_store_as_it_was_written_has_no_damage(path: Path) -> None:
    filled(path)
    with SqliteStore(path) as store:
        store.append(RUNS[0], taken=["m"], fence=7).wait()
        store.forget(RUNS[1])
        store.append(RUNS[2], entries(7, 1, RUNS[2]), fence=7, cut=True).wait()
        assert store.verify() == []
        with SqliteStore.beside(path) as beside:
            assert beside.verify() == []


def test_whatever_a_flipped_bit_hides_is_found(path: Path) -> None:
    """Among the flips are such as hide a whole run without an error; else this shows nothing."""
    whole = path.with_name("whole.db")
    before = filled(whole)
    hidden = 0
    for number in range(FLIPS):
        shutil.copy(whole, path)
        flipped(path, [random.Random(number).randrange(whole.stat().st_size * 8)])
        try:
            with SqliteStore.beside(path) as store:
                try:
                    seen = {run: store.load(run) for run in RUNS}
                    listed = [row.id for row in store.list()]
                except (DamagedError, StoreUnavailableError):
                    assert store.verify(), f"flip {number}"
                    continue
                if seen != before or listed != RUNS:
                    hidden += 1
                    assert store.verify(), f"flip {number}"
        except (StoreFormatError, StoreUnavailableError):
            pass
        for left in path.parent.glob("runs.db-*"):
            left.unlink(missing_ok=True)  # a connection may be closed only now
    assert hidden


@pytest.mark.parametrize(
    ("sql", "damage"),
    [
        (
            "DELETE FROM run WHERE no = 1",
            "3 entries belong to no run",
        ),
        ("UPDATE entry SET payload = x'00' WHERE no = 2", "entry 1 of run 'a'"),
        ("UPDATE inbox SET payload = x'00'", "the message 'm'"),
        ("UPDATE run SET wake_at = 0.0 WHERE no = 1", "run 'a'"),
    ],
    ids=["a run is gone", "an entry", "a message", "a row"],
)
def test_damage_is_named(path: Path, sql: str, damage: str) -> None:
    with SqliteStore(path) as store:
        for run in ("a", "b"):
            store.create(run_row(run, next_seq=3), entries(0, 3, run))
        store.post("b", "m", b"answer")
        with sqlite3.connect(path) as other:
            other.execute(sql)
        other.close()
        (found,) = store.verify()
        assert damage in str(found)
