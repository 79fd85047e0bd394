"""One actor calls a server that only counts, one call after the other."""

from typing import Any

from actors.server import Call, Server, call
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import Ratio, Subject, clock


class Counter(Server):
    def __init__(self) -> None:
        self.count = 0

    def handle_call(self, request: int, call: Call) -> int:
        self.count += request
        return self.count


def counter() -> None:
    """Serve in the way of the baseline."""
    count = 0
    while True:
        result, request = baseline.receive()
        count += request
        baseline.reply(result, count)


def ours(n: int) -> float:
    """Call."""

    def caller() -> float:
        server = Server.start(Counter)
        start = clock()
        reply: Any = None
        for _ in range(n):
            reply = call(server, 1)
        seconds = clock() - start
        assert reply == n
        return seconds / n

    return in_actor(caller)


def theirs(n: int) -> float:
    """Do the same."""
    call = baseline.call

    def caller() -> float:
        server = baseline.spawn(counter)
        start = clock()
        reply: Any = None
        for _ in range(n):
            reply = call(server, 1)
        seconds = clock() - start
        assert reply == n
        baseline.cancel(server)
        return seconds / n

    return float(baseline.run(caller))


SUBJECT = Subject(name="call", works={"ours": ours, "baseline": theirs}, target=Ratio(3.5, 4.7), count=20_000, quick=500)
