"""Bytes to values for who does not have the program's classes: what is of an unknown type is shown by its name."""

from __future__ import annotations

from typing import Any

from actors.codec.decoding import READERS, Reading
from actors.codec.encoding import ENUM, FORMAT, OBJECT
from actors.codec.faults import DecodeError
from actors.codec.names import called


class Unknown:
    """An object or enum member whose type is not known here, as it was stored: its `name`, and `fields` or `member`."""

    __slots__ = ("fields", "member", "name")

    def __init__(self, name: str, fields: dict[str, Any], member: str | None = None) -> None:
        """Take the name of the type, and the fields of an object or the name of an enum's member."""
        self.name = name
        self.fields = fields
        self.member = member

    def __repr__(self) -> str:
        """Show it as it is written in code."""
        short = self.name.rpartition(".")[2]
        if self.member is not None:
            return f"{short}.{self.member}"
        return f"{short}({', '.join(f'{key}={value!r}' for key, value in self.fields.items())})"


class Peeking(Reading):
    """The reading of a value that may hold what is not known here."""

    __slots__ = ()

    def extension(self, code: int, data: bytes) -> Any:
        """Return the value that an extension stands for, or what is shown in its place."""
        if code in (ENUM, OBJECT):
            name, *_, rest = form = super().unpack(data)
            if called(name) is None:
                return Unknown(name, {}, rest) if code == ENUM else Unknown(name, dict(rest))
            return READERS[code](form)
        return super().extension(code, data)


def peek(data: bytes) -> Any:
    """Return the value that `encode` made these bytes of, with `Unknown` for what is of a type that is not known here.

    Raises:
        DecodeError: they are not such bytes.
    """
    if data[:1] != FORMAT:
        raise DecodeError(f"the data begins with {data[:1]!r} and not with {FORMAT!r}: it is damaged or newer")
    try:
        return Peeking().unpack(data[1:])
    except Exception as error:
        raise DecodeError(f"cannot decode {len(data)} bytes: {type(error).__name__}: {error}") from error
