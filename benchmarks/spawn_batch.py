"""A thousand actors are spawned, linked and monitored, end at once, and their thousand ends are received."""

from actors import receive, spawn
from actors.exits import NORMAL
from actors.runtime import Down
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import Ratio, Subject, clock

BATCH = 1000


def nothing() -> int:
    """End at once."""
    return 1


def ours(n: int) -> float:
    """Spawn with `monitor=True` (and the link that is always there) and receive the `Down`s."""

    def owner() -> float:
        down = None
        start = clock()
        for _ in range(n // BATCH):
            for _ in range(BATCH):
                spawn(nothing, monitor=True)
            for _ in range(BATCH):
                down = receive()
                assert isinstance(down, Down)
        seconds = clock() - start
        assert down
        assert down.reason == NORMAL
        return seconds / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Spawn and receive the results."""

    def owner() -> float:
        start = clock()
        for _ in range(n // BATCH):
            for _ in range(BATCH):
                baseline.spawn(nothing)
            for _ in range(BATCH):
                message = baseline.receive()
                assert message[1] == 1
        return (clock() - start) / n

    return float(baseline.run(owner))


SUBJECT = Subject(
    name="spawn_batch", works={"ours": ours, "baseline": theirs}, target=Ratio(11, 17), count=10_000, quick=BATCH
)
