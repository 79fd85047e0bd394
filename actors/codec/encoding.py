"""Values to bytes.

What msgpack knows it packs itself, in C; it asks here for all else, which becomes an extension with a number of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import msgpack

from actors.codec.faults import EncodeError
from actors.codec.names import Named, named

FORMAT: Final = b"\x01"  # the first byte of all that is stored
MAX_BYTES: Final = 16 * 1024 * 1024
DEPTH: Final = 64  # tuples, sets and objects within each other

# The numbers of the extensions. They stand in stored data: never changed, never used again.
TUPLE, SET, FROZENSET, INTEGER, DATETIME, DATE, TIME, TIMEDELTA, DECIMAL, UUID_, ENUM, OBJECT = range(1, 13)

BIN8, BIN16, BIN32 = 0xC4, 0xC5, 0xC6  # what msgpack writes before bytes, and before what it takes for bytes
SCALARS: Final = frozenset({NoneType, bool, float, str})  # of which msgpack asks nobody
_ExtType: Final = msgpack.ExtType
_new: Final[Any] = cast(Any, tuple).__new__


class Unstorable(Exception):
    """Found while packing: the value, and what is wrong with it."""

    def __init__(self, value: object, why: str) -> None:
        """Take both."""
        super().__init__(why)
        self.value = value
        self.why = why


def made(code: int, data: bytes) -> msgpack.ExtType:
    """Return an extension, without the checks that are most of the cost of making one."""
    extension: msgpack.ExtType = _new(_ExtType, (code, data))
    return extension


class Writing:
    """The packing of one value, and how deep it is in it. A packer for each depth, since one is busy until it is done."""

    __slots__ = ("depth", "packers")

    def __init__(self) -> None:
        """Begin at the outside."""
        self.depth = 0
        self.packers: list[msgpack.Packer] = []

    def pack(self, value: Any) -> bytes:
        """Return a value in msgpack's form.

        Raises:
            Unstorable: it cannot be stored.
        """
        depth = self.depth
        if depth == len(self.packers):
            if depth > DEPTH:
                raise Unstorable(value, f"it is nested more than {DEPTH} deep")
            self.packers.append(msgpack.Packer(default=self.extension, strict_types=True, unicode_errors="surrogatepass"))
        self.depth = depth + 1
        packed: bytes = self.packers[depth].pack(value)
        self.depth = depth
        return packed

    def extension(self, value: Any) -> msgpack.ExtType:
        """Return what stands for a value that msgpack does not know.

        Raises:
            Unstorable: it cannot be stored.
        """
        kind: type[Any] = value.__class__
        if kind in FORMS:
            code, form = FORMS[kind]
            return made(code, self.pack(form(value)))
        if kind in RAW:
            code, raw = RAW[kind]
            return made(code, raw(value))
        if kind is set or kind is frozenset:
            return made(SET if kind is set else FROZENSET, self.packed_items(value))
        name = named(kind)
        if name is None:
            raise Unstorable(value, unknown(kind))
        if issubclass(kind, Enum):
            return made(ENUM, self.pack([name.name, value.name]))
        return made(OBJECT, self.pack([name.name, name.version, fields_of(value, name)]))

    def packed_items(self, values: Iterable[Any]) -> bytes:
        """Return the items of a set in an order that does not depend on the process."""
        items = sorted(map(self.pack, values))
        return b"".join([msgpack.Packer().pack_array_header(len(items)), *items])


_idle: list[Writing] = []
_scalars = msgpack.Packer(strict_types=True, unicode_errors="surrogatepass")


def pack(value: Any) -> bytes:
    """Return a value in msgpack's form.

    Raises:
        Unstorable: it cannot be stored.
    """
    writing = _idle.pop() if _idle else Writing()
    packed = writing.pack(value)
    _idle.append(writing)  # one that failed is not used again
    return packed


def unknown(kind: type[Any]) -> str:
    """Say what is wrong with a type that has no name."""
    return f"{kind.__module__}.{kind.__qualname__} has no name to be stored under; decorate the class with @stored('…')"


def fields_of(value: Any, name: Named) -> dict[str, Any]:
    """Return what is stored of an object."""
    if isinstance(value, Exception):
        return {"args": list(value.args), **vars(value)}
    return {field: getattr(value, field) for field in name.fields}


def zone(value: tzinfo | None) -> Any:
    """Return what stands for a time zone.

    Raises:
        Unstorable: it is of a type that is not known.
    """
    if value is None:
        return None
    if type(value) is timezone:
        offset = value.utcoffset(None)
        name = value.tzname(None)
        return [*parts(offset), None if name == timezone(offset).tzname(None) else name]
    if type(value) is ZoneInfo and value.key:
        return value.key
    raise Unstorable(value, f"{value!r} is no time zone that can be stored; use datetime.timezone or zoneinfo.ZoneInfo")


def parts(value: timedelta) -> list[int]:
    """Return the parts of a duration."""
    return [value.days, value.seconds, value.microseconds]


def clock_parts(value: datetime | time) -> list[Any]:
    """Return the parts of a time of day, with its zone."""
    return [value.hour, value.minute, value.second, value.microsecond, value.fold, zone(value.tzinfo)]


# What stands for a value: a form that is packed in its turn, or bytes.
FORMS: Final[dict[type[Any], tuple[int, Callable[[Any], Any]]]] = {
    tuple: (TUPLE, list),
    datetime: (DATETIME, lambda value: [value.year, value.month, value.day, *clock_parts(value)]),
    date: (DATE, lambda value: [value.year, value.month, value.day]),
    time: (TIME, clock_parts),
    timedelta: (TIMEDELTA, parts),
    Decimal: (DECIMAL, str),
}
RAW: Final[dict[type[Any], tuple[int, Callable[[Any], bytes]]]] = {
    int: (INTEGER, lambda value: value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)),
    UUID: (UUID_, lambda value: value.bytes),
}


def encode(value: Any, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return a value as bytes, from which `decode` makes an equal one of the same type.

    What can be stored: None, bool, int, float, str, bytes, list, tuple, set, frozenset, dict with any hashable
    keys, datetime, date, time, timedelta, Decimal, UUID; operations and questions; what `@stored` has given a name; and
    Python's own exceptions. Not their subclasses, since those would not come back.

    Raises:
        EncodeError: something in it cannot be stored, or it takes more than `max_bytes`.
    """
    try:
        packed: bytes = _scalars.pack(value) if value.__class__ in SCALARS else pack(value)
        if BIN8 in packed or BIN16 in packed or BIN32 in packed:
            refuse_views(value)
    except Exception as error:
        path, found, why = located(value, error)
        raise EncodeError(path, found, why) from None
    if len(packed) > max_bytes:
        raise EncodeError("", value, f"it takes {len(packed)} bytes, and {max_bytes} are allowed")
    return FORMAT + packed


