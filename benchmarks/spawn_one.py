"""An actor is spawned, linked and monitored, ends at once, and its end is received before the next one is spawned."""

from actors import receive, spawn
from actors.exits import NORMAL
from actors.runtime import Down
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.spawn_batch import nothing
from benchmarks.subject import Ratio, Subject, clock


def ours(n: int) -> float:
    """Spawn with `monitor=True` and receive the `Down`."""

    def owner() -> float:
        down = None
        start = clock()
        for _ in range(n):
            spawn(nothing, monitor=True)
            down = receive()
            assert isinstance(down, Down)
        seconds = clock() - start
        assert down
        assert down.reason == NORMAL
        return seconds / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Spawn and receive the result."""

    def owner() -> float:
        start = clock()
        for _ in range(n):
            baseline.spawn(nothing)
            message = baseline.receive()
            assert message[1] == 1
        return (clock() - start) / n

    return float(baseline.run(owner))


SUBJECT = Subject(name="spawn_one", works={"ours": ours, "baseline": theirs}, target=Ratio(7, 8.5), count=7_500, quick=200)
