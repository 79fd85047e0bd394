"""Fresh: new identifiers. In production random (version 4) or ordered by time (version 7); in tests numbered from 1."""

from __future__ import annotations

import os
import uuid
from itertools import count

from actors import clock
from actors.effects.inside import inside
from actors.effects.named import Named, under
from actors.effects.scope import Handlers, Installed, install_outside, perform


class Uuid4(Named[uuid.UUID], frozen=False):
    """Ask for a random identifier."""

    local = True
    __slots__ = ()


class Uuid7(Named[uuid.UUID], frozen=False):
    """Ask for an identifier that sorts by the time it was made."""

    local = True
    __slots__ = ()


def uuid4(*, name: object = None) -> uuid.UUID:
    """Return a new random identifier."""
    return perform(Uuid4(name))


def uuid7(*, name: object = None) -> uuid.UUID:
    """Return a new identifier that sorts by the millisecond it was made in."""
    return perform(Uuid7(name))


def random(*, name: object = None) -> Installed[None]:
    """Answer with real identifiers; already in force under no name, so this is for names of one's own."""
    return Installed(under(name, PRODUCTION), None)


def numbered(*, name: object = None) -> Installed[None]:
    """Answer with `UUID(int=1)`, `UUID(int=2)`, …; the handler for tests."""
    numbers = count(1)
    return Installed(under(name, inside(dict.fromkeys(PRODUCTION, lambda _: uuid.UUID(int=next(numbers))))), None)


def _random_uuid7(_: Uuid7) -> uuid.UUID:
    # Source: RFC 9562, section 5.7: 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits.
    bits = int(clock.now() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=bits & ~(0x3 << 62) | 0x2 << 62)


PRODUCTION: Handlers = {Uuid4: lambda _: uuid.uuid4(), Uuid7: _random_uuid7}
install_outside(PRODUCTION)
