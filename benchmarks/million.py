"""`python -m benchmarks.million [COUNT]`: many suspended durable runs in one SQLite file, and a process that opens it.

It makes the file in a temporary folder (a quarter of a GB for a million, in a minute or two), opens it in this process as
a program does that has just begun, resumes some of the runs, and prints what that took and what it costs in memory.
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from random import Random
from statistics import quantiles

from actors import spawn
from actors.durable import DurableRuns, EntryRow, MemoryStore, RunRow, SqliteStore
from benchmarks.durable_wizard import wizard
from benchmarks.inside import in_actor, until_ended
from benchmarks.memory import resident
from benchmarks.subject import clock

MILLION = 1_000_000
WRITERS = 256
SAMPLE = 1000


def suspended() -> tuple[RunRow, list[EntryRow]]:
    """Return what a store holds of a run that waits for the answer to its first question."""
    store = MemoryStore()
    with DurableRuns(store, [wizard]) as runs:
        run = runs.start(wizard)
        run.wait(60.0)
    stored = store.load(run.id)
    assert stored is not None
    return stored.run, stored.entries


def fill(store: SqliteStore, count: int) -> None:
    """Have a store hold so many of them."""
    row, entries = suspended()

    def write(numbers: Iterable[int]) -> None:
        for number in numbers:
            name = f"run-{number}"
            store.create(row._replace(id=name), [entry._replace(run=name) for entry in entries])

    until_ended([spawn(write, range(first, count, WRITERS)) for first in range(WRITERS)])


def measured(count: int) -> float:
    """Print what the start and the resumes take; return the seconds of the start."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs.db"
        with SqliteStore(file) as store:
            fill(store, count)
        print(f"{count:,} suspended runs, {file.stat().st_size / count:.0f} bytes each on disk")
        before, start = resident(), clock()
        with SqliteStore(file) as store, DurableRuns(store, [wizard], passivate_after=None) as runs:
            assert runs.get("run-0") is not None
            begun = clock() - start
            took: list[float] = []
            for number in Random(1).sample(range(count), min(SAMPLE, count)):
                run = runs.attach(f"run-{number}")
                start = clock()
                run.resume_sync("Ada", timeout=60.0)
                took.append(clock() - start)
                runs.passivate(run.id)
            parts = quantiles(took, n=100)
            print(f"start {begun * 1e3:.1f} ms; memory {(resident() - before) / 1e6:.1f} MB")
            print(f"resume: median {parts[49] * 1e3:.2f}, p99 {parts[98] * 1e3:.2f}, worst {max(took) * 1e3:.2f} ms")
    return begun


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    in_actor(lambda: measured(total))
