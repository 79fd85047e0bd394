"""What durable runs cost those beside them: how long the hub stands still while 256 write, and the disk they take.

The collector is off meanwhile: a full collection stops the program for as long as it is large, whoever caused it.
"""

import gc
import tempfile
from pathlib import Path

import gevent

from actors import spawn
from actors.durable import DurableRuns, SqliteStore
from benchmarks.durable_wizard import AT_ONCE, driven, wizard
from benchmarks.inside import in_actor
from benchmarks.subject import AtMost, Cost, Subject, clock

TICK = 0.001  # seconds
WORST = 0.999  # of all ticks


def late(n: int) -> float:
    """Return by how many seconds a timer of a millisecond is late, at p99.9, while 256 drive `n` wizards."""

    def drive(runs: DurableRuns) -> None:
        for _ in range(max(1, n // AT_ONCE)):
            driven(runs)

    def owner() -> float:
        with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "runs.db") as store:
            runs = DurableRuns(store, [wizard], retention=None)
            gc.disable()
            left = [spawn(drive, runs) for _ in range(AT_ONCE)]
            took: list[float] = []
            while any(ref.alive for ref in left):
                start = clock()
                gevent.sleep(TICK)
                took.append(max(1e-6, clock() - start - TICK))
            gc.enable()
            runs.close()
        return sorted(took)[int(len(took) * WORST)]

    return in_actor(owner)


def on_disk(n: int) -> float:
    """Return the bytes that the file has grown by for each suspension of `n` passivated runs."""

    def owner() -> float:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "runs.db"
            with SqliteStore(file) as store:
                runs = DurableRuns(store, [wizard], max_live=64)
                for _ in range(n):
                    run = runs.start(wizard)
                    run.wait(60.0)
                    run.resume_sync("Ada", timeout=60.0)
                runs.close()
            empty = Path(folder) / "empty.db"
            with SqliteStore(empty):
                pass
            return (file.stat().st_size - empty.stat().st_size) / (2 * n)

    return in_actor(owner)


STALL_SUBJECT = Subject(
    name="durable_hub_stall",
    works={"ours": late},
    target=AtMost(5.0, 2.0),
    count=AT_ONCE * 16,
    quick=AT_ONCE,
    cost=Cost.LATENESS,
)
DISK_SUBJECT = Subject(
    name="durable_disk",
    works={"ours": on_disk},
    target=AtMost(0.5, 0.4),
    count=1000,
    quick=500,
    cost=Cost.MEMORY,
    separate=True,
)
