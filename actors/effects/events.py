"""EventAccumulator: the domain events that a computation emits, collected in order or published at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.effects.named import Named, under
from actors.effects.scope import Handler, Handlers, Installed, perform
from actors.making import make_directly


class Emit(Named[None], frozen=False):
    """Emit one event."""

    handled_by = "events.collected()` or `with events.publishing(f)"
    in_process = True
    __slots__ = ("event",)
    __match_args__ = ("event", "name")

    def __init__(self, event: Any, name: object = None) -> None:
        """Take the event."""
        super().__init__(name)
        self.event = event


make_directly(Emit, Emit.__init__, ("event",), name=None, handler_key=Emit)


def emit(event: Any, *, name: object = None) -> None:
    """Emit an event to the innermost scope with this name.

    Raises:
        NoHandlerError: no such scope.
    """
    perform(Emit(event) if name is None else Emit(event, name))


def collected(*, name: object = None) -> Installed[list[Any]]:
    """Collect the events of the block in the list that the block gets; the handler for tests and for one transaction."""
    emitted: list[Any] = []
    return Installed(under(name, _OF_LIST), emitted, source=emitted)


def publishing(publish: Callable[[Any], object], *, name: object = None) -> Installed[None]:
    """Call `publish(event)` at once for each event of the block; it may perform operations, block or raise."""
    return Installed(under(name, _OF_PUBLISHER), None, leaf=False, source=publish)


def _to(publish: Callable[[Any], object]) -> Handler:
    def published(op: Emit) -> None:
        publish(op.event)

    return published


_OF_LIST: Handlers = {Emit: lambda emitted: _to(emitted.append)}
_OF_PUBLISHER: Handlers = {Emit: _to}
