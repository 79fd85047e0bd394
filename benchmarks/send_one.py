"""One actor sends to one other, which receives; the sender lets others run after each hundred messages."""

from actors import receive, send, spawn
from actors.exits import NORMAL
from actors.runtime import Down, give_way
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import Ratio, Subject, clock

BURST = 100


def ours(n: int) -> float:
    """Send numbers; the receiver checks that the last one is the last."""

    def consumer() -> None:
        number = -1
        for _ in range(n):
            number = receive()
        assert number == n // BURST - 1

    def producer() -> float:
        ref = spawn(consumer, monitor=True)
        give_way()
        start = clock()
        for number in range(n // BURST):
            for _ in range(BURST):
                send(ref, number)
            give_way()
        down = receive()
        seconds = clock() - start
        assert isinstance(down, Down)
        assert down.reason == NORMAL
        return seconds / n

    return in_actor(producer)


def theirs(n: int) -> float:
    """Do the same."""
    send, receive, give_way = baseline.send, baseline.receive, baseline.pause

    def consumer() -> int:
        number = -1
        for _ in range(n):
            number = receive()
        return number

    def producer() -> float:
        actor = baseline.spawn(consumer)
        give_way()
        start = clock()
        for number in range(n // BURST):
            for _ in range(BURST):
                send(actor, number)
            give_way()
        message = receive()
        seconds = clock() - start
        assert message[1] == n // BURST - 1
        return seconds / n

    return float(baseline.run(producer))


SUBJECT = Subject(
    name="send_one", works={"ours": ours, "baseline": theirs}, target=Ratio(1.2, 1.5), count=200_000, quick=10 * BURST
)
