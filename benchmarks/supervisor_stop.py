"""A supervisor of 10,000 children that wait is stopped: until the last of them, the first started, has ended."""

from benchmarks.subject import AtMost, Cost, Subject
from benchmarks.supervision import SIBLINGS, supervised
from benchmarks.supervisor_start import started_and_stopped


def ours(n: int) -> float:
    """Stop once."""

    def owner() -> float:
        return started_and_stopped(n)[1] * SIBLINGS / n

    return supervised(owner)


SUBJECT = Subject(
    name="supervisor_stop",
    works={"ours": ours},
    target=AtMost(60, 30),
    count=SIBLINGS,
    quick=500,
    cost=Cost.LATENESS,
)
