"""Reader: a value that a computation is given and cannot change, such as a tenant or a configuration.

`with reader.reading(cfg):` is handler and test handler in one. Use a class as the name and the answer is typed:
`with reader.reading(Tenant("t1"), name=Tenant):` … `reader.get(Tenant).id`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from actors.effects.named import Named, under
from actors.effects.scope import Handler, Handlers, Installed, perform

R = TypeVar("R")


class Read(Named[Any], frozen=False):
    """Ask for the value."""

    handled_by = "reader.reading(value)"
    in_process = True
    __slots__ = ()


_READ = Read()


def _giving(value: Any) -> Handler:
    def give(_: Read) -> Any:
        return value

    return give


_OF_VALUE: Handlers = {Read: _giving}


@overload
def get(name: type[R]) -> R: ...
@overload
def get(name: object = None) -> Any: ...
def get(name: object = None) -> Any:
    """Return the value of the innermost Reader scope with this name.

    Raises:
        NoHandlerError: no such scope.
    """
    return perform(_READ if name is None else Read(name))


def reading(value: R, *, name: object = None) -> Installed[R]:
    """Give `value` to every `get` within the block."""
    return Installed(under(name, _OF_VALUE), value, source=value)


def local(change: Callable[[Any], R], *, name: object = None) -> Installed[R]:
    """Give `change(value)` within the block, computed once, from the value in force where `local` is called.

    Raises:
        NoHandlerError: no scope with this name to change.
    """
    return reading(change(get(name)), name=name)
