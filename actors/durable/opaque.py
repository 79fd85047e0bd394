"""The body of an external operation: opaque to the log. What it performs is not recorded, and some of it is refused."""

from __future__ import annotations

from functools import partial
from typing import Any

from actors.durable.faults import NotInDurableError
from actors.durable.marking import Changed
from actors.effects.events import Emit
from actors.effects.scope import Handler, Scope, Seam, current_scope, enter_scope, lineage
from actors.effects.state import Modify, Put
from actors.effects.writer import Tell
from actors.ops import Op

WRITES = frozenset({Put, Modify})
TELLS = WRITES | {Tell, Emit}


class Opaque:
    """The seam that is in force there."""

    __slots__ = ("_outer",)

    def __init__(self, outer: Scope) -> None:
        """Take the scope that the body begins in."""
        self._outer = outer

    def through(self, handler: Handler) -> Handler:
        """Return what is called instead of a handler."""
        return partial(self._answer, handler)

    def branches(self, count: int) -> list[Seam]:
        """Return the same for each thunk."""
        return [self] * count

    def outside(self, what: str) -> None:
        """Allow it: what the body does is its own business."""

    def _answer(self, handler: Handler, op: Op[Any]) -> Any:
        kind = op.__class__
        if kind is Changed:
            raise NotInDurableError(f"{op!r} inside an external operation, whose body is opaque; ask for it before")
        if kind in TELLS and not is_within(op, self._outer):
            raise NotInDurableError(
                f"{op!r} inside an external operation: the body is not run again by a replay, and that would be missing; "
                "return the value, and write it where the operation is called"
            )
        return handler(op)


def is_within(op: Op[Any], outer: Scope | None) -> bool:
    """Tell whether what handles an operation was installed inside a scope."""
    keys = lineage(op.handler_key)
    for scope in current_scope().chain():
        if scope is outer:
            return False
        if any(key in scope.handlers for key in keys):
            return True
    return False


def opaquely(handler: Handler, op: Op[Any]) -> Any:
    """Call the handler of an external operation."""
    outer = current_scope()
    inner = Scope(outer, {})
    inner.seam = Opaque(outer)
    enter_scope(inner)
    try:
        return handler(op)
    finally:
        enter_scope(outer)
