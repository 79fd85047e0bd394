"""Whatever the bytes are, decoding ends with a value or a DecodeError."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.codec import Codec, DecodeError, decode, encode
from tests.codec.values import VALUES


@given(st.binary(max_size=200))
@pytest.mark.sentence("D13")
def test_any_bytes(data: bytes) -> None:
    for start in (b"", b"\x01"):
        with suppress(DecodeError):
            decode(start + data)


@given(VALUES, st.data())
@pytest.mark.sentence("D13")
def test_stored_bytes_with_some_changed(value: Any, data: st.DataObject) -> None:
    damaged = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DecodeError):
        decode(bytes(damaged))


@given(VALUES, st.integers(1, 100))
def test_stored_bytes_cut_short(value: Any, cut: int) -> None:
    stored = encode(value)
    with pytest.raises(DecodeError):
        decode(stored[: max(0, len(stored) - cut)])


BOMBS = {
    "a list said to be huge": b"\x01\xdd\xff\xff\xff\xff",
    "lists in lists": b"\x01" + b"\x91" * 100_000 + b"\xc0",
    "a map said to be huge": b"\x01\xdf\xff\xff\xff\xff",
    "tuples in tuples": encode(0)[:1] + bytes.fromhex("c7") + b"\x02\x01\x91\xc0",
    "a list as a key": b"\x01\x81\x90\x01",
    "an unknown extension": b"\x01\xd4\x63\x00",
    "an absurd date": b"\x01\xc7\x04\x06\x93\x7f\x7f\x7f",
    "a timestamp of msgpack's": b"\x01\xd6\xff\x00\x00\x00\x00",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bytes_that_are_made_to_hurt(name: str) -> None:
    with suppress(DecodeError):
        decode(BOMBS[name])


def test_extensions_in_extensions_end() -> None:
    data = b"\xc0"
    for _ in range(5_000):
        inner = b"\x91" + data
        data = b"\xc9" + len(inner).to_bytes(4, "big") + b"\x01" + inner
    with pytest.raises(DecodeError):
        decode(b"\x01" + data)


def test_another_format_says_so() -> None:
    with pytest.raises(DecodeError, match="damaged or newer"):
        decode(b"\x02\xc0")
    with pytest.raises(DecodeError, match="give the bytes that encode returned"):
        decode("text")  # type: ignore[arg-type]


def test_a_codec_encrypts_what_it_stores() -> None:
    def turned(data: bytes) -> bytes:
        return bytes(byte ^ 0x55 for byte in data)

    codec = Codec(turned, turned)
    assert b"secret" not in codec.encode("secret")
    assert codec.decode(codec.encode("secret")) == "secret"
    with pytest.raises(DecodeError, match="cannot decrypt 3 bytes: ZeroDivisionError"):
        Codec(decrypt=lambda _: bytes(1 // 0)).decode(b"abc")
