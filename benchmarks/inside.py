"""Where the work runs: in an actor or a computation, never in the main greenlet, on our side as on the baseline's."""

from collections.abc import Callable, Iterable

import gevent

from actors import AsyncComputation, Completed, receive, spawn
from actors.exits import Crash
from actors.runtime import ActorRef, Down


def in_actor(body: Callable[[], float]) -> float:
    """Run `body` in an actor of its own and return what it returns. Blocks until then; an error in it is raised."""
    results: list[float] = []
    spawn(lambda: results.append(body()), link=False, monitor=True)
    down = receive()
    assert isinstance(down, Down)
    if isinstance(down.reason, Crash):
        raise down.reason.error
    return results[0]


def in_computation(body: Callable[[], float]) -> float:
    """Run `body` as a computation owned by an actor and return what it returns. Blocks until then."""

    def owner() -> float:
        _, outcome = AsyncComputation.start_sync(body, timeout=60.0)
        assert isinstance(outcome, Completed), outcome
        return float(outcome.value)

    return in_actor(owner)


def until_ended(refs: Iterable[ActorRef]) -> None:
    """Wait until these actors have ended, looking every millisecond: what is measured is theirs."""
    left = list(refs)
    while any(ref.alive for ref in left):
        gevent.sleep(0.001)
