"""Reading an SQLite store: each row is checked against its checksum, each log for being whole. Runs in a native thread."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable
from typing import Any, Final, NoReturn
from zlib import crc32

from actors.durable import checksums
from actors.durable.store import EntryRow, InboxRow, RunRow, Stored
from actors.durable.store_faults import DamagedError, NoSuchRunError, StoreUnavailableError

COLUMNS: Final = ", ".join(RunRow._fields)
SELECT_RUN: Final = f"SELECT no, {COLUMNS}, last, crc FROM run"
_CHAIN: Final = """
    WITH RECURSIVE chain (no, run, seq, prev, kind, payload, crc) AS (
        SELECT no, run, seq, prev, kind, payload, crc FROM entry WHERE no = ?
        UNION ALL
        SELECT e.no, e.run, e.seq, e.prev, e.kind, e.payload, e.crc FROM chain JOIN entry AS e ON e.no = chain.prev
    ) SELECT run, seq, prev, kind, payload, crc FROM chain
"""
_NOT_AS_WRITTEN: Final = "its checksum is not that of what is there"
_ODD: Final = (TypeError, ValueError, AttributeError, struct.error, OverflowError)  # values of types that nobody wrote


def decode_run(found: tuple[Any, ...], file: str) -> tuple[int, RunRow, int, int]:
    """Return number, row, number of the last entry, and the checksum of the arguments.

    Raises:
        DamagedError: the row is not what was written.
    """
    no, last, crc = found[0], found[-2], found[-1]
    row = RunRow._make(found[1:-2])
    try:
        args = crc32(row.args)
        if checksums.of_run(no, row, last, args) == crc:
            return no, row, last, args
    except _ODD:
        pass
    raise DamagedError(str(row.id), None, file, _NOT_AS_WRITTEN)


def read_failed(error: sqlite3.Error, file: str, run: str) -> NoReturn:
    """Raise what an error of SQLite means for who reads.

    Raises:
        DamagedError: what is there cannot be made sense of.
        StoreUnavailableError: it cannot be read.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
        raise DamagedError(run, None, file, str(error)) from error
    raise StoreUnavailableError(file, str(error), lasting=code & 0xFF == sqlite3.SQLITE_IOERR) from error


