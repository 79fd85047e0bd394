"""A restart of one child among 10,000 that only wait, beside one of an only child."""

from actors import current, receive, send, spawn
from benchmarks.restart import child
from benchmarks.subject import Subject, Within, clock
from benchmarks.supervision import SIBLINGS, UNLIMITED, idlers, supervised
from supervisors import ChildSpec, Supervisor


def among(n: int, siblings: int) -> float:
    """Tell one child after the other to crash."""

    def owner() -> float:
        me = current()
        specs = [*idlers(siblings), ChildSpec("child", lambda: spawn(child, me))]
        with Supervisor.start(specs, intensity=UNLIMITED) as root:
            ready = receive()
            start = clock()
            for _ in range(n):
                send(ready, "crash")
                ready = receive()
            seconds = clock() - start
            assert root.which_children()[siblings] == ("child", ready, "running", False, n)
        return seconds / n

    return supervised(owner)


def ours(n: int) -> float:
    """Restart a child among many."""
    return among(n, SIBLINGS if n > 1000 else n)


def alone(n: int) -> float:
    """Restart an only child."""
    return among(n, 0)


SUBJECT = Subject(
    name="restart_among_siblings",
    works={"ours": ours, "alone": alone},
    target=Within(1.3, 1.1),
    count=5_000,
    quick=200,
    than="alone",
)
