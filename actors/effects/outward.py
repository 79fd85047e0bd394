"""Handlers that run in the scope outside the one that installed them.

Here is what that means. Where the core is compiled, `outward.pyx` stands in for this module and does the same for a tenth
of the price, by keeping the two states of the context variable and exchanging one for the other.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any


class Outward:
    """A handler, and the scope that is in force while it runs."""

    __slots__ = ("handler", "outer", "variable")

    def __init__(self, variable: ContextVar[Any], outer: Any, handler: Callable[[Any], Any]) -> None:
        """Take the context variable that holds the scope, what it is to hold, and the handler."""
        self.variable = variable
        self.outer = outer
        self.handler = handler

    def answer(self, op: Any, scope: Any) -> Any:
        """Have the handler answer an operation that was performed in `scope`, which is in force again afterwards."""
        enter = self.variable.set
        enter(self.outer)
        try:
            return self.handler(op)
        finally:
            enter(scope)
