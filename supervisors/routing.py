"""Which of n copies a key belongs to: the same in every process, whatever PYTHONHASHSEED says. Pure."""

from __future__ import annotations

from typing import cast
from uuid import UUID
from zlib import crc32


def index_of(key: object, partitions: int) -> int:
    """Return which of so many partitions a key belongs to, from 0 up.

    A whole number belongs to `key % partitions`; anything else to the CRC-32 (zlib's) of its encoding, modulo
    `partitions`. Keys that are equal belong to the same partition: `True` goes where 1 goes. With another number of
    partitions most keys belong elsewhere.

    Args:
        key: text, bytes, a whole number, None, a UUID, or a tuple of such keys.
        partitions: how many there are, from 1 up.

    Raises:
        TypeError: it is no such key.
    """
    if isinstance(key, int):
        return int(key) % partitions
    return crc32(encoded(key)) % partitions


def encoded(key: object) -> bytes:
    """Return a key's encoding: no two keys that differ have the same.

    A letter for the kind, the length in decimal digits, a colon, and what it is: text in UTF-8, whole numbers in
    big-endian two's complement, a UUID as its 16 bytes, a tuple as the encodings of its parts.

    Raises:
        TypeError: it is no key.
    """
    match key:
        case str():
            content = key.encode("utf-8", "surrogatepass")
            return b"s%d:%b" % (len(content), content)
        case bytes():
            return b"b%d:%b" % (len(key), key)
        case int():
            size = int(key).bit_length() // 8 + 1
            return b"i%d:%b" % (size, int(key).to_bytes(size, "big", signed=True))
        case None:
            return b"n0:"
        case UUID():
            return b"u16:" + key.bytes
        case tuple():
            parts = cast("tuple[object, ...]", key)
            return b"t%d:%b" % (len(parts), b"".join(map(encoded, parts)))
        case _:
            raise TypeError(
                f"{key!r} is no key for a partition, it is of type {type(key).__name__}; "
                "give text, bytes, a whole number, None, a UUID, or a tuple of these, which are the same in every process"
            )
