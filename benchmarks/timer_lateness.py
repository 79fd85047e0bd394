"""How late timers fire, in the median, while fifty pairs of actors send one another messages at full speed."""

import statistics
from itertools import cycle, islice

from gevent.queue import Empty

from actors import receive, send, spawn
from actors.runtime import Down
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import AtMost, Cost, Subject, clock

PAIRS = 50
WAITS = tuple(milliseconds / 1000 for milliseconds in range(1, 11))
LEAST = 1e-9


def ours(n: int) -> float:
    """Wait `n` times for a message that does not come, 1 to 10 ms long."""
    over: list[bool] = []

    def rally() -> None:
        other = receive()
        while (ball := receive()) and not over:
            send(other, ball)
        if ball:
            send(other, False)

    def owner() -> float:
        players = [spawn(rally, monitor=True) for _ in range(2 * PAIRS)]
        for one, other in zip(players[::2], players[1::2], strict=True):
            send(one, other)
            send(other, one)
            send(one, True)
        late = [_lateness(wait) for wait in islice(cycle(WAITS), n)]
        over.append(True)
        assert all(isinstance(receive(), Down) for _ in players)
        return max(statistics.median(late), LEAST)

    return in_actor(owner)


def _lateness(wait: float) -> float:
    start = clock()
    try:
        receive(timeout=wait)
    except TimeoutError:
        return clock() - start - wait
    raise AssertionError("a message came where none was sent")


def theirs(n: int) -> float:
    """Do the same."""
    over: list[bool] = []

    def rally() -> None:
        other = baseline.receive()
        while (ball := baseline.receive()) and not over:
            baseline.send(other, ball)
        if ball:
            baseline.send(other, False)

    def owner() -> float:
        players = [baseline.spawn(rally) for _ in range(2 * PAIRS)]
        for one, other in zip(players[::2], players[1::2], strict=True):
            baseline.send(one, other)
            baseline.send(other, one)
            baseline.send(one, True)
        late = [_baseline_lateness(wait) for wait in islice(cycle(WAITS), n)]
        over.append(True)
        assert all(baseline.receive()[1] is None for _ in players)
        return max(statistics.median(late), LEAST)

    return float(baseline.run(owner))


def _baseline_lateness(wait: float) -> float:
    start = clock()
    try:
        baseline.receive_within(wait)
    except Empty:
        return clock() - start - wait
    raise AssertionError("a message came where none was sent")


SUBJECT = Subject(
    name="timer_lateness",
    works={"ours": ours, "baseline": theirs},
    target=AtMost(1, 1),
    count=50,
    quick=10,
    cost=Cost.LATENESS,
)
