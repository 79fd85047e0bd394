"""`make fuzz`: bytes led by coverage for everything that reads what is stored: a value or `DecodeError`, and no hang.

Needs atheris, which instruments plain Python only. What `make test` does with random bytes is in `test_damage.py`.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

atheris: Any = import_module("atheris")  # `make fuzz` installs it

with atheris.instrument_imports(include=["actors.codec", "actors.durable"]):
    from actors.codec import DecodeError, EncodeError, decode, encode
    from actors.codec.encoding import FORMAT
    from actors.codec.peeking import peek
    from actors.durable import EffectLog
    from actors.durable.rows import Past, unpacked, unpacked_question
    from tests.codec import values

READERS: tuple[Callable[[bytes], Any], ...] = (
    decode,
    peek,
    EffectLog.from_bytes,
    unpacked,
    unpacked_question,
    lambda data: Past([("r", 0, data[0] if data else 1, data[1:])]),
)


def one(data: bytes) -> None:
    """Read some bytes in every way, and what can be read once more after it was written."""
    for reader in READERS:
        for form in (data, FORMAT + data):
            try:
                reader(form)
            except DecodeError:
                pass
    try:
        value = decode(FORMAT + data)
        again = encode(value)
    except (DecodeError, EncodeError):
        return
    if encode(decode(again)) != again:
        raise AssertionError(f"{value!r} comes back as another")


def main() -> None:
    """Fuzz until told to stop."""
    assert values.__name__  # its types are known to the decoder
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
