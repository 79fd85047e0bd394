"""The names that types of the user's are stored under, their versions, and what brings old fields up to date.

Dataclasses, enums, named tuples and exceptions get a name by `@stored`. Operations and questions have one already: that
of their class, with its module, unless `@stored` gives another. Looking a name up never imports anything.
"""

from __future__ import annotations

import builtins
import dataclasses
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from actors.ops import Op

T = TypeVar("T", bound=type[Any])

Fields: TypeAlias = dict[str, Any]
Upcaster: TypeAlias = Callable[[Fields], Fields]


class Named:
    """One type with a name."""

    __slots__ = ("fields", "kind", "name", "upcasters", "version")

    def __init__(self, kind: type[Any], name: str, version: int) -> None:
        """Take the type, its name and the version of its fields."""
        self.kind = kind
        self.name = name
        self.version = version
        self.fields: tuple[str, ...] = ()
        if dataclasses.is_dataclass(kind):
            self.fields = tuple(field.name for field in dataclasses.fields(kind))
        else:
            self.fields = getattr(kind, "_fields", ())
        self.upcasters: dict[int, Upcaster] = {}

    def brought_up_to_date(self, version: int, fields: Fields) -> Fields:
        """Return the fields that an older version was stored with, as they are now.

        Raises:
            LookupError: nothing brings that version further.
        """
        while version < self.version:
            if version not in self.upcasters:
                raise LookupError(f"{self.name!r} of version {version} was stored; add @upcaster({self.name!r}, {version})")
            fields = self.upcasters[version](fields)
            version += 1
        return fields


_by_type: dict[type[Any], Named] = {}
_by_name: dict[str, Named] = {}


def stored(name: Any, *, version: int = 1) -> Callable[[T], T]:
    """Give a dataclass, enum, named tuple, exception, operation or question the name that its values are stored under.

    Args:
        name: stays the same when the class is renamed or moved.
        version: counted up when the fields change in a way that old values do not fit; see `upcaster`.

    Raises:
        TypeError: the class is of another kind.
        ValueError: another class has the name, or `version` is less than 1.
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"stored({name!r}): give the name as text, stored('user') for example")
    if version < 1:
        raise ValueError(f"version={version!r}: count from 1 up")

    def register(kind: T) -> T:
        if not _can_be_named(kind):
            raise TypeError(f"{kind!r} is neither dataclass, enum, named tuple, exception, operation nor question")
        other = _by_name.get(name)
        if other is not None and _origin(other.kind) != _origin(kind):
            raise ValueError(f"{other.kind!r} is stored as {name!r} already; choose another name for {kind!r}")
        return _remember(kind, name, version)

    return register


def upcaster(name: str, version: int) -> Callable[[Upcaster], Upcaster]:
    """Register what brings the fields of a stored type from a version to the next: a dict comes in, a dict goes out.

    Raises:
        LookupError: no type has the name.
    """

    def register(function: Upcaster) -> Upcaster:
        if name not in _by_name:
            raise LookupError(f"no type is stored as {name!r}; decorate it with @stored({name!r}, version={version + 1})")
        _by_name[name].upcasters[version] = function
        return function

    return register


def named(kind: Any) -> Named | None:
    """Return what a type is stored as; None if it has no name."""
    known = _by_type.get(kind)
    if known is None and is_operation(kind):
        _remember(kind, ".".join(_origin(kind)), 1)
        known = _by_type[kind]
    return known


def is_operation(kind: Any) -> bool:
    """Tell whether a type is an operation with fields: it has a name without being given one."""
    return issubclass(kind, Op) and hasattr(kind, "__dataclass_fields__")  # pyright: ignore[reportUnknownArgumentType]


def called(name: str) -> Named | None:
    """Return the type that a name stands for; None if nobody has it."""
    known = _by_name.get(name)
    if known is None:
        for kind in _below(Op):
            if ".".join(_origin(kind)) == name:
                known = named(kind)
    return known


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from _below(derived)


def _origin(kind: type[Any]) -> tuple[str, str]:
    return kind.__module__, kind.__qualname__


def _can_be_named(kind: Any) -> bool:
    try:
        return dataclasses.is_dataclass(kind) or hasattr(kind, "_fields") or issubclass(kind, Enum | Exception)
    except TypeError:  # no class
        return False


def _remember(kind: T, name: str, version: int) -> T:
    _by_type[kind] = _by_name[name] = Named(kind, name, version)
    return kind


# Those of Python itself. Those of Unicode need all their arguments, and groups hold other errors.
for _kind in vars(builtins).values():
    if isinstance(_kind, type) and issubclass(_kind, Exception) and not issubclass(_kind, UnicodeError | ExceptionGroup):
        _remember(_kind, _kind.__name__, 1)
