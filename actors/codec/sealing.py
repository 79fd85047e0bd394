"""A codec with settings: a limit of its own, and encryption of what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.codec.decoding import decode
from actors.codec.encoding import MAX_BYTES, encode
from actors.codec.faults import DecodeError

SEALED: Final = b"\x02"  # the first byte of what was encrypted; that of a value is another


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

    def seal(self, data: bytes) -> bytes:
        """Return bytes encrypted, and marked as such: what `DurableRuns(…, codec=…)` does with all that it stores."""
        return SEALED + self._encrypt(data)

    def open(self, data: bytes) -> bytes:
        """Return what `seal` was given.

        Raises:
            DecodeError: it was sealed with another key, or never was.
        """
        if data[:1] != SEALED:
            raise DecodeError(f"{len(data)} bytes were not encrypted when they were stored; open the store without a codec")
        return self._decrypted(data[1:])

    def decode(self, data: bytes) -> Any:
        """Return the value that `encode` made these bytes of; see `decode`.

        Raises:
            DecodeError: they are not such bytes.
        """
        return decode(self._decrypted(data))

    def _decrypted(self, data: bytes) -> bytes:
        try:
            return self._decrypt(data)
        except Exception as error:
            raise DecodeError(
                f"cannot decrypt {len(data)} bytes: {type(error).__name__}: {error}; is it the same key?"
            ) from error


def refuse_sealed(data: bytes) -> None:
    """Refuse bytes that `Codec.seal` made, where no codec is there to open them.

    Raises:
        DecodeError: they are such.
    """
    if data[:1] == SEALED:
        raise DecodeError("what is stored is encrypted; give the codec that it was written with: DurableRuns(…, codec=…)")
