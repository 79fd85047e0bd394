"""The memory of a supervised actor that waits: what the resident set grows by, divided by how many there are."""

from benchmarks.memory import WARM_UP, resident
from benchmarks.subject import AtMost, Cost, Subject
from benchmarks.supervision import idlers, supervised
from supervisors import Supervisor


def ours(n: int) -> float:
    """Measure children with the specs that they are made of."""

    def owner() -> float:
        with Supervisor.start(idlers(WARM_UP)):
            before = resident()
            with Supervisor.start(idlers(n)) as root:
                after = resident()
                assert root.count_children() == (n, n, 0, n)
        return (after - before) / n

    return supervised(owner)


SUBJECT = Subject(
    name="supervised_memory",
    works={"ours": ours},
    target=AtMost(9, 9),
    count=100_000,
    quick=500,
    cost=Cost.MEMORY,
    separate=True,
)
