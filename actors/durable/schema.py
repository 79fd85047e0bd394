"""The tables of an SQLite store, and the numbered steps that lead to them. A step that was released is never changed.

    run     one row a run. `last` is the number (`no`) of its last entry, 0 for none; `crc` is over all other columns.
    entry   the entries of all runs in the order in which they were written, so that a commit touches few pages however many
            runs write: each knows the one before it of its run (`prev`, 0 for the first), and an index is not needed.
    inbox   messages for runs; one that was taken stays until its run is forgotten, so that its id counts once. `taken` is
            the number of the entry after which it was.

Source: two fifths of the processor time of UNIQUE(run, seq), and half of the pages, at 256 runs that write in turn.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from actors.durable.store_faults import StoreFormatError

APPLICATION_ID: Final = 0x61637472  # "actr"

_STEPS: Final = (
    """
    CREATE TABLE run (
        no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, version TEXT NOT NULL, status TEXT NOT NULL,
        owner TEXT, fence INTEGER NOT NULL, next_seq INTEGER NOT NULL, question BLOB, since REAL NOT NULL, wake_at REAL,
        tag BLOB, result BLOB, reason TEXT, attempts INTEGER NOT NULL, created REAL NOT NULL, args BLOB NOT NULL,
        last INTEGER NOT NULL, crc INTEGER NOT NULL
    );
    CREATE INDEX run_by_status ON run (status, no) WHERE status NOT IN ('suspended', 'finished');
    CREATE INDEX run_by_end ON run (since) WHERE status = 'finished';
    CREATE INDEX run_by_wake_at ON run (wake_at) WHERE wake_at IS NOT NULL;
    CREATE TABLE entry (
        no INTEGER PRIMARY KEY, run INTEGER NOT NULL, seq INTEGER NOT NULL, prev INTEGER NOT NULL, kind INTEGER NOT NULL,
        payload BLOB NOT NULL, crc INTEGER NOT NULL
    );
    CREATE TABLE inbox (
        no INTEGER PRIMARY KEY, run INTEGER NOT NULL, message TEXT NOT NULL, payload BLOB NOT NULL, posted REAL NOT NULL,
        taken INTEGER, crc INTEGER NOT NULL, UNIQUE (run, message)
    );
    CREATE INDEX inbox_untaken ON inbox (run) WHERE taken IS NULL;
    """,
)

LATEST: Final = len(_STEPS)


def version_of(connection: sqlite3.Connection, file: str) -> int:
    """Return the number of the last step that was made in a file; 0 if it is empty.

    Raises:
        StoreFormatError: it is no store, or one of a newer version.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION_ID:
        raise StoreFormatError(file, "is an SQLite database, but no store of durable runs; give another file")
    if version > LATEST:
        raise StoreFormatError(
            file, f"is of a newer version (schema {version}, and this one knows {LATEST}); open it with that version"
        )
    return int(version)


def migrate(connection: sqlite3.Connection, file: str) -> None:
    """Make the steps that are missing in a file, all or none.

    Raises:
        StoreFormatError: it is no store, or one of a newer version.
        sqlite3.Error: it cannot be written.
    """
    if version_of(connection, file) == LATEST:
        return
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts before the first table only
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for step in _STEPS[version_of(connection, file) :]:
            for statement in step.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {LATEST}")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def check_version(connection: sqlite3.Connection, file: str) -> None:
    """Refuse a file that would have to be migrated first.

    Raises:
        StoreFormatError: it is no store, or not of this version.
    """
    version = version_of(connection, file)
    if version != LATEST:
        what = "is empty" if version == 0 else f"is of an older version (schema {version}, and this one reads {LATEST})"
        raise StoreFormatError(file, f"{what}; open it with SqliteStore(…), which makes or migrates it")
