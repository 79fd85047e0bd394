"""Fields change, and what was stored before still comes back."""

from dataclasses import dataclass

import pytest

from actors.codec import DecodeError, decode, encode, stored, upcaster
from actors.codec.names import Fields


@stored("tests.user", version=1)
@dataclass(frozen=True)
class Old:
    name: str


OLD = encode(Old("Ada Lovelace"))


@dataclass(frozen=True)
class New:
    first: str
    last: str


def as_user(version: int) -> None:
    New.__module__, New.__qualname__ = Old.__module__, Old.__qualname__
    stored("tests.user", version=version)(New)


@pytest.mark.sentence("D13")
def test_old_fields_are_brought_up_to_date() -> None:
    as_user(3)

    @upcaster("tests.user", 1)
    def split(fields: Fields) -> Fields:
        first, _, last = fields["name"].partition(" ")
        return {"first": first, "surname": last}

    @upcaster("tests.user", 2)
    def rename(fields: Fields) -> Fields:
        return {"first": fields["first"], "last": fields["surname"]}

    assert callable(split)
    assert callable(rename)
    assert decode(OLD) == New("Ada", "Lovelace")


def test_what_is_missing_is_said() -> None:
    as_user(2)
    with pytest.raises(DecodeError, match=r"add @upcaster\('tests\.user', 1\)"):
        decode(OLD)
    as_user(1)
    with pytest.raises(DecodeError, match=r"stored with the fields \['name'\]"):
        decode(OLD)
    as_user(2)
    newer = encode(New("a", "b"))
    as_user(1)
    with pytest.raises(DecodeError, match="was stored in version 2"):
        decode(newer)
    with pytest.raises(LookupError, match=r"no type is stored as 'tests\.nobody'"):
        upcaster("tests.nobody", 1)(dict)
    with pytest.raises(ValueError, match="count from 1 up"):
        stored("tests.user", version=0)
