"""Writing an SQLite store: whatever is queued becomes one transaction. Runs in a native thread, the only one that writes.

Each member is checked against the rows as they will be when the ones before it are written, in Python: one that is refused
changes nothing and takes no other with it. The statements check fence and number again, so that a row which somebody else
has changed is never overwritten. If SQLite itself fails, the members are tried one by one, unless it is the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final
from zlib import crc32

from actors import clock
from actors.durable import checksums
from actors.durable.appends import Append, advanced
from actors.durable.holding import Hold
from actors.durable.reading import COLUMNS, SELECT_RUN, decode_run
from actors.durable.store import EntryRow, RunRow
from actors.durable.store_faults import (
    DamagedError,
    MessageTakenError,
    NoSuchRunError,
    RunExistsError,
    StoreUnavailableError,
)
from actors.exits import ActorsError

KEPT_HEADS = 8192  # rows of runs that are kept, so that they need not be read for each append
KEPT_BYTES = 4096  # a larger row is not kept
STEP = 100  # runs forgotten in one transaction
VACUUM = 256  # pages given back to the disk in one transaction
ROWS = (64, 8, 1)  # entries inserted with one statement: each step of one may lose the interpreter to a busy thread

_INSERT_RUN = f"INSERT INTO run (no, {COLUMNS}, last, crc) VALUES ({', '.join('?' * 19)}) ON CONFLICT (id) DO NOTHING"
_INSERT_ENTRY = "INSERT INTO entry (no, run, seq, prev, kind, payload, crc) VALUES "
_INSERT_ENTRIES = {count: _INSERT_ENTRY + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * count) for count in ROWS}
_INSERT_MESSAGE = """
    INSERT INTO inbox (run, message, payload, posted, crc) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run, message) DO NOTHING
"""
_WIDTH: Final = 7
_DELETE_CHAIN = """
    WITH RECURSIVE chain (no, prev) AS (
        SELECT no, prev FROM entry WHERE no = ?1 AND run = ?2
        UNION
        SELECT e.no, e.prev FROM chain JOIN entry AS e ON e.no = chain.prev AND e.run = ?2
    ) DELETE FROM entry WHERE no IN (SELECT no FROM chain)
