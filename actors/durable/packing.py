"""An `EffectLog` as bytes, and back. Pure.

Operations become their forms, and are compared as such from then on: nothing is imported, and a log can be read where the
functions that it names are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from actors.codec import DecodeError, decode, encode
from actors.durable.forms import error_form, form_of
from actors.durable.log import Entry, Position
from actors.durable.packed import Packed
from actors.durable.replay import Branches
from actors.effects.together import Parallel, Race

VERSION: Final = 1  # the last one; a newer one is refused
MARK: Final = "effect log"
PARTS: Final = 3  # the mark, the version and the entries
MAX_BYTES: Final = 1 << 40  # each answer has its own limit

_KINDS: Final = {kind.__qualname__: kind for kind in (Parallel, Race)}


def packed_log(entries: Iterable[Entry]) -> bytes:
    """Return entries as bytes.

    Raises:
        EncodeError: an argument or an answer cannot be stored.
    """
    return encode([MARK, VERSION, [_packed(entry) for entry in entries]], max_bytes=MAX_BYTES)


def _packed(entry: Entry) -> list[Any]:
    op: Any = entry.op
    if isinstance(op, Branches):
        form: Any = [op.kind.__qualname__, op.count]
    else:
        form = op.form if isinstance(op, Packed) else form_of(op)
    error = None if entry.error is None else error_form(entry.error)[0]
    return [list(entry.position.path), entry.position.number, form, encode(entry.answer), error]


def unpacked_log(data: bytes) -> Iterator[Entry]:
    """Yield the entries that `packed_log` made these bytes of.

    Raises:
        DecodeError: they are no log, or one of a newer version, or hold a type that is not known here.
    """
    value: Any = decode(data)
    if value.__class__ is not list or len(value) != PARTS or value[0] != MARK:
        raise DecodeError(f"{len(data)} bytes are no log, but a stored {type(value).__name__}")
    _, version, entries = value
    if version != VERSION:
        raise DecodeError(f"the log is of version {version}, and {VERSION} is the last that is known here")
    try:
        for path, number, form, answer, error in entries:
            op = Packed(form) if isinstance(form, bytes) else Branches(_KINDS[form[0]], form[1])
            raised = None if error is None else decode(error)
            yield Entry(Position(tuple(path), number), op, decode(answer), raised)
    except (TypeError, LookupError, ValueError) as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(f"{len(data)} bytes are no log: {type(error).__name__}: {error}") from error
