"""A thousand actors send to one; each lets others run after ten messages. They wait for a word to begin, untimed."""

from actors import receive, send, spawn
from actors.exits import NORMAL
from actors.runtime import Down, give_way
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import Subject, clock

SENDERS = 1000
BURST = 10


def unheard(*_: object) -> None:
    """Do nothing about a sender's end."""


def ours(n: int) -> float:
    """Wait until the receiver has had its `n` messages."""

    def sender() -> None:
        consumer = receive()
        for number in range(n // SENDERS):
            send(consumer, 1)
            if number % BURST == BURST - 1:
                give_way()

    def consumer() -> None:
        total = 0
        for _ in range(n):
            total += receive()
        assert total == n

    def owner() -> float:
        ref = spawn(consumer, monitor=True)
        senders = [spawn(sender) for _ in range(SENDERS)]
        give_way()
        start = clock()
        for one in senders:
            send(one, ref)
        down = receive()
        seconds = clock() - start
        assert isinstance(down, Down)
        assert down.reason == NORMAL
        return seconds / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Do the same."""
    send, receive, give_way = baseline.send, baseline.receive, baseline.pause

    def sender() -> None:
        consumer = receive()
        for number in range(n // SENDERS):
            send(consumer, 1)
            if number % BURST == BURST - 1:
                give_way()

    def consumer() -> int:
        total = 0
        for _ in range(n):
            total += receive()
        return total

    def owner() -> float:
        me = baseline.current()
        actor = baseline.spawn(consumer, on_exit=lambda _, total: send(me, total))
        senders = [baseline.spawn(sender, on_exit=unheard) for _ in range(SENDERS)]
        give_way()
        start = clock()
        for one in senders:
            send(one, actor)
        total = receive()
        seconds = clock() - start
        assert total == n
        return seconds / n

    return float(baseline.run(owner))


SUBJECT = Subject(name="send_many", works={"ours": ours, "baseline": theirs}, target=None, count=200_000, quick=2 * SENDERS)
