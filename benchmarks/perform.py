"""An operation made in place goes to its handler; beside it a plain call, and a generator that yields operations."""

from collections.abc import Generator

from actors import Op, handling, perform
from benchmarks.inside import in_computation
from benchmarks.subject import AtMost, Subject, clock


class Doubled(Op[int]):
    """Ask for twice the number."""

    number: int


def double(op: Doubled) -> int:
    """Answer the operation."""
    return op.number * 2


def ours(n: int) -> float:
    """Perform in a computation, under one handler of its own and those of the runtime."""

    def computation() -> float:
        answer = 0
        with handling(Doubled, double):
            start = clock()
            for number in range(n):
                answer = perform(Doubled(number))
            seconds = clock() - start
        assert answer == 2 * (n - 1)
        return seconds / n

    return in_computation(computation)


def made_once(n: int) -> float:
    """Perform one and the same operation over and over: the dispatch alone."""

    def computation() -> float:
        answer = 0
        op = Doubled(21)
        with handling(Doubled, double):
            start = clock()
            for _ in range(n):
                answer = perform(op)
            seconds = clock() - start
        assert answer == 42
        return seconds / n

    return in_computation(computation)


def plain_call(n: int) -> float:
    """Make the operation and call the function that would handle it."""
    answer = 0
    start = clock()
    for number in range(n):
        answer = double(Doubled(number))
    seconds = clock() - start
    assert answer == 2 * (n - 1)
    return seconds / n


def generator(n: int) -> float:
    """Run a generator that yields operations and is sent the answers of the handler found by type."""

    def computation() -> Generator[Doubled, int, int]:
        answer = 0
        for number in range(n):
            answer = yield Doubled(number)
        return answer

    handlers = {Doubled: double}
    running = computation()
    answer = None
    start = clock()
    op = next(running)
    try:
        while True:
            op = running.send(handlers[type(op)](op))
    except StopIteration as end:
        answer = end.value
    seconds = clock() - start
    assert answer == 2 * (n - 1)
    return seconds / n


SUBJECT = Subject(
    name="perform",
    works={"ours": ours, "baseline": plain_call, "generator": generator, "made_once": made_once},
    target=AtMost(0.45, 0.3),
    count=100_000,
    quick=1_000,
)
