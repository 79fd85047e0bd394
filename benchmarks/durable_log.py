"""An operation of a durable run, logged and replayed, in memory; logged beside a run with few operations."""

from actors import Prompt, ask
from actors.durable import DurableRuns, MemoryStore
from actors.effects import clock as effect
from actors.runtime.spawning import give_way
from benchmarks.inside import in_actor
from benchmarks.subject import AtMost, Subject, Within, clock

FEW = 1000


def many(n: int) -> int:
    """Read the clock often, which is an operation that is logged, and ask then."""
    for _ in range(n):
        effect.now()
    ask(Prompt("done"))
    return n


def logged(n: int, runs: DurableRuns) -> float:
    """Return the seconds that each operation of a run takes; the start of the run is among them, and soon nothing."""
    start = clock()
    run = runs.start(many, n)
    run.wait(60.0)
    seconds = clock() - start
    run.cancel_sync()
    return seconds / n


def ours(n: int) -> float:
    """Log `n` operations."""
    return in_actor(lambda: logged(n, DurableRuns(MemoryStore(), [many])))


def few(n: int) -> float:
    """Log as many, in runs of a thousand."""

    def owner() -> float:
        runs = DurableRuns(MemoryStore(), [many])
        times = max(1, n // FEW)
        return sum(logged(min(n, FEW), runs) for _ in range(times)) / times

    return in_actor(owner)


def replayed(n: int) -> float:
    """Return the seconds that an entry takes to be met again."""

    def owner() -> float:
        runs = DurableRuns(MemoryStore(), [many])
        run = runs.start(many, n)
        run.wait(60.0)
        runs.passivate(run.id)
        while run.inner is not None:
            give_way()
        start = clock()
        outcome = run.resume_sync("yes", timeout=60.0)
        assert outcome.value == n
        return (clock() - start) / n

    return in_actor(owner)


SUBJECT = Subject(name="durable_log", works={"ours": ours}, target=AtMost(3.0, 2.0), count=10_000, quick=100)
FLAT_SUBJECT = Subject(
    name="durable_log_flat",
    works={"ours": ours, "few": few},
    target=Within(1.3, 1.1),
    count=100_000,
    quick=FEW,
    than="few",
)
REPLAY_SUBJECT = Subject(name="durable_replay", works={"ours": replayed}, target=AtMost(4.0, 2.5), count=10_000, quick=100)
