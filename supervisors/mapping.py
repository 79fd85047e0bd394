"""`map` of a `TaskSupervisor`: items through a function, several at a time, the results in the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any, Generic, TypeVar

from actors.computation import CancelledError
from actors.computation.faults import DeadlineExceeded
from actors.computation.runner import AsyncComputation
from actors.outcomes import Cancelled, Throw
from supervisors.errors import MaxChildrenError, TaskTimeoutError

T = TypeVar("T")
R = TypeVar("R")

LEFT = "the map it is part of was left"


class Flight(Generic[T, R]):
    """The items of one `map` that were taken and whose results were not given out yet, in their order."""

    __slots__ = ("begin", "held", "items", "limit", "over", "runs", "stopped")

    def __init__(self, begin: Callable[[T], AsyncComputation[R]], items: Iterator[T], limit: int) -> None:
        """Take what starts an item, the items, and how many may be in flight."""
        self.begin = begin
        self.items = items
        self.limit = limit
        self.runs: deque[tuple[T, AsyncComputation[R]]] = deque()
        self.held: list[T] = []  # taken, but the supervisor had no room for it
        self.over = False  # no more items come
        self.stopped: Exception | None = None  # why, if they did not just end

    def fill(self) -> bool:
        """Start items as long as there is room; tell whether there is a result to wait for.

        Raises:
            MaxChildrenError: the supervisor has no room for one, and none of this `map` is in flight.
            Exception: what the items raised, once all results before it were given out.
        """
        while len(self.runs) < self.limit and not self.has_failed() and self.take():
            try:
                run = self.begin(self.held[0])
            except MaxChildrenError:
                if not self.runs:
                    raise
                break  # there may be, once one of these has ended
            self.runs.append((self.held.pop(), run))
        if self.runs or self.stopped is None:
            return bool(self.runs)
        error, self.stopped = self.stopped, None
        try:
            raise error
        finally:
            del error  # the traceback holds this frame: no cycle

    def has_failed(self) -> bool:
        """Tell whether the next result is an error, as far as that is known: no item after it is needed."""
        return bool(self.runs) and isinstance(self.runs[0][1].outcome, Throw | Cancelled)

    def take(self) -> bool:
        """Take the next item; tell whether there is one."""
        if self.held:
            return True
        if self.over:
            return False
        try:
            self.held.append(next(self.items))
        except StopIteration:
            self.over = True
        except Exception as error:
            self.over, self.stopped = True, error
        return not self.over

    def first(self) -> R:
        """Return the result of the first item in flight, which is not from here on."""
        item, run = self.runs[0]
        try:
            value = run.result()
        except CancelledError as error:
            if error.outcome is run.outcome and isinstance(error.reason, DeadlineExceeded):
                raise TaskTimeoutError(run_name(run), item, error.reason.seconds) from None
            raise
        finally:
            del item, run
        self.runs.popleft()
        return value

    def cancel(self) -> None:
        """Cancel what is in flight; callable from anywhere, the garbage collector included."""
        for _, run in self.runs:
            run.scheduler.inbox.post(run.cancel_for, LEFT)

    def stop(self) -> None:
        """Cancel what is in flight, and wait until it has ended."""
        for _, run in self.runs:
            run.cancel(LEFT)
        for _, run in self.runs:
            run.ending(None)


def run_name(run: AsyncComputation[Any]) -> str:
    """Return the name of the computation."""
    return run.label() or "computation"


def in_order(begin: Callable[[T], AsyncComputation[R]], items: Iterator[T], limit: int) -> Generator[R]:
    """Yield the results of items, each started with `begin`; see `TaskSupervisor.map`."""
    flight = Flight(begin, items, limit)
    try:
        while flight.fill():
            yield flight.first()
    except GeneratorExit:  # it was left, perhaps where the garbage collector found it: nothing may wait here
        flight.cancel()
        raise
    except BaseException:
        flight.stop()
        raise
