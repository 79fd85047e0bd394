"""One durable wizard on SQLite: an answer until the next question is on disk and told, in the median; hot and cold."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from actors.durable import DurableRun, DurableRuns, SqliteStore
from actors.runtime.spawning import give_way
from benchmarks.durable_wizard import ANSWERS, wizard
from benchmarks.inside import in_actor
from benchmarks.subject import AtMost, Cost, Subject, clock


def stays(_: DurableRuns, __: DurableRun[object]) -> None:
    """Leave a run live."""


def leaves(runs: DurableRuns, run: DurableRun[object]) -> None:
    """Passivate a run, and wait until nothing of it is live."""
    runs.passivate(run.id)
    while run.inner is not None:
        give_way()


def resumed(n: int, before: Callable[[DurableRuns, DurableRun[object]], None]) -> float:
    """Return the median of the seconds that an answer takes, over `n` wizards one after the other."""

    def owner() -> float:
        took: list[float] = []
        with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "runs.db") as store:
            runs = DurableRuns(store, [wizard], retention=None)
            for _ in range(n):
                run: DurableRun[object] = runs.start(wizard)
                run.wait(60.0)
                for answer in ANSWERS:
                    before(runs, run)
                    start = clock()
                    run.resume_sync(answer, timeout=60.0)
                    took.append(clock() - start)
                assert run.result(60.0) == ANSWERS
            runs.close()
        return median(took)

    return in_actor(owner)


SUBJECT = Subject(
    name="durable_resume",
    works={"ours": lambda n: resumed(n, stays)},
    target=AtMost(0.6, 0.4),
    count=100,
    quick=5,
    cost=Cost.LATENESS,
)
COLD_SUBJECT = Subject(
    name="durable_cold_resume",
    works={"ours": lambda n: resumed(n, leaves)},
    target=AtMost(0.4, 0.2),
    count=100,
    quick=5,
    cost=Cost.LATENESS,
)
