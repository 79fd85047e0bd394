"""A codec with settings: a limit of its own, and encryption of what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.codec.decoding import decode
from actors.codec.encoding import MAX_BYTES, encode
from actors.codec.faults import DecodeError


def _as_it_is(data: bytes) -> bytes:
    return data


class Codec:
    """How the values of one store become bytes.

    Args:
        encrypt: applied to what is stored; gets and returns bytes.
        decrypt: undoes it; an error of it is raised as `DecodeError`.
        max_bytes: the size that one value may have, before it is encrypted.
    """

    __slots__ = ("_decrypt", "_encrypt", "max_bytes")

    def __init__(
        self,
        encrypt: Callable[[bytes], bytes] = _as_it_is,
        decrypt: Callable[[bytes], bytes] = _as_it_is,
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Take the settings."""
        self._encrypt = encrypt
        self._decrypt = decrypt
        self.max_bytes = max_bytes

    def encode(self, value: Any) -> bytes:
        """Return a value as bytes; see `encode`.

        Raises:
            EncodeError: it cannot be stored.
        """
        return self._encrypt(encode(value, max_bytes=self.max_bytes))

    def decode(self, data: bytes) -> Any:
        """Return the value that `encode` made these bytes of; see `decode`.

        Raises:
            DecodeError: they are not such bytes.
        """
        try:
            opened = self._decrypt(data)
        except Exception as error:
            raise DecodeError(f"cannot decrypt {len(data)} bytes: {type(error).__name__}: {error}") from error
        return decode(opened)
