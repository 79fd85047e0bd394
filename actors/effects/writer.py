"""Writer: what a computation tells along the way, collected in order or handed on at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.effects.named import Named, under
from actors.effects.scope import Handler, Handlers, Installed, perform
from actors.making import make_directly


class Tell(Named[None], frozen=False):
    """Tell one value."""

    handled_by = "writer.collected()` or `with writer.telling(f)"
    in_process = True
    __slots__ = ("value",)
    __match_args__ = ("value", "name")

    def __init__(self, value: Any, name: object = None) -> None:
        """Take the value."""
        super().__init__(name)
        self.value = value


make_directly(Tell, Tell.__init__, ("value",), name=None, handler_key=Tell)


def tell(value: Any, *, name: object = None) -> None:
    """Tell a value to the innermost Writer scope with this name.

    Raises:
        NoHandlerError: no such scope.
    """
    perform(Tell(value) if name is None else Tell(value, name))


def collected(*, name: object = None) -> Installed[list[Any]]:
    """Collect what is told within the block in the list that the block gets; production and test handler."""
    told: list[Any] = []
    return Installed(under(name, _OF_LIST), told, source=told)


def telling(listener: Callable[[Any], object], *, name: object = None) -> Installed[None]:
    """Call `listener(value)` at once for each value told within the block; it may perform operations."""
    return Installed(under(name, _OF_LISTENER), None, leaf=False, source=listener)


def _to(listener: Callable[[Any], object]) -> Handler:
    def heard(op: Tell) -> None:
        listener(op.value)

    return heard


_OF_LIST: Handlers = {Tell: lambda told: _to(told.append)}
_OF_LISTENER: Handlers = {Tell: _to}
