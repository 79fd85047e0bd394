"""A thousand computations crash on their first line, and their owner receives each `Throw`."""

from actors import AsyncComputation, ComputationEvent, Throw, receive
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.spawn_batch import BATCH
from benchmarks.subject import Ratio, Subject, clock


def crash() -> None:
    """Crash at once."""
    raise ValueError("x")


def ours(n: int) -> float:
    """Start runners and receive their events."""

    def owner() -> float:
        start = clock()
        for _ in range(n // BATCH):
            for _ in range(BATCH):
                AsyncComputation.start(crash)
            for _ in range(BATCH):
                event = receive()
                assert isinstance(event, ComputationEvent)
                assert isinstance(event.outcome, Throw)
                assert isinstance(event.outcome.error, ValueError)
        return (clock() - start) / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Spawn actors and receive their results."""

    def owner() -> float:
        start = clock()
        for _ in range(n // BATCH):
            for _ in range(BATCH):
                baseline.spawn(crash)
            for _ in range(BATCH):
                message = baseline.receive()
                assert isinstance(message[1], baseline.Throw)
                assert isinstance(message[1].error, ValueError)
        return (clock() - start) / n

    return float(baseline.run(owner))


SUBJECT = Subject(name="crash", works={"ours": ours, "baseline": theirs}, target=Ratio(7, 10), count=10_000, quick=BATCH)
