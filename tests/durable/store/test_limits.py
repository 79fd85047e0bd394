"""A file that cannot be written: read-only, at the limit of its size, on a disk without room; also for root."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.durable import SqliteStore
from actors.errors import StoreUnavailableError
from tests.durable.store.stores import FENCE, entries, run_row
from tests.durable.store.test_faults import appended_until_refused
from tests.structure.sources import ROOT

pytestmark = pytest.mark.sentence("D12")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


def read_only(*args: Any, **options: Any) -> sqlite3.Connection:
    """Connect as to a file on a medium that is mounted read-only."""
    made: sqlite3.Connection = sqlite3.connect(f"file:{args[0]}?mode=ro", uri=True, **options)
    return made


def test_a_read_only_file_is_refused_by_who_would_hold_it_and_read_beside(path: Path) -> None:
    with SqliteStore(path) as store:
        store.create(run_row(next_seq=3), entries(0, 3))
    with pytest.raises(StoreUnavailableError, match="readonly") as caught:
        SqliteStore(path, connect=read_only)
    assert caught.value.lasting
    with SqliteStore.beside(path, connect=read_only) as beside:
        assert beside.log("a") == entries(0, 3)
        assert beside.verify() == []
        with pytest.raises(StoreUnavailableError, match="cannot be written") as refused:
            beside.post("a", "m", b"")
        assert refused.value.lasting
        assert beside.log("a") == entries(0, 3)
    with SqliteStore(path) as store:  # nobody holds it
        store.append("a", entries(3, 1), fence=FENCE).wait()


def test_a_new_file_on_a_read_only_medium_is_refused_when_it_is_opened(path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="cannot be opened") as caught:
        SqliteStore(path, connect=read_only)
    assert caught.value.lasting
    SqliteStore(path).close()  # and nobody holds it


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a directory in which nobody, root neither, makes files")
def test_a_directory_in_which_nobody_makes_files_is_named() -> None:
    with pytest.raises(StoreUnavailableError, match=r"/proc/self/runs\.db-lock cannot be written"):
        SqliteStore("/proc/self/runs.db")


WRITER = """
import os, sys
from actors.durable import EntryRow, RunRow
from actors.durable.sqlite import SqliteStore
from actors.errors import StoreUnavailableError
store = SqliteStore(sys.argv[1])
{limit}
store.create(RunRow("a", "n"))
for seq in range(300):
    try:
        store.append("a", [EntryRow("a", seq, 1, bytes(5000))], fence=0).wait()
    except StoreUnavailableError as error:
        print(seq, error.lasting, flush=True)
        break
else:
    print("never", flush=True)
try:
    read = len(store.log("a"))
except StoreUnavailableError as error:
    read = type(error).__name__
print(read, flush=True)
store.close()
"""

LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))"


def write(path: Path, limit: str) -> list[str]:
    command = [sys.executable, "-c", WRITER.format(limit=limit), str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_at_the_limit_of_its_size_the_store_ends_and_what_was_acknowledged_is_there(path: Path) -> None:
    written, lasting, read = write(path, LIMITED)
    assert 10 < int(written) < 250
    assert (lasting, read) == ("True", written)
    with SqliteStore(path) as store:
        assert len(store.log("a")) == int(written)
        assert store.verify() == []
        store.append("a", entries(int(written), 1), fence=0).wait()


def test_control_without_the_limit_all_is_written(path: Path) -> None:
    assert write(path, "") == ["never", "300"]


def mounted(place: Path) -> bool:
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_on_a_disk_without_room_nothing_is_lost_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    place = tmp_path / "disk"
    if not mounted(place):
        pytest.skip("a small disk cannot be mounted here")
    try:
        ballast = place / "ballast"
        ballast.write_bytes(bytes(400_000))
        with SqliteStore(place / "runs.db") as store:
            store.create(run_row())
            written, refusal = appended_until_refused(store, "a")
            assert "disk is full" in str(refusal)
            assert not refusal.lasting
            assert len(store.log("a")) == written > 0
            ballast.unlink()
            store.append("a", entries(written, 1), fence=FENCE).wait()
            assert len(store.log("a")) == written + 1
            assert store.verify() == []
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # the error keeps a cursor, and so the file
