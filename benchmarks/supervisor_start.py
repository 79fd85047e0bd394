"""A supervisor starts 10,000 children that wait, with warm workers: until all of them wait and it is ready."""

from statistics import mean

from benchmarks.subject import AtMost, Cost, Subject, clock
from benchmarks.supervision import SIBLINGS, idlers, supervised
from supervisors import Supervisor


def started_and_stopped(n: int) -> tuple[float, float]:
    """Return the seconds that the start and the stop of a supervisor take."""
    specs = idlers(n)
    begun = clock()
    root = Supervisor.start(specs)
    between = clock()
    assert root.count_children() == (n, n, 0, n)
    last = root.child(n - 1)
    leaving = clock()
    root.stop()
    over = clock()
    assert not last.alive
    return between - begun, over - leaving


STARTS = 4


def ours(n: int) -> float:
    """Start five times: the first warms up, the others count; every second or third meets a full garbage collection."""

    def owner() -> float:
        started_and_stopped(n)
        return mean(started_and_stopped(n)[0] for _ in range(STARTS)) * SIBLINGS / n

    return supervised(owner)


SUBJECT = Subject(
    name="supervisor_start",
    works={"ours": ours},
    target=AtMost(60, 30),
    count=SIBLINGS,
    quick=500,
    cost=Cost.LATENESS,
)
