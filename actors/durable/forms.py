"""Operations as bytes: the form in which a durable run's log keeps, compares and shows them. Pure.

Two operations are the same if their forms are equal, or hold equal values: the order of a dict's keys does not count.
"""

from __future__ import annotations

from typing import Any

from actors.codec import DecodeError, EncodeError, decode, encode
from actors.codec.names import is_operation
from actors.durable.faults import OperationFailed
from actors.effects.operation import Call
from actors.effects.scope import name_of

_fixed: dict[type[Any], bytes] = {}  # the forms of those that hold nothing but their name, which is None
_fields: dict[type[Any], tuple[str, ...] | None] = {}  # None: it has a name, and is stored as a value


def form_of(op: Any) -> bytes:
    """Return the form of an operation.

    Raises:
        EncodeError: an argument cannot be stored; the path begins with its name.
    """
    kind = op.__class__
    fixed = _fixed.get(kind)
    if fixed is not None and op.name is None:
        return fixed
    if kind is Call:
        return encode([name_of(op.handler_key), list(op.args), op.kwargs])
    if kind not in _fields:
        _fields[kind] = None if is_operation(kind) else kind.__match_args__
    fields = _fields[kind]
    if fields is None:
        return encode(op)
    form = encode([kind.__qualname__, [getattr(op, field) for field in fields], {}])
    if fields == ("name",) and op.name is None:
        _fixed[kind] = form
    return form


def same(form: bytes, other: bytes) -> bool:
    """Tell whether two forms are of the same operation."""
    if form == other:
        return True
    try:
        return bool(decode(form) == decode(other))
    except DecodeError:
        return False


class Shown:
    """An operation as a log holds it, for people."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Take the text."""
        self.text = text

    def __repr__(self) -> str:
        """Return the text."""
        return self.text

    def __eq__(self, other: object) -> bool:
        """Compare by text."""
        return isinstance(other, Shown) and self.text == other.text

    def __hash__(self) -> int:
        """Hash by text."""
        return hash(self.text)


def shown(form: bytes) -> Shown:
    """Return an operation as its call was written."""
    return Shown(_text(form))


def _text(form: bytes) -> str:
    try:
        value: Any = decode(form)
    except DecodeError as error:
        return f"<{error}>"
    if value.__class__ is not list:
        return repr(value)
    name, args, kwargs = value
    given = [repr(arg) for arg in args if arg is not None] + [f"{key}={arg!r}" for key, arg in kwargs.items()]
    return f"{name}({', '.join(given)})"


def error_form(error: Exception) -> tuple[bytes, Exception]:
    """Return what is stored of an error that an operation raised, and what is raised in its place, hot as well as cold.

    One that has a name to be stored under, and whose arguments can be stored, is itself; any other is `OperationFailed`.
    """
    if isinstance(error, EncodeError):  # of the answer: the value that could not be stored is in it
        return encode(OperationFailed("EncodeError", str(error))), error
    try:
        return encode(error), error
    except EncodeError:
        failed = OperationFailed(type(error).__qualname__, str(error))
        failed.__cause__ = error
        return encode(failed), failed


def cause_form(cause: object) -> bytes:
    """Return what is stored of the reason for a cancel: itself, or its text if it cannot be stored."""
    try:
        return encode(cause)
    except EncodeError:
        return encode(repr(cause))
