"""The gallery of the errors of stores; see `examples.errors`."""

# ruff: noqa: D103  each snippet is shown under the error that it raises

import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable

from actors import errors
from actors.durable import EntryRow, MemoryStore, RunRow
from actors.durable.sqlite import SqliteStore


def store_of_one_run() -> MemoryStore:
    store = MemoryStore()
    store.create(RunRow("order-7", "checkout", fence=2))
    return store


def run_exists() -> None:
    store_of_one_run().create(RunRow("order-7", "checkout"))


def no_such_run() -> None:
    store_of_one_run().post("order-8", "message-1", b"an answer")


def fenced() -> None:
    store_of_one_run().append("order-7", [EntryRow("order-7", 0, 1, b"")], fence=1).wait()


def out_of_sequence() -> None:
    store_of_one_run().append("order-7", [EntryRow("order-7", 3, 1, b"")], fence=2).wait()


def message_taken() -> None:
    store_of_one_run().append("order-7", fence=2, taken=["message-1"]).wait()


def withdrawn() -> None:
    os.chdir(tempfile.mkdtemp())
    with sqlite3.connect("runs.db") as other, SqliteStore("runs.db") as store:
        store.create(RunRow("order-7", "checkout"))
        other.execute("BEGIN IMMEDIATE")  # nobody else can write meanwhile
        store.append("order-7", fence=0)
        tickets = [store.append("order-7", fence=0) for _ in range(1000)]  # more than are written at once
        assert tickets[-1].withdraw()
        other.rollback()
        tickets[-1].wait()


def damaged() -> None:
    os.chdir(tempfile.mkdtemp())
    with SqliteStore("runs.db") as store:
        store.create(RunRow("order-7", "checkout", next_seq=1), [EntryRow("order-7", 0, 1, b"paid: 10")])
        with sqlite3.connect("runs.db") as other:
            other.execute("UPDATE entry SET payload = ?", (b"paid: 90",))
        store.log("order-7")


def store_unavailable() -> None:
    SqliteStore("nowhere/runs.db")


def store_held() -> None:
    os.chdir(tempfile.mkdtemp())
    with SqliteStore("runs.db"):
        try:
            SqliteStore("runs.db")
        except errors.StoreHeldError as error:
            raise errors.StoreHeldError(error.file, "process 4711 on ada, since 2026-11-24T12:00:00+00:00") from None


def not_holder() -> None:
    os.chdir(tempfile.mkdtemp())
    with SqliteStore("runs.db"), SqliteStore.beside("runs.db") as beside:
        beside.forget("order-7")


def store_format() -> None:
    os.chdir(tempfile.mkdtemp())
    with open("runs.db", "w", encoding="utf-8") as file:  # noqa: PTH123  shorter
        file.write("not a database" * 100)
    SqliteStore("runs.db")


def store_closed() -> None:
    store = MemoryStore()
    store.close()
    store.get("order-7")


GALLERY: dict[type[Exception], Callable[[], None]] = {
    errors.RunExistsError: run_exists,
    errors.NoSuchRunError: no_such_run,
    errors.FencedError: fenced,
    errors.OutOfSequenceError: out_of_sequence,
    errors.MessageTakenError: message_taken,
    errors.WithdrawnError: withdrawn,
    errors.DamagedError: damaged,
    errors.StoreUnavailableError: store_unavailable,
    errors.StoreHeldError: store_held,
    errors.NotHolderError: not_holder,
    errors.StoreFormatError: store_format,
    errors.StoreClosedError: store_closed,
}

if __name__ == "__main__":
    from examples.errors import raised_by

    print(raised_by(globals()[sys.argv[1]]))
