"""`ask` and `notify`: what a computation says to its owner."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, TypeVar

from actors.clock import Seconds, checked_seconds
from actors.effects.scope import OUTSIDE, Handler, Scope, current_scope, perform
from actors.ops import Op, Question

A = TypeVar("A")

UNKNOWN: tuple[Handler, object] = (perform, OUTSIDE)  # not looked up in this scope yet

# How long the ask being performed may wait, in seconds. A context variable and not a field of the question, so that the
# limit also holds for a question that a handler on the way asks in its place.
patience: ContextVar[float | None] = ContextVar("actors.patience", default=None)


class Notification(Op[None], frozen=False):
    """Tell the owner something without suspending."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Any) -> None:
        """Take what the owner is told."""
        self.value = value

    def __repr__(self) -> str:
        """Show the value."""
        return f"Notification({self.value!r})"

    def __eq__(self, other: object) -> bool:
        """Compare by value."""
        return isinstance(other, Notification) and bool(self.value == other.value)

    def __hash__(self) -> int:
        """Hash alike; the value may be unhashable."""
        return hash(Notification)


def ask(question: Question[A], *, timeout: Seconds = None) -> A:
    """Suspend until the owner answers, and return the answer.

    *Blocks until* the computation is resumed, cancelled, or `timeout` seconds have passed. An inner handler for the
    question answers it without suspending.

    Args:
        question: what the owner gets in `Suspend.value`.
        timeout: seconds; None waits for ever, 0 gives up at once unless a handler answers.

    Raises:
        TimeoutError: no answer within `timeout`; the suspension is withdrawn, its token stale.
        NoHandlerError: not in a run, and no handler for the question.
        TypeError: `question` is not a `Question`.
        ValueError: `timeout` is negative.
    """
    if not isinstance(question, Question):
        raise TypeError(f"ask({question!r}): give a Question, such as Prompt(name, text) or a subclass of Question[A]")
    if timeout is None:
        scope: Scope = current_scope()
        handler, outward = scope.table.get(question.handler_key, UNKNOWN)
        return handler(question) if outward is None else perform(question)
    checked_seconds("timeout", timeout)
    token = patience.set(timeout)
    try:
        return perform(question)
    finally:
        patience.reset(token)


def notify(value: Any) -> None:
    """Send the owner a `Notify` event and go on; order with outcomes is kept.

    Raises:
        NoHandlerError: not in a run, and no handler for notifications.
    """
    perform(Notification(value))
