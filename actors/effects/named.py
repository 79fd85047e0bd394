"""Operations of effects of which several can coexist in one computation, told apart by `name=`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from actors.effects.scope import Handlers
from actors.ops import HandlerKey, Op

A_co = TypeVar("A_co", covariant=True)


class Named(Op[A_co], abstract=True, frozen=False):
    """An operation that only the handler installed under the same name answers; None is a name like any other."""

    __slots__ = ("handler_key", "name")
    __match_args__: ClassVar[tuple[str, ...]] = ("name",)
    if TYPE_CHECKING:
        name: object = None  # the field, for the checkers' dataclass_transform; at runtime a slot has no default

    def __init__(self, name: object = None) -> None:
        """Take the name."""
        self.name = name
        self.handler_key = key_for(type(self), name)  # type: ignore[misc]  # one key a name, where others have one a class

    def __eq__(self, other: object) -> bool:
        """Compare by field."""
        return type(other) is type(self) and all(getattr(self, f) == getattr(other, f) for f in self.__match_args__)

    def __hash__(self) -> int:
        """Hash by key; what an operation carries may be unhashable."""
        return hash(self.handler_key)

    def __repr__(self) -> str:
        """Show the fields, the name only if there is one."""
        shown = [f"{f}={getattr(self, f)!r}" for f in self.__match_args__ if f != "name" or self.name is not None]
        return f"{type(self).__qualname__}({', '.join(shown)})"


def key_for(operation: HandlerKey, name: object) -> HandlerKey:
    """Return the handler key of an operation class under a name."""
    return operation if name is None else (operation, name)


def under(name: object, handlers: Handlers) -> Handlers:
    """Return handlers given by operation class as handlers for those operations under a name."""
    return handlers if name is None else {(operation, name): handler for operation, handler in handlers.items()}
