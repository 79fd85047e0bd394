"""State: a value that a computation reads and changes.

`with state.holding(0) as cell:` is handler and test handler in one; `cell.value` is what it holds, also after the block.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast, overload

from actors.effects.named import Named, under
from actors.effects.scope import Handlers, Installed, current_scope, perform
from actors.making import make_directly

S = TypeVar("S")


class Get(Named[Any], frozen=False):
    """Ask for the value."""

    handled_by = "state.holding(value)"
    in_process = True
    __slots__ = ()


class Begin(Named[Any], frozen=False):
    """Ask an effect log for the value that a scope begins with; without one it is that which is given."""

    local = True
    __slots__ = ("value",)

    def __init__(self, value: Any, name: object = None) -> None:
        """Take the value that is given; a log compares the name only."""
        super().__init__(name)
        self.value = value

    def default_handler(self, _: Begin) -> Any:
        """Begin with what is given."""
        return self.value


class Put(Named[None], frozen=False):
    """Replace the value."""

    handled_by = "state.holding(value)"
    in_process = True
    __slots__ = ("value",)
    __match_args__ = ("value", "name")

    def __init__(self, value: Any, name: object = None) -> None:
        """Take the new value."""
        super().__init__(name)
        self.value = value


make_directly(Put, Put.__init__, ("value",), name=None, handler_key=Put)


class Modify(Named[Any], frozen=False):
    """Replace the value by a function of it."""

    handled_by = "state.holding(value)"
    in_process = True
    __slots__ = ("change",)
    __match_args__ = ("change", "name")

    def __init__(self, change: Callable[[Any], Any], name: object = None) -> None:
        """Take the function."""
        super().__init__(name)
        self.change = change


class Cell(Generic[S]):
    """What a State scope holds."""

    __slots__ = ("value",)

    def __init__(self, value: S) -> None:
        """Take the first value."""
        self.value: S = value

    def get(self, _: Get) -> S:
        """Answer `Get`."""
        return self.value

    def put(self, op: Put) -> None:
        """Answer `Put`."""
        self.value = op.value

    def modify(self, op: Modify) -> S:
        """Answer `Modify`; the change runs in the scope of whoever asked for it."""
        self.value = op.change(self.value)
        return self.value


_GET = Get()
_OF_CELL: Handlers = {Get: attrgetter("get"), Put: attrgetter("put"), Modify: attrgetter("modify")}


@overload
def get(name: type[S]) -> S: ...
@overload
def get(name: object = None) -> Any: ...
def get(name: object = None) -> Any:
    """Return the value of the innermost State scope with this name; a class as the name types the answer.

    Raises:
        NoHandlerError: no such scope.
    """
    return perform(_GET if name is None else Get(name))


def put(value: Any, *, name: object = None) -> None:
    """Replace the value.

    Raises:
        NoHandlerError: no scope with this name.
    """
    perform(Put(value) if name is None else Put(value, name))


def modify(change: Callable[[S], S], *, name: object = None) -> S:
    """Replace the value by `change(value)` and return the new one.

    Raises:
        NoHandlerError: no scope with this name.
    """
    return cast(S, perform(Modify(change, name)))


def holding(value: S, *, name: object = None) -> Installed[Cell[S]]:
    """Hold `value` for the length of a `with` block, which gets the cell.

    An effect log records the value; a replay begins with what was recorded.
    """
    if current_scope().seam is not None:
        value = perform(Begin(value, name))
    cell = Cell(value)
    return Installed(under(name, _OF_CELL), cell, source=cell)
