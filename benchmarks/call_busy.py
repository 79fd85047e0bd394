"""A thousand actors call one server at once, each several times."""

from collections import Counter as Tally

from actors import receive, spawn
from actors.runtime import ActorRef, Down
from actors.server import Server, call
from benchmarks import baseline
from benchmarks.call import Counter, counter
from benchmarks.inside import in_actor
from benchmarks.subject import Ratio, Subject, clock

CALLERS = 1_000


def ours(n: int) -> float:
    """Count the replies: each number comes once."""
    each = n // CALLERS
    replies: Tally[int] = Tally()

    def caller(server: ActorRef) -> None:
        for _ in range(each):
            replies[call(server, 1)] += 1

    def starter() -> float:
        server = Server.start(Counter)
        start = clock()
        for _ in range(CALLERS):
            spawn(caller, server, link=False, monitor=True)
        for _ in range(CALLERS):
            assert isinstance(receive(), Down)
        seconds = clock() - start
        assert replies == Tally(range(1, each * CALLERS + 1))
        return seconds / (each * CALLERS)

    return in_actor(starter)


def theirs(n: int) -> float:
    """Do the same."""
    each = n // CALLERS
    replies: Tally[int] = Tally()
    call = baseline.call

    def caller(server: baseline.Actor) -> None:
        for _ in range(each):
            replies[call(server, 1)] += 1

    def starter() -> float:
        server = baseline.spawn(counter)
        start = clock()
        for _ in range(CALLERS):
            baseline.spawn(caller, server)
        for _ in range(CALLERS):
            baseline.receive()
        seconds = clock() - start
        assert replies == Tally(range(1, each * CALLERS + 1))
        baseline.cancel(server)
        return seconds / (each * CALLERS)

    return float(baseline.run(starter))


SUBJECT = Subject(
    name="call_busy",
    works={"ours": ours, "baseline": theirs},
    target=Ratio(2.5, 3.0),
    count=20 * CALLERS,
    quick=2 * CALLERS,
)
