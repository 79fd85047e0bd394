"""What goes wrong around an SQLite store: damage, full disks, kills, forks, other processes; and controls that see it."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from actors import spawn
from actors.durable import RunRow, checksums, holding
from actors.durable.sqlite import SqliteStore
from actors.durable.store import Stored
from actors.errors import (
    DamagedError,
    FencedError,
    NotHolderError,
    StoreClosedError,
    StoreFormatError,
    StoreHeldError,
    StoreUnavailableError,
    WithdrawnError,
)
from actors.runtime import kill
from actors.testing import settle
from tests.durable.store.stores import FENCE, entries, entry, run_row
from tests.structure.sources import ROOT

RUNS = [f"run-{number}" for number in range(12)]


def filled(path: Path) -> dict[str, Stored | None]:
    """Make a store of a dozen runs, and return what it holds."""
    with SqliteStore(path) as store:
        for run in RUNS:
            store.create(run_row(run, next_seq=3, question=b"what?"), entries(0, 3, run))
            store.post(run, "m", b"answer")
            store.append(run, entries(3, 4, run), {"status": "suspended"}, fence=FENCE).wait()
        return {run: store.load(run) for run in RUNS}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(path) as made:
        yield made


# -- opening


@pytest.mark.sentence("D12")
def test_what_was_written_is_there_when_the_store_is_opened_again(path: Path) -> None:
    before = filled(path)
    with SqliteStore(path) as store:
        assert {run: store.load(run) for run in RUNS} == before
        store.append(RUNS[0], entries(7, 1, RUNS[0]), fence=FENCE).wait()
        assert store.log(RUNS[0]) == entries(0, 8, RUNS[0])


def test_a_file_is_held_by_one_store_which_the_error_names(path: Path) -> None:
    with SqliteStore(path), pytest.raises(StoreHeldError, match=f"process {os.getpid()} on "):
        SqliteStore(path)
    SqliteStore(path).close()


def test_a_file_is_held_across_processes(path: Path) -> None:
    program = f"from actors.durable.sqlite import SqliteStore\nSqliteStore({str(path)!r})"
    with SqliteStore(path):
        done = run_program(program)
    assert f"process {os.getpid()} on " in done.stderr
    assert run_program(program).returncode == 0


def run_program(text: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", text]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_what_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreFormatError, match="is no SQLite database"):
        SqliteStore(path)
    assert path.read_bytes() == b"no database at all" * 100


def test_a_database_of_others_is_refused_and_left_as_it_is(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE customer (id)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreFormatError, match="no store of durable runs"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    filled(path)
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    for opened in (SqliteStore, SqliteStore.beside):
        with pytest.raises(StoreFormatError, match=r"newer version \(schema 99, and this one knows 1\)"):
            opened(path)


def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="no such directory"):
        SqliteStore(tmp_path / "nowhere" / "runs.db")


def test_a_network_file_system_is_refused(path: Path) -> None:
    mounts = f"1 1 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / {path.parent} rw - nfs4 server:/a rw\n"
    with pytest.raises(StoreUnavailableError, match=r"network file system \(nfs4\)"):
        holding.refuse_network(str(path), mounts)
    holding.refuse_network("/elsewhere/runs.db", mounts)


# -- beside


@pytest.mark.sentence("D15")
def test_beside_the_holder_one_reads_and_posts(store: SqliteStore, path: Path) -> None:
    store.create(run_row(next_seq=2), entries(0, 2))
    with SqliteStore.beside(path) as beside:
        assert beside.load("a") == store.load("a")
        assert beside.post("a", "m", b"answer")
        assert store.pending() == ["a"]
        assert not store.post("a", "m", b"again")
        store.append("a", entries(2, 1), fence=FENCE, taken=["m"]).wait()
        assert (beside.log("a"), beside.inbox("a")) == (entries(0, 3), [])


def test_beside_the_holder_nothing_else_is_allowed(store: SqliteStore, path: Path) -> None:
    store.create(run_row())
    with SqliteStore.beside(path) as beside:
        for use in (
            lambda: beside.create(run_row("b")),
            lambda: beside.append("a", fence=FENCE),
            lambda: beside.forget("a"),
            lambda: beside.retain(0.0),
        ):
            with pytest.raises(NotHolderError):
                use()


def test_beside_a_file_that_is_not_there_none_is_made(path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="no such file"):
        SqliteStore.beside(path)
    assert not path.exists()


# -- damage


def flipped(path: Path, places: list[int]) -> None:
    content = bytearray(path.read_bytes())
    for place in places:
        content[place >> 3] ^= 1 << (place & 7)
    path.write_bytes(content)


def wrong(path: Path, before: dict[str, Stored | None]) -> list[str]:
    """What of the dozen runs comes back as something else than it was, without an error that says so."""
    found: list[str] = []
    try:
        store = SqliteStore.beside(path)
    except (StoreFormatError, StoreUnavailableError):
        return []
    with store:
        for run in RUNS:
            try:
                if (now := store.load(run)) != before[run] and now is not None:
                    found.append(run)
            except (DamagedError, StoreUnavailableError):
                pass
    return found


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Stored | None]]:
    path = tmp_path_factory.mktemp("pristine") / "runs.db"
    return path, filled(path)


FLIPS = 300


@pytest.mark.sentence("D12")
def test_a_flipped_bit_never_gives_a_wrong_value(pristine: tuple[Path, dict[str, Stored | None]], path: Path) -> None:
    whole, before = pristine
    for number in range(FLIPS):
        shutil.copy(whole, path)
        flipped(path, [random.Random(number).randrange(whole.stat().st_size * 8)])
        assert wrong(path, before) == [], f"flip {number}"
        for left in path.parent.glob("runs.db-*"):
            left.unlink()


def test_control_without_checksums_flipped_bits_give_wrong_values(
    pristine: tuple[Path, dict[str, Stored | None]], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Whatever:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    def unchecked(*_: object) -> Whatever:
        return Whatever()

    for name in ("of_entry", "of_run", "of_message"):
        monkeypatch.setattr(checksums, name, unchecked)
    whole, before = pristine
    found: list[str] = []
    for number in range(FLIPS):
        shutil.copy(whole, path)
        flipped(path, [random.Random(number).randrange(whole.stat().st_size * 8)])
        found += wrong(path, before)
        for left in path.parent.glob("runs.db-*"):
            left.unlink()
    assert found


@pytest.mark.sentence("D12")
@pytest.mark.parametrize(
    ("sql", "seq"),
    [
        ("UPDATE entry SET payload = x'00' WHERE seq = 1", 1),
        ("UPDATE entry SET kind = 9 WHERE seq = 2", 2),
        ("DELETE FROM entry WHERE seq = 0", 0),
        ("UPDATE entry SET prev = no WHERE seq = 1", 1),
        ("UPDATE run SET args = x'00'", None),
        ("UPDATE run SET next_seq = 9", None),
        ("UPDATE run SET wake_at = 0.0", None),
    ],
)
def test_damage_is_named_and_others_go_on(store: SqliteStore, path: Path, sql: str, seq: int | None) -> None:
    for run in ("a", "b"):
        store.create(run_row(run, next_seq=3), entries(0, 3, run))
    with sqlite3.connect(path) as other:
        other.execute(f"{sql} {'AND' if 'WHERE' in sql else 'WHERE'} {'run' if 'entry' in sql else 'no'} = 1")
    other.close()
    with pytest.raises(DamagedError) as caught:
        store.load("a")
    assert (caught.value.run, caught.value.seq, caught.value.file) == ("a", seq, str(path))
    store.append("b", entries(3, 1, "b"), fence=FENCE).wait()
    assert store.log("b") == entries(0, 4, "b")
    assert store.forget("a")


@pytest.mark.sentence("D12")
def test_a_write_ahead_log_that_is_cut_or_garbled_loses_the_last_and_keeps_the_first(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as store:
        store.create(run_row())
        for number in range(30):
            store.append("a", entries(number, 1), fence=FENCE).wait()
        whole, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    counts: set[int] = set()
    for number in range(20):
        copied = tmp_path / f"copy-{number}.db"
        at = random.Random(number).randrange(len(log) // 4, len(log))
        copied.write_bytes(whole)
        Path(f"{copied}-wal").write_bytes(log[:at] if number % 2 else log[:at] + bytes(100) + log[at + 100 :])
        with SqliteStore(copied) as store:
            left = store.log("a")
        assert left == entries(0, len(left))
        counts.add(len(left))
    assert len(counts) > 5


# -- the disk


@pytest.mark.sentence("D12")
def test_when_the_disk_is_full_nothing_is_lost_and_writing_goes_on_when_there_is_room(path: Path) -> None:
    made: list[sqlite3.Connection] = []

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        made.append(sqlite3.connect(*args, **options))
        return made[-1]

    with SqliteStore(path, connect=connect) as store:
        for run in RUNS:
            store.create(run_row(run))
        made[0].execute("PRAGMA max_page_count = 40")
        written, refusal = appended_until_refused(store)
        assert "disk is full" in str(refusal)
        assert not refusal.lasting
        assert 0 < written < 100
        assert len(store.log(RUNS[0])) == written
        with pytest.raises(StoreUnavailableError):
            store.append(RUNS[0], [entry(written, bytes(50_000), RUNS[0])], fence=FENCE).wait()
        made[0].execute("PRAGMA max_page_count = 100000")
        store.append(RUNS[0], [entry(written, bytes(5000), RUNS[0])], fence=FENCE).wait()
        assert len(store.log(RUNS[0])) == written + 1


def appended_until_refused(store: SqliteStore, run: str = RUNS[0]) -> tuple[int, StoreUnavailableError]:
    for number in range(100):
        try:
            store.append(run, [entry(number, bytes(5000), run)], fence=FENCE).wait()
        except StoreUnavailableError as refusal:
            return number, refusal
    raise AssertionError("the disk was never full")


class Failing(sqlite3.Connection):
    """Fails to commit as a broken disk does, when told to."""

    broken = False
    commits = 0

    def commit(self) -> None:
        type(self).commits += 1
        if type(self).broken and self.in_transaction:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        super().commit()


def test_a_broken_disk_ends_the_store_and_no_commit_is_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqliteStore(path, connect=lambda *args, **options: sqlite3.connect(*args, factory=Failing, **options)) as store:
        store.create(run_row())
        monkeypatch.setattr(Failing, "broken", True)
        before = Failing.commits
        with pytest.raises(StoreUnavailableError) as caught:
            store.append("a", entries(0, 1), fence=FENCE).wait()
        assert caught.value.lasting
        monkeypatch.setattr(Failing, "broken", False)
        with pytest.raises(StoreUnavailableError):
            store.append("a", entries(0, 1), fence=FENCE).wait()
        assert Failing.commits == before + 1
    with SqliteStore(path) as store:
        assert store.log("a") == []


def test_what_only_sqlite_refuses_fails_alone(store: SqliteStore) -> None:
    store.create(run_row())
    bad = store.append("\ud800", entries(0, 1, "\ud800"), fence=FENCE)
    good = store.append("a", entries(0, 1), fence=FENCE)
    good.wait()
    with pytest.raises(UnicodeEncodeError):
        bad.wait()
    assert store.log("a") == entries(0, 1)


# -- waiting


@pytest.mark.sentence("D2")
def test_what_was_queued_is_written_although_who_waited_for_it_was_killed(store: SqliteStore) -> None:
    store.create(run_row())
    waiter = spawn(lambda: store.append("a", entries(0, 1), fence=FENCE).wait(), link=False)
    gevent.sleep(0)
    kill(waiter)
    store.append("a", entries(1, 1), fence=FENCE).wait()
    assert store.log("a") == entries(0, 2)


def test_an_append_that_was_not_begun_can_be_withdrawn(store: SqliteStore, path: Path) -> None:
    store.create(run_row())
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        tickets = [store.append("a", entries(number, 1), fence=FENCE) for number in range(1500)]
        assert tickets[-1].withdraw()
        assert not tickets[-1].withdraw()
        with pytest.raises(TimeoutError):
            tickets[0].wait(0)
        other.rollback()
    other.close()
    with pytest.raises(WithdrawnError):
        tickets[-1].wait()
    tickets[-2].wait()
    assert not tickets[-2].withdraw()
    assert len(store.log("a")) == 1499


def test_who_queues_too_much_waits_for_room(store: SqliteStore, path: Path) -> None:
    store.create(run_row())
    queued: list[int] = []

    def queue() -> None:
        for number in range(24):
            store.append("a", [entry(number, bytes(1 << 20))], fence=FENCE)
            queued.append(number)

    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        spawn(queue)
        gevent.sleep(0)
        assert 8 <= len(queued) < 24
        other.rollback()
    other.close()
    settle()
    assert len(queued) == 24
    store.append("a", entries(24, 1), fence=FENCE).wait()


# -- other processes, and their ends

WRITER = """
import sys
from actors.durable import EntryRow
from actors.durable.sqlite import SqliteStore
from actors.durable import RunRow
from actors import spawn
import gevent
store = SqliteStore(sys.argv[1], synchronous=sys.argv[2])
def write(run):
    row = store.get(run)
    if row is None:
        store.create(RunRow(run, "n"))
    seq = 0 if row is None else row.next_seq
    while True:
        store.append(run, [EntryRow(run, seq, 1, b"entry %d" % seq)], {"attempts": seq}, fence=0).wait()
        sys.stdout.write(f"{run} {seq}\\n")
        sys.stdout.flush()
        seq += 1
