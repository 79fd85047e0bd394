"""Handlers that keep to the computation's own memory."""

from __future__ import annotations

from actors.effects.scope import Handler, Handlers
from actors.ops import Op


class InProcess:
    """A handler that touches nothing outside the computation: a replay runs it again, instead of taking what it answered.

    What it performs itself is recorded.
    """

    __slots__ = ("handler",)

    def __init__(self, handler: Handler) -> None:
        """Take the handler."""
        self.handler = handler

    def __call__(self, op: Op[object]) -> object:
        """Answer."""
        return self.handler(op)


def inside(handlers: Handlers) -> Handlers:
    """Declare handlers to be such."""
    return {key: InProcess(handler) for key, handler in handlers.items()}
