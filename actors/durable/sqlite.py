"""A store in one SQLite file: write-ahead log, synchronous, one native thread that writes and one that reads.

One store of one process holds the file (a lock beside it says who); others can read it and post to inboxes meanwhile, with
`SqliteStore.beside`. The file grows to the size of what it holds at most; `retain` gives pages back.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from actors.durable.appends import Append, checked_run, checked_status
from actors.durable.holding import Hold, refuse_network
from actors.durable.queue_thread import Job, QueueThread
from actors.durable.reading import Reading
from actors.durable.schema import check_version, migrate, version_of
from actors.durable.store import Changes, Entries, EntryRow, Ids, Messages, RunRow, Runs, Stored
from actors.durable.store_faults import NotHolderError, StoreFormatError, StoreUnavailableError
from actors.durable.verifying import Damages, damages
from actors.durable.writer import STEP, Writing

BUSY = 5.0  # seconds to wait for another process that writes
STATEMENTS = 128  # kept prepared

Connect = Callable[..., sqlite3.Connection]


class SqliteStore:
    """A `Store` in a file, which it holds; see `Store` for what the methods do and raise."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        connect: Connect = sqlite3.connect,
    ) -> None:
        """Open a file, made now if it is not there.

        *Blocks* the thread until it is open; some milliseconds, or as long as it takes to migrate it.

        Args:
            path: where it is; its directory exists, on a local disk.
            synchronous: with "NORMAL" what was acknowledged survives the end of the process, but the last of it not a
                loss of power. One run alone gets on twice as fast, many at once, which share commits, hardly.
            connect: makes connections, such as those of a test that lets them fail.

        Raises:
            StoreHeldError: another store holds it.
            StoreFormatError: the file is no store, or one of a newer version.
            StoreUnavailableError: it cannot be written, or is on a network file system.
        """
        if synchronous not in ("FULL", "NORMAL"):
            raise ValueError(f"synchronous={synchronous!r} is neither 'FULL' nor 'NORMAL'")
        self.path = os.fspath(path)
        if not Path(self.path).parent.is_dir():
            raise StoreUnavailableError(self.path, "there is no such directory; make it first", lasting=True)
        refuse_network(self.path)
        hold = Hold(self.path)
        try:
            connection = _opened(self.path, connect, f"PRAGMA synchronous = {synchronous}", migrate)
            self._start(connection, hold, connect)
        except BaseException:
            hold.release()
            raise

    @classmethod
    def beside(cls, path: str | os.PathLike[str], *, connect: Connect = sqlite3.connect) -> Self:
        """Open a file that another process may hold, to read it and to post messages; all else raises `NotHolderError`.

        Raises:
            StoreFormatError: the file is no store, or not of this version.
            StoreUnavailableError: it is not there, or cannot be read.
        """
        store = cls.__new__(cls)
        store.path = os.fspath(path)
        if not Path(store.path).is_file():
            raise StoreUnavailableError(store.path, "there is no such file", lasting=True)
        refuse_network(store.path)
        store._start(_opened(store.path, connect, "PRAGMA synchronous = FULL", check_version), None, connect)
        return store

    def _start(self, connection: sqlite3.Connection, hold: Hold | None, connect: Connect) -> None:
        try:
            reader = _opened(self.path, connect, "PRAGMA query_only = ON", check_version)
            writing = Writing(connection, self.path, hold)
        except BaseException:
            connection.close()
            raise
        self._holds = hold is not None
        self._connect = connect
        self._reader = QueueThread(repr(self), Reading(reader, self.path))
        self._writer = QueueThread(repr(self), writing)
        self._end = weakref.finalize(self, _end, self._reader, self._writer)

    def _write(self, fn: Callable[..., Any], *args: Any) -> Any:
        return self._writer.put(Job(fn, *args)).wait()

    def _read(self, fn: Callable[..., Any], *args: Any) -> Any:
        return self._reader.put(Job(fn, *args)).wait()

    def _only_for_holder(self, what: str) -> None:
        if not self._holds:
            raise NotHolderError(self.path, what)

    def create(self, run: RunRow, entries: Sequence[EntryRow] = ()) -> None:
        """Add a run with its first entries."""
        self._only_for_holder("create")
        checked_run(run, entries)
        self._write(Writing.create, run, entries)

    def append(
        self,
        run: str,
        entries: Sequence[EntryRow] = (),
        changes: Changes | None = None,
        *,
        fence: int,
        taken: Sequence[str] = (),
        cut: bool = False,
    ) -> Append:
        """Queue entries, new values of columns, and messages that are taken."""
        if not self._holds:
            self._only_for_holder("append")
        append = Append(run, entries, changes, fence)
        append.queue = self._writer
        append.taken = taken
        append.cut = cut
        self._writer.put(append)
        return append

    def post(self, run: str, message: str, payload: bytes) -> bool:
        """Put a message into a run's inbox, unless one with that id was ever there."""
        done: bool = self._write(Writing.post, run, message, payload)
        return done

    def inbox(self, run: str) -> Messages:
        """Return the messages that were not taken."""
        found: Messages = self._read(Reading.inbox, run)
        return found

    def pending(self, limit: int = 1000) -> Ids:
        """Return the ids of runs that have messages which were not taken."""
        found: Ids = self._read(Reading.pending, limit)
        return found

    def get(self, run: str) -> RunRow | None:
        """Return the row of a run."""
        found: RunRow | None = self._read(Reading.get, run)
        return found

    def load(self, run: str) -> Stored | None:
        """Return all there is of a run."""
        found: Stored | None = self._read(Reading.load, run)
        return found

    def log(self, run: str) -> Entries:
        """Return the entries of a run."""
        found: Entries = self._read(Reading.log, run)
        return found

    def list(
        self, status: str | None = None, name: str | None = None, *, limit: int = 100, after: str | None = None
    ) -> Runs:
        """Return rows in the order in which the runs were created."""
        found: Runs = self._read(Reading.list, checked_status(status), name, limit, after)
        return found

    def due(self, now: float, limit: int = 1000) -> Ids:
        """Return the ids of runs that are to be woken by now."""
        found: Ids = self._read(Reading.due, now, limit)
        return found

    def next_wake(self) -> float | None:
        """Return when the next run is to be woken."""
        found: float | None = self._read(Reading.next_wake)
        return found

    def forget(self, run: str) -> bool:
        """Remove a run."""
        self._only_for_holder("forget")
        done: bool = self._write(Writing.forget, run)
        return done

    def retain(self, older_than: float) -> int:
        """Forget finished runs that are older, in many small steps."""
        self._only_for_holder("retain")
        count = 0
        while True:
            step: int = self._write(Writing.retain, older_than)
            count += step
            if step < STEP:
                return count

    def verify(self) -> Damages:
        """Return what is damaged in the file: its structure and indexes, each row, and runs that are not found any more.

        Reading a run notices what was damaged of it; a run that a flipped bit has hidden is noticed here only. Others read
        and write meanwhile; *blocks until* all was read, one to three seconds for 100,000 runs.

        Raises:
            StoreUnavailableError: the file cannot be opened.
        """
        reader = _opened(self.path, self._connect, "PRAGMA query_only = ON", check_version)
        thread = QueueThread(repr(self), Reading(reader, self.path))
        try:
            found: Damages = thread.put(Job(damages)).wait()
            return found
        finally:
            thread.close()

    def close(self) -> None:
        """Write what is queued, and let go of the file."""
        self._reader.close()
        self._reader.ended.wait()
        self._writer.close()
        self._writer.ended.wait()
        self._end.detach()

    def __enter__(self) -> Self:
        """Return this store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Name the file."""
        return f"<SqliteStore {self.path}>"


def _end(reader: QueueThread, writer: QueueThread) -> None:
    """End the threads of a store that was not closed: at the exit of the interpreter, or when it was dropped."""
    reader.join(BUSY)
    writer.join(BUSY)


def _opened(
    file: str, connect: Connect, pragma: str, check: Callable[[sqlite3.Connection, str], None]
) -> sqlite3.Connection:
    """Return a connection to a file that was checked or migrated.

    Raises:
        StoreFormatError: the file is no store.
        StoreUnavailableError: it cannot be opened.
    """
    try:
        connection = connect(
            file, timeout=BUSY, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
        )
    except sqlite3.Error as error:
        raise StoreUnavailableError(file, f"it cannot be opened ({error})", lasting=True) from error
    try:
        if check is migrate:
            version_of(connection, file)  # before anything is changed in it
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
        check(connection, file)
        connection.execute(pragma)
    except sqlite3.Error as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_NOTADB:
            raise StoreFormatError(file, "is no SQLite database; give another file") from error
        raise StoreUnavailableError(file, f"it cannot be opened ({error})", lasting=True) from error
    except BaseException:
        connection.close()
        raise
    return connection
