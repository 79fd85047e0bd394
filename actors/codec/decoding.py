"""Bytes to values. Whatever the bytes are, the result is a value or a `DecodeError`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgpack

from actors.codec import encoding
from actors.codec.encoding import DEPTH, FORMAT
from actors.codec.faults import DecodeError
from actors.codec.names import Named, called


class Reading:
    """The reading of one value, and how deep it is in it."""

    __slots__ = ("depth",)

    def __init__(self) -> None:
        """Begin at the outside."""
        self.depth = 0

    def unpack(self, data: bytes) -> Any:
        """Return the value that stands in msgpack's form."""
        return msgpack.unpackb(data, ext_hook=self.extension, strict_map_key=False, unicode_errors="surrogatepass")

    def extension(self, code: int, data: bytes) -> Any:
        """Return the value that an extension stands for.

        Raises:
            ValueError: nobody knows its number, or it is nested too deep.
        """
        raw = RAW.get(code)
        if raw is not None:
            return raw(data)
        reader = READERS.get(code)
        if reader is None:
            raise ValueError(f"extension {code} is not known; a newer version wrote it, or the data is damaged")
        if self.depth > DEPTH:
            raise ValueError(f"it is nested more than {DEPTH} deep")
        self.depth += 1
        value = reader(self.unpack(data))
        self.depth -= 1
        return value


def decode(data: bytes) -> Any:
    """Return the value that `encode` made these bytes of. Never imports, and runs no code of the value's class.

    Raises:
        DecodeError: they are not such bytes, or of a newer format, or hold a type that is not known here.
    """
    if not isinstance(data, bytes):
        raise DecodeError(f"decode({type(data).__name__}): give the bytes that encode returned")
    if data[:1] != FORMAT:
        raise DecodeError(f"the data begins with {data[:1]!r} and not with {FORMAT!r}: it is damaged or newer")
    try:
        return Reading().unpack(data[1:])
    except Exception as error:
        raise DecodeError(f"cannot decode {len(data)} bytes: {type(error).__name__}: {error}") from error


def read_zone(form: Any) -> tzinfo | None:
    """Return a time zone."""
    if form is None or isinstance(form, str):
        return None if form is None else ZoneInfo(form)
    days, seconds, microseconds, name = form
    offset = timedelta(days, seconds, microseconds)
    if not offset and name is None:
        return UTC
    return timezone(offset) if name is None else timezone(offset, name)


def read_time(form: Any) -> time:
    """Return a time of day."""
    hour, minute, second, microsecond, fold, zone = form
    return time(hour, minute, second, microsecond, read_zone(zone), fold=fold)


def read_datetime(form: Any) -> datetime:
    """Return a date with a time of day."""
    year, month, day, *rest = form
    return datetime.combine(date(year, month, day), read_time(rest))


def read_enum(form: Any) -> Enum:
    """Return a member of an enum.

    Raises:
        LookupError: it is not known.
    """
    name, member = form
    kind = type_called(name).kind
    if not issubclass(kind, Enum):
        raise LookupError(f"{name!r} is stored as an enum, but {kind!r} is none")
    return kind[member]


def read_object(form: Any) -> Any:
    """Return an object with its fields.

    Raises:
        LookupError: its type is not known, or of a newer version, or has other fields.
    """
    name, version, fields = form
    known = type_called(name)
    if version > known.version:
        raise LookupError(f"{name!r} was stored in version {version}, and {known.kind!r} is of version {known.version}")
    fields = known.brought_up_to_date(version, fields)
    if issubclass(known.kind, Exception):
        return made_error(known.kind, dict(fields))
    if set(fields) != set(known.fields):
        raise LookupError(
            f"{name!r} was stored with the fields {sorted(fields)}, and {known.kind!r} has {sorted(known.fields)}; "
            f"count its version up and add @upcaster({name!r}, {version})"
        )
    if issubclass(known.kind, tuple):
        return known.kind._make(fields[field] for field in known.fields)  # type: ignore[attr-defined]  # a named tuple
    made = object.__new__(known.kind)
    for field, value in fields.items():
        object.__setattr__(made, field, value)
    return made


def made_error(kind: type[Exception], fields: dict[str, Any]) -> Exception:
    """Return an exception, without calling its `__init__`."""
    args = tuple(fields.pop("args"))
    made = kind.__new__(kind, *args)
    made.args = args
    vars(made).update(fields)
    return made


def type_called(name: Any) -> Named:
    """Return the type that a name stands for.

    Raises:
        LookupError: no type has it.
    """
    known = called(name) if isinstance(name, str) else None
    if known is None:
        raise LookupError(f"no type is stored as {name!r} here; import its module first, or give it back its @stored name")
    return known


# What is made of the bytes themselves, and what is made of the form that they hold.
RAW: Final[dict[int, Callable[[bytes], Any]]] = {
    encoding.INTEGER: lambda data: int.from_bytes(data, "big", signed=True),
    encoding.UUID_: lambda data: UUID(bytes=data),
}
READERS: Final[dict[int, Callable[[Any], Any]]] = {
    encoding.TUPLE: tuple,
    encoding.SET: set,
    encoding.FROZENSET: frozenset,
    encoding.DATETIME: read_datetime,
    encoding.DATE: lambda form: date(*form),
    encoding.TIME: read_time,
    encoding.TIMEDELTA: lambda form: timedelta(*form),
    encoding.DECIMAL: Decimal,
    encoding.ENUM: read_enum,
    encoding.OBJECT: read_object,
}
