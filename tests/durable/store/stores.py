"""What the tests of stores share: rows that are quickly made, and each kind of store."""

from typing import Any

from actors.durable import EntryRow, RunRow, Store

FENCE = 7


def run_row(run: str = "a", **columns: Any) -> RunRow:
    """A row with something in it."""
    row = RunRow(run, "onboarding", "1", fence=FENCE, since=1.5, created=1.25, args=b"args of " + run.encode())
    return row._replace(**columns)


def entry(seq: int, payload: bytes = b"payload", run: str = "a", kind: int = 1) -> EntryRow:
    """An entry of a run."""
    return EntryRow(run, seq, kind, payload)


def entries(first: int, count: int, run: str = "a") -> list[EntryRow]:
    """Entries that follow each other."""
    return [entry(seq, f"entry {seq}".encode(), run) for seq in range(first, first + count)]


def holding(store: Store, *runs: str) -> None:
    """Create runs without entries."""
    for run in runs:
        store.create(run_row(run))
