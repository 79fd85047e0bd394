"""A supervisor of 10,000 children lists them, once for the whole list."""

from benchmarks.subject import AtMost, Cost, Subject, clock
from benchmarks.supervision import SIBLINGS, idlers, supervised
from supervisors import Supervisor

TIMES = 10


def ours(n: int) -> float:
    """Ask several times."""

    def owner() -> float:
        with Supervisor.start(idlers(n)) as root:
            start = clock()
            for _ in range(TIMES - 1):
                root.which_children()
            infos = root.which_children()
            seconds = clock() - start
            assert [info.id for info in infos] == list(range(n))
            assert all(info.ref is not None and info.ref.alive for info in infos)
        return seconds / TIMES * SIBLINGS / n

    return supervised(owner)


SUBJECT = Subject(
    name="which_children",
    works={"ours": ours},
    target=AtMost(5, 5),
    count=SIBLINGS,
    quick=500,
    cost=Cost.LATENESS,
)
