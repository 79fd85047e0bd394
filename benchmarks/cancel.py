"""Runners that wait for an answer are cancelled, leave their scope, and their owner receives each `Cancelled`.

All of them live at once, as in the frozen figures; so most of their greenlets come from beyond the pool.
"""

from actors import AsyncComputation, Cancelled, ComputationEvent, Prompt, Suspend, ask, receive
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import Ratio, Subject, clock


def ours(n: int) -> float:
    """Start `n` runners, wait for their questions, and time the cancelling."""

    def waiting() -> None:
        try:
            ask(Prompt("name", "What is your name?"))
        finally:
            left.append(None)

    def owner() -> float:
        runners = [AsyncComputation.start(waiting) for _ in range(n)]
        assert all(isinstance(receive().outcome, Suspend) for _ in range(n))
        start = clock()
        for runner in runners:
            runner.cancel()
        for _ in range(n):
            event = receive()
            assert isinstance(event, ComputationEvent)
            assert isinstance(event.outcome, Cancelled)
        seconds = clock() - start
        assert len(left) == n
        return seconds / n

    left: list[None] = []
    return in_actor(owner)


def theirs(n: int) -> float:
    """Do the same."""

    def waiting() -> None:
        try:
            baseline.ask("name")
        finally:
            left.append(None)

    def owner() -> float:
        runners = [baseline.spawn(waiting) for _ in range(n)]
        assert all(isinstance(baseline.receive()[1], baseline.Suspend) for _ in range(n))
        start = clock()
        for runner in runners:
            baseline.cancel(runner)
        for _ in range(n):
            message = baseline.receive()
            assert isinstance(message[1], baseline.Cancelled)
        seconds = clock() - start
        assert len(left) == n
        return seconds / n

    left: list[None] = []
    return float(baseline.run(owner))


SUBJECT = Subject(name="cancel", works={"ours": ours, "baseline": theirs}, target=Ratio(2, 3), count=5_000, quick=200)