for number in range(8):
    spawn(write, f"run-{number}")
gevent.sleep(60)
"""


@pytest.mark.sentence("D12")
@pytest.mark.parametrize(("synchronous", "rounds"), [("FULL", 20), ("NORMAL", 5)])
def test_after_kill_9_every_acknowledged_entry_is_found(path: Path, synchronous: str, rounds: int) -> None:
    acknowledged: dict[str, int] = {}
    for round_ in range(rounds):
        command = [sys.executable, "-c", WRITER, str(path), synchronous]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(random.Random(round_).randrange(5, 150)):
                name, last = process.stdout.readline().split()
                acknowledged[name] = int(last)
            process.send_signal(signal.SIGKILL)
            for line in process.stdout:
                if line.endswith("\n"):
                    acknowledged[line.split()[0]] = int(line.split()[1])
        with SqliteStore(path) as store:
            for run, seq in acknowledged.items():
                found = store.log(run)
                assert len(found) > seq
                assert [row.payload for row in found] == [b"entry %d" % number for number in range(len(found))]
    assert len(acknowledged) == 8


def test_another_way_to_be_synchronous_is_refused(path: Path) -> None:
    off: Any = "OFF"
    with pytest.raises(ValueError, match="'OFF' is neither 'FULL' nor 'NORMAL'"):
        SqliteStore(path, synchronous=off)


FORKED = """
import os, sys
from actors.durable import RunRow
from actors.durable.sqlite import SqliteStore
from actors.errors import StoreClosedError
store = SqliteStore(sys.argv[1])
store.create(RunRow("a", "n"))
if (child := os.fork()) == 0:
    try:
        store.get("a")
    except StoreClosedError as error:
        os.write(1, str(error).encode())
    os._exit(0)
