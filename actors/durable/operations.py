"""The operation under way: what the body of an external operation of a durable run may know of it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

from actors.durable.faults import NotInDurableError


@dataclass(frozen=True, slots=True)
class OperationUnderWay:
    """An external operation, or a question, of a durable run.

    `key` stays the same when the operation is performed again after a crash, and never occurs twice in the life of an id:
    hand it to the other party as the key of the request. `fence` goes up each time the run changes hands.
    """

    run: str
    seq: int
    fence: int
    where: tuple[int, ...] = field(default=(), compare=False, repr=False)  # in the log
    asks: bool = field(default=False, compare=False, repr=False)  # it is a question to the owner

    @property
    def key(self) -> str:
        """What the other party can tell a repetition by."""
        return f"{self.run}:{self.seq}"


under_way: ContextVar[OperationUnderWay | None] = ContextVar("actors.operation", default=None)


def question_under_way() -> OperationUnderWay:
    """Return the question that the run suspends on.

    Raises:
        NotInDurableError: the body of another operation asks it.
    """
    operation = under_way.get()
    if operation is None or not operation.asks:
        raise NotInDurableError(
            "ask(…) inside an external operation, whose body is opaque; ask before it, and give it the answer. A handler "
            "that asks in another's place is installed with handling(…, in_process=True)"
        )
    return operation


def current_operation() -> OperationUnderWay:
    """Return the operation whose body runs.

    Raises:
        RuntimeError: none does, or it is not of a durable run.
    """
    operation = under_way.get()
    if operation is None:
        raise RuntimeError("current_operation() outside the body of an external operation of a durable run: it has no key")
    return operation
