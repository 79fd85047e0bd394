"""The State effect: a get and a put; beside it two plain calls, and a generator that yields what it wants."""

from collections.abc import Generator

from actors.effects import state
from benchmarks.inside import in_computation
from benchmarks.subject import AtMost, Subject, clock


def ours(n: int) -> float:
    """Count in State, in a computation."""

    def computation() -> float:
        with state.holding(0) as cell:
            start = clock()
            for _ in range(n):
                state.put(state.get() + 1)
            seconds = clock() - start
            assert cell.value == n
        return seconds / n

    return in_computation(computation)


def plain_calls(n: int) -> float:
    """Count with two functions that share a variable."""
    cell = 0

    def get() -> int:
        return cell

    def put(value: int) -> None:
        nonlocal cell
        cell = value

    start = clock()
    for _ in range(n):
        put(get() + 1)
    seconds = clock() - start
    assert cell == n
    return seconds / n


class Get:
    """What a generator yields to be sent the state."""

    __slots__ = ()


class Put:
    """What a generator yields to have the state replaced."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        """Take the new state."""
        self.value = value


def generator(n: int) -> float:
    """Count in a generator that is sent the state."""

    def computation() -> Generator[Get | Put, int, None]:
        for _ in range(n):
            count = yield Get()
            yield Put(count + 1)

    cell = 0
    running = computation()
    start = clock()
    op = next(running)
    try:
        while True:
            if isinstance(op, Put):
                cell = op.value
            op = running.send(cell)
    except StopIteration:
        pass
    seconds = clock() - start
    assert cell == n
    return seconds / n


SUBJECT = Subject(
    name="state_get_put",
    works={"ours": ours, "baseline": plain_calls, "generator": generator},
    target=AtMost(0.9, 0.6),
    count=50_000,
    quick=1_000,
)
