"""Tuples of plain values (None, int, float, bytes, such tuples) to bytes: the frame of values that are bytes already."""

from __future__ import annotations

from typing import Any

import msgpack

from actors.codec.faults import DecodeError

_packer = msgpack.Packer()


def pack(values: tuple[Any, ...]) -> bytes:
    """Return a tuple as bytes."""
    packed: bytes = _packer.pack(values)
    return packed


def unpack(data: bytes) -> tuple[Any, ...]:
    """Return the tuple that `pack` made these bytes of.

    Raises:
        DecodeError: they are not such bytes.
    """
    try:
        values: Any = msgpack.unpackb(data, use_list=False)
    except Exception as error:
        raise DecodeError(f"cannot read {len(data)} bytes: {type(error).__name__}: {error}") from error
    if values.__class__ is not tuple:
        raise DecodeError(f"cannot read {len(data)} bytes: they hold no tuple")
    unpacked: tuple[Any, ...] = values
    return unpacked