def refuse_views(value: Any) -> None:
    """Refuse a memoryview or bytearray, which msgpack takes for bytes.

    Raises:
        Unstorable: there is one.
    """
    kind: type[Any] = value.__class__
    if kind is memoryview or kind is bytearray:
        raise Unstorable(value, f"a {kind.__name__} would come back as bytes; store bytes(…)")
    for _, item in items_of(value):
        refuse_views(item)


def items_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the values directly inside another, with the step that leads to each."""
    kind: type[Any] = value.__class__
    if kind is dict:
        for key, item in value.items():
            yield f" key {key!r}", key
            yield f"[{key!r}]", item
    elif kind is list or kind is tuple:
        yield from ((f"[{index}]", item) for index, item in enumerate(value))
    elif kind is set or kind is frozenset:
        yield from ((f"{{{item!r}}}", item) for item in value)
    else:
        name = named(kind) if not isinstance(value, Enum) else None
        if name is not None:
            yield from ((f".{field}", item) for field, item in fields_of(value, name).items())


def located(value: Any, error: Exception, path: str = "", depth: int = 0) -> tuple[str, Any, str]:
    """Return the path to what made packing fail, the value there, and what is wrong with it."""
    for step, item in items_of(value) if depth <= DEPTH else ():
        try:
            pack(item)
            refuse_views(item)
        except Exception as inner:
            return located(item, inner, path + step, depth + 1)
    if isinstance(error, Unstorable):
        return path, error.value, error.why
    return path, value, f"{type(error).__name__}: {error}"