os.waitpid(child, 0)
assert store.get("a") is not None
store.close()
SqliteStore(sys.argv[1]).close()
"""


def test_a_child_process_cannot_use_the_store_of_its_parent(path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", FORKED, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "was opened before a fork" in done.stdout


PATCHED = """
import threading
from gevent.monkey import get_original
from actors.durable import EntryRow, RunRow
from actors.durable.sqlite import SqliteStore
from actors.durable.writer import Writing
store = SqliteStore(sys.argv[1])
ident = get_original("_thread", "get_ident")
assert store._write(lambda writing: ident()) != ident()
store.create(RunRow("a", "n"))
threads = [threading.Thread(target=store.post, args=("a", str(number), b"")) for number in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(store.inbox("a")) == 5
store.append("a", [EntryRow("a", 0, 1, b"")], fence=0)
print("done")
"""


@pytest.mark.parametrize(
    "first",
    ["", "from gevent import monkey; monkey.patch_all()", "import actors; from gevent import monkey; monkey.patch_all()"],
    ids=["unpatched", "patched first", "patched later"],
)
def test_the_thread_is_native_whoever_patches_and_what_is_queued_at_the_exit_is_written(path: Path, first: str) -> None:
    command = [sys.executable, "-W", "error", "-c", f"import sys\n{first}\n{PATCHED}", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")
    with SqliteStore(path) as store:
        assert len(store.log("a")) == 1


def test_a_row_that_somebody_else_changed_is_not_overwritten(store: SqliteStore, path: Path) -> None:
    store.create(RunRow("a", "n", fence=1))
    store.append("a", entries(0, 1), fence=1).wait()
    with sqlite3.connect(path) as other:
        row = RunRow("a", "n", fence=2, next_seq=1)
        (last,) = other.execute("SELECT last FROM run").fetchone()
        crc = checksums.of_run(1, row, last, 0)
        other.execute("UPDATE run SET fence = 2, crc = ?", (crc,))
    other.close()
    with pytest.raises(FencedError):
        store.append("a", entries(1, 1), fence=1).wait()
    store.append("a", entries(1, 1), fence=2).wait()


def test_a_closed_store_can_be_closed_again_by_anybody(path: Path) -> None:
    store = SqliteStore(path)
    greenlets: list[Any] = [gevent.spawn(store.close) for _ in range(3)]
    gevent.joinall(greenlets, raise_error=True)
    with pytest.raises(StoreClosedError, match="was closed"):
        store.get("a")
