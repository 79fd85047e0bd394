"""A supervisor of 10,000 children is asked for one of them by its id, beside a supervisor of one child."""

from benchmarks.subject import Subject, Within, clock
from benchmarks.supervision import SIBLINGS, idlers, supervised
from supervisors import Supervisor


def among(n: int, siblings: int) -> float:
    """Ask for one child after the other."""

    def owner() -> float:
        with Supervisor.start(idlers(siblings)) as root:
            start = clock()
            found = [root.child(number % siblings) for number in range(n)]
            seconds = clock() - start
            assert [info.ref for info in root.which_children()] == found[:siblings]
        return seconds / n

    return supervised(owner)


def ours(n: int) -> float:
    """Ask for one of many."""
    return among(n, min(n, SIBLINGS))


def alone(n: int) -> float:
    """Ask for an only child."""
    return among(n, 1)


SUBJECT = Subject(
    name="child_lookup",
    works={"ours": ours, "alone": alone},
    target=Within(1.3, 1.1),
    count=SIBLINGS,
    quick=500,
    than="alone",
)