"""


class Head:
    """What an append has to know of a run: its row as it will be, and what is on disk of it."""

    __slots__ = ("args", "changed", "last", "no", "row", "stored_fence", "stored_seq")

    def __init__(self, no: int, row: RunRow, last: int, args: int) -> None:
        """Take a row as it is on disk."""
        self.no = no
        self.row = row
        self.last = last
        self.args = args  # their checksum
        self.changed: set[str] = set()
        self.stored_seq = row.next_seq
        self.stored_fence = row.fence


class Refused(Exception):
    """A row was not on disk as it was thought to be."""


class Writing:
    """The connection for writing, and what is written with it."""

    __slots__ = ("connection", "dirty", "failure", "file", "heads", "hold", "next_entry", "next_run", "rows")

    def __init__(self, connection: sqlite3.Connection, file: str, hold: Hold | None) -> None:
        """Take an open connection, and the hold on the file, which ends with the writing."""
        self.connection = connection
        self.file = file
        self.hold = hold
        self.failure: StoreUnavailableError | None = None
        self.heads: dict[str, Head] = {}
        self.dirty: dict[str, Head] = {}
        self.rows: list[Any] = []  # the values of entries to be inserted, one after the other
        self.next_entry = self._next("entry")
        self.next_run = self._next("run")

    def _next(self, table: str) -> int:
        (last,) = self.connection.execute(f"SELECT max(no) FROM {table}").fetchone()
        return (last or 0) + 1

    # -- groups

    def do(self, jobs: list[Any], once_more: bool = True) -> None:
        """Write these in one transaction; if that fails and it is not the disk, `once_more` one by one."""
        try:
            if self.failure is not None:
                raise self.failure
            self._write(jobs)
        except (sqlite3.Error, Refused, ActorsError, UnicodeError, OverflowError) as error:
            self._undo()
            self._failed(jobs, error, once_more)

    def _write(self, jobs: list[Any]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        for job in jobs:
            job.error = None
            try:
                if type(job) is Append:
                    self.append(job)
                else:
                    job.value = job.fn(self, *job.args)
            except ActorsError as error:
                job.error = error
        self.flush()
        self.connection.commit()
        if len(self.heads) > KEPT_HEADS:
            self.heads.clear()

    def _undo(self) -> None:
        self.heads.clear()
        self.dirty.clear()
        self.rows = []
        try:
            if self.connection.in_transaction:
                self.connection.rollback()
        except sqlite3.Error:
            pass  # what failed is told; SQLite undoes the rest when it opens the file again

    def _failed(self, jobs: list[Any], error: Exception, once_more: bool) -> None:
        """Tell each what became of it: nothing."""
        failure = error if isinstance(error, StoreUnavailableError) else self._as_failure(error)
        if failure is None and once_more:
            for job in jobs:
                self.do([job], once_more=False)
            return
        if failure is not None and failure.lasting:
            self.failure = failure
        for job in jobs:
            run = job.run if isinstance(job, Append) else str(job.args[0])
            fault = error if isinstance(error, (UnicodeError, OverflowError)) else None
            job.error = failure or fault or DamagedError(run, None, self.file, str(error))

    def _as_failure(self, error: Exception) -> StoreUnavailableError | None:
        """Return what an error means for all that is written, or None if it may be the fault of one member."""
        if not isinstance(error, sqlite3.Error):
            return None
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            return StoreUnavailableError(self.file, "the disk is full")
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreUnavailableError(self.file, "another process keeps it from being written")
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return StoreUnavailableError(self.file, f"it cannot be written ({error})", lasting=True)
        return None

    def end(self) -> None:
        """Close the connection, and let go of the file."""
        self.connection.close()
        if self.hold is not None:
            self.hold.release()

    # -- members

    def head(self, run: str) -> Head | None:
        """Return what is known of a run."""
        head = self.heads.get(run)
        if head is None:
            found = self.connection.execute(f"{SELECT_RUN} WHERE id = ?", (run,)).fetchone()
            if found is None:
                return None
            if found[1] != run:
                raise DamagedError(run, None, self.file, "the index of ids leads to another run")
            head = self.heads[run] = Head(*decode_run(found, self.file))
        return head

    def append(self, append: Append) -> None:
        """Write an append, or refuse it before anything is changed."""
        head = self.head(append.run)
        row = advanced(None if head is None else head.row, append)
        assert head is not None
        if append.taken:
            self._take(head.no, append.run, append.taken, row.next_seq)
        if append.cut and head.last:
            self.flush()
            self.connection.execute(_DELETE_CHAIN, (head.last, head.no))
            head.last = 0
        if append.entries:
            head.last = self._queue(head.no, append.entries, head.last)
        head.row = row
        if append.changes:
            head.changed.update(append.changes)
            if "args" in append.changes:
                head.args = crc32(row.args)
        self.dirty[append.run] = head

    def _queue(self, run: int, entries: Sequence[EntryRow], last: int) -> int:
        """Have entries inserted with the next flush, and return the number of the last one."""
        for _, seq, kind, payload in entries:
            no = self.next_entry
            self.next_entry = no + 1
            self.rows += (no, run, seq, last, kind, payload, checksums.of_entry(run, seq, last, kind, payload))
            last = no
        return last

    def _take(self, no: int, run: str, messages: Sequence[str], seq: int) -> None:
        found: list[tuple[int, int]] = []
        for place, message in enumerate(messages):
            row = self.connection.execute(
                "SELECT no, payload, posted FROM inbox WHERE run = ? AND message = ? AND taken IS NULL", (no, message)
            ).fetchone()
            if row is None or message in messages[:place]:
                raise MessageTakenError(run, message)
            found.append((checksums.of_message(no, message, row[1], row[2], seq), row[0]))
        for crc, number in found:
            self.connection.execute("UPDATE inbox SET taken = ?, crc = ? WHERE no = ?", (seq, crc, number))

    def flush(self) -> None:
        """Have SQLite know all that was decided so far."""
        rows, self.rows = self.rows, []
        at = 0
        for count in ROWS:
            width = count * _WIDTH
            while len(rows) - at >= width:
                self.connection.execute(_INSERT_ENTRIES[count], rows[at : at + width])
                at += width
        dirty, self.dirty = self.dirty, {}
        by_columns: dict[tuple[str, ...], list[Head]] = {}
        for head in dirty.values():
            by_columns.setdefault(tuple(sorted(head.changed)), []).append(head)
        for columns, heads in by_columns.items():
            self._update(columns, heads)

    def _update(self, columns: tuple[str, ...], heads: list[Head]) -> None:
        """Update the rows of runs in which the same columns have changed."""
        sets = "".join([f", {column} = ?" for column in columns])
        places = [RunRow._fields.index(column) for column in columns]
        values: list[list[Any]] = []
        for head in heads:
            row = head.row
            new = [row.next_seq, head.last, checksums.of_run(head.no, row, head.last, head.args)]
            values.append([*new, *[row[place] for place in places], head.no, head.stored_seq, head.stored_fence])
            head.changed.clear()
            head.stored_seq, head.stored_fence = row.next_seq, row.fence
            if len(row.args) + len(row.question or b"") + len(row.result or b"") > KEPT_BYTES:
                self.heads.pop(row.id, None)
        sql = f"UPDATE run SET next_seq = ?, last = ?, crc = ?{sets} WHERE no = ? AND next_seq = ? AND fence = ?"
        if self.connection.executemany(sql, values).rowcount != len(heads):
            raise Refused(f"{self.file} was written by another process that does not hold it")

    def create(self, run: RunRow, entries: Sequence[EntryRow]) -> None:
        """Add a run."""
        if run.id in self.heads:
            raise RunExistsError(run.id)
        no, args = self.next_run, crc32(run.args)
        last = self.next_entry + len(entries) - 1 if entries else 0
        crc = checksums.of_run(no, run, last, args)
        if not self.connection.execute(_INSERT_RUN, (no, *run, last, crc)).rowcount:
            raise RunExistsError(run.id)
        self.next_run = no + 1
        self._queue(no, entries, 0)
        self.heads[run.id] = Head(no, run, last, args)

    def post(self, run: str, message: str, payload: bytes) -> bool:
        """Add a message, unless one with that id was ever there."""
        found = self.connection.execute("SELECT no FROM run WHERE id = ?", (run,)).fetchone()
        if found is None:
            raise NoSuchRunError(run)
        no, posted = found[0], clock.now()
        crc = checksums.of_message(no, message, payload, posted, None)
        return bool(self.connection.execute(_INSERT_MESSAGE, (no, message, payload, posted, crc)).rowcount)

    def forget(self, run: str) -> bool:
        """Remove a run, damaged or not."""
        self.flush()
        self.heads.pop(run, None)
        found = self.connection.execute("SELECT no, last FROM run WHERE id = ?", (run,)).fetchone()
        if found is None:
            return False
        no, last = found
        self.connection.execute(_DELETE_CHAIN, (last, no))
        self.connection.execute("DELETE FROM inbox WHERE run = ?", (no,))
        self.connection.execute("DELETE FROM run WHERE no = ?", (no,))
        return True

    def retain(self, older_than: float) -> int:
        """Forget some finished runs that are older, and give back some pages; return how many runs."""
        self.flush()
        found = self.connection.execute(
            "SELECT id FROM run WHERE status = 'finished' AND since < ? LIMIT ?", (older_than, STEP)
        ).fetchall()
        for (run,) in found:
            self.forget(run)
        self.connection.execute(f"PRAGMA incremental_vacuum({VACUUM})").fetchall()
        return len(found)
