"""Verifying an SQLite store as a whole: what reading run by run cannot notice, such as a run that is not found any more.

Runs in a native thread, on a connection of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from actors.durable.reading import SELECT_RUN, Reading, decode_run
from actors.durable.store_faults import DamagedError

Damages: TypeAlias = "list[Damage]"

MOST = 100  # faults of the structure that are told


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not as it was written; `run` is None if it is the structure of the file."""

    run: str | None
    what: str

    def __str__(self) -> str:
        """Say it in a line."""
        return self.what if self.run is None else f"run {self.run!r}: {self.what}"


def damages(reading: Reading) -> Damages:
    """Return what is wrong with a store: its structure, each row, and whether each is found where it is looked for."""
    found = list(_of_structure(reading.connection))
    try:
        found += _of_rows(reading)
    except sqlite3.Error as error:
        found.append(Damage(None, f"the rows cannot all be read: {error}"))
    return found


def _of_structure(connection: sqlite3.Connection) -> Iterator[Damage]:
    try:
        for (line,) in connection.execute(f"PRAGMA integrity_check({MOST})"):
            if line != "ok":
                yield Damage(None, str(line))
    except sqlite3.Error as error:
        yield Damage(None, str(error))


def _of_rows(reading: Reading) -> Iterator[Damage]:
    connection = reading.connection
    connection.execute("BEGIN")
    entries = messages = 0
    for row in connection.execute(f"{SELECT_RUN} NOT INDEXED ORDER BY no"):
        try:
            no, run, last, _ = decode_run(row, reading.file)
            if connection.execute("SELECT no FROM run WHERE id = ?", (run.id,)).fetchall() != [(no,)]:
                yield Damage(run.id, "it is not found by its id")
            entries += len(reading.chain(no, run, last))
            messages += reading.messages_of(no, run.id)
        except DamagedError as error:
            yield Damage(error.run, str(error))
            entries = messages = -1 << 60  # what it had is not known
    for table, counted in (("entry", entries), ("inbox", messages)):
        (there,) = connection.execute(f"SELECT count(*) FROM {table} NOT INDEXED").fetchone()
        if counted >= 0 and there != counted:
            what = "entries" if table == "entry" else "messages"
            yield Damage(None, f"{there - counted} {what} belong to no run: one is missing, or was damaged when forgotten")
