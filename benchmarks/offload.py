"""A function that does nothing, in a native thread, while its actor waits; beside it gevent's own thread pool."""

from gevent import get_hub

from actors import offload
from benchmarks.inside import in_actor
from benchmarks.subject import AtMost, Subject, clock


def nothing(number: int) -> int:
    """Give back the number: what is measured is the way there and back."""
    return number


def ours(n: int) -> float:
    """Offload, one call after the other."""

    def actor() -> float:
        start = clock()
        done = 0
        for number in range(n):
            done = offload(nothing, number)
        seconds = clock() - start
        assert done == n - 1
        return seconds / n

    return in_actor(actor)


def theirs(n: int) -> float:
    """Do the same with the hub's thread pool."""
    pool = get_hub().threadpool
    start = clock()
    done = 0
    for number in range(n):
        done = pool.apply(nothing, (number,))
    seconds = clock() - start
    assert done == n - 1
    return seconds / n


SUBJECT = Subject(name="offload", works={"ours": ours, "baseline": theirs}, target=AtMost(35, 20), count=5_000, quick=200)
