"""S9: a key belongs to the same partition in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Hashable
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisors.routing import encoded, index_of

pytestmark = pytest.mark.sentence("S9")

scalars = st.one_of(st.text(), st.binary(), st.integers(), st.booleans(), st.none(), st.uuids())
keys = st.recursive(scalars, lambda inner: st.tuples(inner, inner) | st.tuples(inner) | st.just(()), max_leaves=5)

KNOWN = [
    ("ada", b"s3:ada"),
    ("", b"s0:"),
    ("é", b"s2:\xc3\xa9"),
    (b"ada", b"b3:ada"),
    (None, b"n0:"),
    ((), b"t0:"),
    (("user", 1), b"t2:s4:useri1:\x01"),
    ((-128,), b"t1:i2:\xff\x80"),
    (UUID(int=1), b"u16:" + bytes(15) + b"\x01"),
]


class Colour(Enum):
    RED = 1


class Level(IntEnum):
    LOW = 1


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(("key", "encoding"), KNOWN, ids=ascii)
def test_the_encoding_is_the_documented_one(key: object, encoding: bytes) -> None:
    assert encoded(key) == encoding


def test_the_partitions_of_known_keys_never_change() -> None:
    found = [index_of(key, 1000) for key in ("ada", b"ada", ("user", 1), None, UUID(int=1), 1234, -1)]
    assert found == [909, 467, 593, 169, 609, 234, 999]  # gzip's checksums of the encodings, where one is made


@given(keys, st.integers(1, 64))
def test_it_is_one_of_the_partitions(key: object, partitions: int) -> None:
    assert 0 <= index_of(key, partitions) < partitions


@given(keys, keys)
def test_keys_that_differ_have_different_encodings_and_equal_ones_the_same(one: Hashable, two: Hashable) -> None:
    assert (encoded(one) == encoded(two)) == (one == two)


@pytest.mark.parametrize(
    ("one", "two"), [(True, 1), (Level.LOW, 1), (Point(1, 2), (1, 2)), ((True,), (1,))], ids=["bool", "enum", "named", "in"]
)
def test_equal_keys_of_different_types_belong_together(one: object, two: object) -> None:
    assert index_of(one, 97) == index_of(two, 97)


def test_a_whole_number_is_taken_modulo() -> None:
    assert [index_of(key, 4) for key in (0, 1, 5, -1)] == [0, 1, 1, 3]


def test_it_does_not_depend_on_the_hash_seed() -> None:
    code = "from supervisors.routing import index_of; print([index_of((str(i), i), 1000) for i in range(50)])"
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert told == {f"{[index_of((str(i), i), 1000) for i in range(50)]}\n".encode()}


@pytest.mark.parametrize("partitions", [2, 7, 8, 64])
def test_keys_spread_evenly(partitions: int) -> None:
    counts = Counter(index_of(f"user-{number}", partitions) for number in range(10_000))
    even = 10_000 / partitions
    assert all(0.8 * even < counts[index] < 1.2 * even for index in range(partitions))


@pytest.mark.parametrize(
    "key",
    [1.0, Colour.RED, Decimal(1), date(2026, 1, 1), [1], frozenset({1}), object(), bytearray(b"x"), ("a", 1.0), {"a": 1}],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_the_same_in_every_process_is_no_key(key: Any) -> None:
    with pytest.raises(TypeError, match="no key for a partition"):
        index_of(key, 4)


def test_text_that_is_no_unicode_is_a_key_all_the_same() -> None:
    assert 0 <= index_of("\udcff", 4) < 4


def test_a_number_of_any_size_is_a_key() -> None:
    assert index_of((10**5000,), 1 << 31) != index_of((10**5000 + 1,), 1 << 31)
