"""Values to bytes and back, exactly; the only part that knows msgpack.

`encode` refuses what `decode` could not give back as it was: equal, of the same type, in the same order. Decoding never
imports and runs no code of the values' classes.
"""

from actors.codec.decoding import decode
from actors.codec.encoding import encode
from actors.codec.faults import DecodeError, EncodeError
from actors.codec.names import stored, upcaster
from actors.codec.sealing import Codec

__all__ = ["Codec", "DecodeError", "EncodeError", "decode", "encode", "stored", "upcaster"]
