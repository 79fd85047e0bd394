"""The wizard driven by messages: `start`, and three times an event received and its suspension resumed by token."""

from actors import AsyncComputation, Completed, ComputationEvent, Suspend, receive
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import Ratio, Subject, clock
from benchmarks.wizard import ANSWERS, baseline_wizard, wizard


def ours(n: int) -> float:
    """Match each event, as an owner does."""

    def owner() -> float:
        start = clock()
        for _ in range(n):
            runner = AsyncComputation.start(wizard)
            event = receive()
            for answer in ANSWERS:
                assert isinstance(event, ComputationEvent)
                assert isinstance(event.outcome, Suspend)
                runner.resume(answer, token=event.outcome.token)
                event = receive()
            assert isinstance(event, ComputationEvent)
            assert isinstance(event.outcome, Completed)
            assert event.outcome.value == ANSWERS
        return (clock() - start) / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Do the same, without tokens."""

    def owner() -> float:
        start = clock()
        for _ in range(n):
            runner = baseline.spawn(baseline_wizard)
            message = baseline.receive()
            for answer in ANSWERS:
                assert isinstance(message[1], baseline.Suspend)
                baseline.resume(runner, answer)
                message = baseline.receive()
            assert message[1] == ANSWERS
        return (clock() - start) / n

    return float(baseline.run(owner))


SUBJECT = Subject(
    name="wizard_by_messages", works={"ours": ours, "baseline": theirs}, target=Ratio(4, 5.4), count=4_000, quick=200
)
