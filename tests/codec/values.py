"""Values of every kind that can be stored, for the tests of the codec."""

from dataclasses import dataclass
from datetime import UTC, timedelta, timezone
from enum import Enum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from actors import Prompt
from actors.codec import stored


@stored("tests.colour")
class Colour(Enum):
    RED = 1
    BLUE = "blue"


@stored("tests.point")
@dataclass(frozen=True, slots=True)
class Point:
    x: Any
    y: Any = None


@stored("tests.pair")
class Pair(NamedTuple):
    left: Any
    right: Any


@stored("tests.refusal")
class RefusalError(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


WEST, ODD, CITY = timezone(timedelta(hours=-3)), timezone(timedelta(minutes=90), "odd"), ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([None, UTC, WEST, ODD, CITY])
KEYS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters())
    | st.binary()
    | st.dates()
    | st.times(timezones=ZONES)
    | st.datetimes(timezones=ZONES)
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.sampled_from(Colour)
    | st.floats(allow_nan=False)
)
HASHABLE = st.recursive(KEYS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=6)
VALUES = st.recursive(
    KEYS | st.builds(Prompt, st.text(), st.text()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.sets(HASHABLE, max_size=4)
        | st.builds(Point, inner, inner)
        | st.builds(Pair, inner, inner)
    ),
    max_leaves=20,
)


def shape(value: Any) -> Any:
    """The types and the order in a value, which equality does not see."""
    kind: type[Any] = value.__class__
    if kind in (list, tuple):
        return kind, [shape(item) for item in value]
    if kind is dict:
        return kind, [(shape(key), shape(item)) for key, item in value.items()]
    if kind in (set, frozenset):
        return kind, sorted(str(shape(item)) for item in value)
    if kind in (Point, Pair):
        return kind, [shape(getattr(value, field)) for field in ("x", "y", "left", "right") if hasattr(value, field)]
    return kind, getattr(value, "fold", None), getattr(getattr(value, "tzinfo", None), "key", None)