class Reading:
    """The connection for reading, and what is read with it."""

    def __init__(self, connection: sqlite3.Connection, file: str) -> None:
        """Take an open connection."""
        self.connection = connection
        self.file = file

    def do(self, jobs: list[Any]) -> None:
        """Read what is asked for; each is a look at one moment."""
        for job in jobs:
            try:
                job.value = job.fn(self, *job.args)
            except sqlite3.Error as error:
                try:
                    read_failed(error, self.file, str(job.args[0]) if job.args else "?")
                except (DamagedError, StoreUnavailableError) as failed:
                    job.error = failed
            except Exception as error:
                job.error = error
            if self.connection.in_transaction:
                self.connection.rollback()

    def end(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _found(self, run: str) -> tuple[int, RunRow, int, int] | None:
        found = self.connection.execute(f"{SELECT_RUN} WHERE id = ?", (run,)).fetchone()
        if found is None:
            return None
        if found[1] != run:
            raise DamagedError(run, None, self.file, "the index of ids leads to another run")
        return decode_run(found, self.file)

    def get(self, run: str) -> RunRow | None:
        """Return the row of a run."""
        found = self._found(run)
        return None if found is None else found[1]

    def load(self, run: str) -> Stored | None:
        """Return all of a run."""
        self.connection.execute("BEGIN")
        found = self._found(run)
        if found is None:
            return None
        no, row, last, _ = found
        return Stored(row, self.chain(no, row, last), self._messages(no, run))

    def log(self, run: str) -> list[EntryRow]:
        """Return the entries of a run."""
        self.connection.execute("BEGIN")
        found = self._found(run)
        return [] if found is None else self.chain(found[0], found[1], found[2])

    def inbox(self, run: str) -> list[InboxRow]:
        """Return the messages of a run that were not taken."""
        found = self.connection.execute("SELECT no FROM run WHERE id = ?", (run,)).fetchone()
        return [] if found is None else self._messages(found[0], run)

    def chain(self, no: int, row: RunRow, last: int) -> list[EntryRow]:
        """Follow the entries of a run from the last one to the first."""
        entries: list[EntryRow] = []
        seq, following = row.next_seq, last
        for run, number, prev, kind, payload, crc in self.connection.execute(_CHAIN, (last,)):
            seq -= 1
            try:
                good = (run, number) == (no, seq) and checksums.of_entry(run, seq, prev, kind, payload) == crc
            except _ODD:
                good = False
            if not good:
                raise DamagedError(row.id, seq, self.file, _NOT_AS_WRITTEN)
            entries.append(EntryRow(row.id, seq, kind, payload))
            following = prev
        if following:
            raise DamagedError(row.id, seq - 1, self.file, "it is not there")
        entries.reverse()
        return entries

    def _messages(self, no: int, run: str) -> list[InboxRow]:
        found = self.connection.execute(
            "SELECT message, payload, posted, crc FROM inbox WHERE run = ? AND taken IS NULL ORDER BY no", (no,)
        )
        return [self._message(no, run, *row) for row in found]

    def messages_of(self, no: int, run: str) -> int:
        """Check the messages of a run, taken or not, and return how many there are.

        Raises:
            DamagedError: one is not as it was written.
        """
        found = self.connection.execute(
            "SELECT message, payload, posted, taken, crc FROM inbox WHERE run = ?", (no,)
        ).fetchall()
        for message, payload, posted, taken, crc in found:
            self._check_message(run, message, crc, no, payload, posted, taken)
        return len(found)

    def _message(self, no: int, run: str, *row: Any) -> InboxRow:
        message, payload, posted, crc = row
        self._check_message(run, message, crc, no, payload, posted, None)
        return InboxRow(run, message, payload, posted)

    def _check_message(self, run: str, message: Any, crc: int, no: int, *rest: Any) -> None:
        try:
            if checksums.of_message(no, message, *rest) == crc:
                return
        except _ODD:
            pass
        raise DamagedError(run, None, self.file, f"the message {message!r}: {_NOT_AS_WRITTEN}")

    def pending(self, limit: int) -> list[str]:
        """Return the ids of runs with messages that were not taken."""
        return self._ids(
            "SELECT id FROM run WHERE no IN (SELECT DISTINCT run FROM inbox WHERE taken IS NULL LIMIT ?)", limit
        )

    def due(self, now: float, limit: int) -> list[str]:
        """Return the ids of runs that are to be woken by now."""
        return self._ids("SELECT id FROM run WHERE wake_at <= ? ORDER BY wake_at LIMIT ?", now, limit)

    def _ids(self, sql: str, *args: Any) -> list[str]:
        return [run for (run,) in self.connection.execute(sql, args)]

    def next_wake(self) -> float | None:
        """Return when the next run is to be woken."""
        (found,) = self.connection.execute("SELECT min(wake_at) FROM run WHERE wake_at IS NOT NULL").fetchone()
        return None if found is None else float(found)

    def list(self, status: str | None, name: str | None, limit: int, after: str | None) -> Iterable[RunRow]:
        """Return rows in the order in which the runs were created."""
        self.connection.execute("BEGIN")
        no = 0
        if after is not None:
            found = self.connection.execute("SELECT no FROM run WHERE id = ?", (after,)).fetchone()
            if found is None:
                raise NoSuchRunError(after)
            no = found[0]
        # Not a parameter, so that SQLite sees which index goes with it; it is one of few.
        which = "" if status is None else f" AND status = '{status}'"
        named = "" if name is None else " AND name = ?"
        rows = self.connection.execute(
            f"{SELECT_RUN} WHERE no > ?{which}{named} ORDER BY no LIMIT ?",
            (no, *([] if name is None else [name]), limit),
        )
        return [decode_run(row, self.file)[1] for row in rows]
