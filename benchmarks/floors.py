"""The floor under each operation: the least that CPython and greenlet themselves need for it, in microseconds."""

import statistics
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from benchmarks.subject import clock

COUNT = 50_000
ROUNDS = 7


def _median(body: Callable[[int], None]) -> float:
    def once() -> float:
        start = clock()
        body(COUNT)
        return (clock() - start) / COUNT * 1e6

    return statistics.median(once() for _ in range(ROUNDS))


def _switches(n: int) -> None:
    main: Any = getcurrent()

    def other() -> None:
        while True:
            main.switch()

    there = greenlet(other)
    for _ in range(n):
        there.switch()
    there.throw(GreenletExit)


def _calls(n: int) -> None:
    def nothing() -> None:
        pass

    for _ in range(n):
        nothing()


def _raises(n: int) -> None:
    def failing() -> None:
        raise ValueError("once")

    for _ in range(n):
        try:
            failing()
        except ValueError:
            pass


def _queues(n: int) -> None:
    queue: deque[int] = deque()
    for number in range(n):
        queue.append(number)
        queue.popleft()


def _contexts(n: int) -> None:
    for _ in range(n):
        copy_context()


def floors() -> dict[str, tuple[float, str]]:
    """Measure and return, by subject, the floor in microseconds and what it is made of."""
    switch, call, error, queue, context = map(_median, (_switches, _calls, _raises, _queues, _contexts))
    return {
        "wizard": (4 * switch + call + context, "four switches there and back, a call, a context"),
        "wizard_by_messages": (4 * switch + 4 * queue + call + context, "the same, and four entries in a queue"),
        "spawn_batch": (call + context + 2 * queue, "a call, a context, two entries in a queue"),
        "spawn_one": (switch + call + context + 2 * queue, "the same, and a switch there and back"),
        "crash": (error + context + 2 * queue, "an exception raised and caught, a context, two entries in a queue"),
        "cancel": (switch + error + queue, "a switch there and back, an exception, an entry in a queue"),
        "send_one": (queue, "an entry in a queue"),
        "send_many": (queue, "an entry in a queue"),
        "call": (switch, "a switch there and back"),
        "call_busy": (switch / 2 + queue, "a switch, an entry in a queue"),
        "ring": (switch / 2, "a switch"),
        "perform": (call, "a call"),
        "state_get_put": (2 * call, "two calls"),
    }
