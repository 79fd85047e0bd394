"""What is stored comes back as it was, or is refused when it is written."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from actors import Prompt, Question
from actors.codec import DecodeError, EncodeError, decode, encode, stored
from tests.codec.values import VALUES, Colour, Pair, Point, RefusalError, shape


@given(VALUES)
@pytest.mark.sentence("D13")
def test_every_value_comes_back_equal_and_of_the_same_types_and_order(value: Any) -> None:
    back = decode(encode(value))
    assert back == value
    assert shape(back) == shape(value)


@given(VALUES)
def test_a_value_has_one_form(value: Any) -> None:
    assert encode(decode(encode(value))) == encode(value)


@pytest.mark.parametrize("value", [2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**100, -(10**100), -1, 0])
def test_integers_of_every_size(value: int) -> None:
    assert decode(encode(value)) == value


def test_not_a_number_and_minus_zero() -> None:
    assert str(decode(encode([float("nan"), float("inf"), -0.0]))) == "[nan, inf, -0.0]"


@pytest.mark.sentence("D13")
def test_an_exception_comes_back_with_its_arguments_and_attributes() -> None:
    back = decode(encode([RefusalError(7, "no"), KeyError("k"), FileNotFoundError(2, "gone")]))
    assert [repr(error) for error in back] == ["RefusalError('7: no')", "KeyError('k')", "FileNotFoundError(2, 'gone')"]
    assert (back[0].code, back[2].errno) == (7, 2)


class Number(IntEnum):
    ONE = 1


@dataclass
class Unnamed:
    x: int


class Zone(tzinfo):
    def utcoffset(self, _: datetime | None) -> None:
        return None

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


REFUSED: list[tuple[Any, str, str]] = [
    (object(), "", "builtins.object has no name"),
    ({"a": [1, object()]}, "['a'][1]", "has no name"),
    ({("k", Unnamed): 1}, " key ('k', <class 'tests.codec.test_values.Unnamed'>)[1]", "has no name"),
    (Point(1, (lambda: None,)), ".y[0]", "builtins.function has no name"),
    (Pair(1, {2: Unnamed(3)}), ".right[2]", "Unnamed has no name"),
    ([Number.ONE], "[0]", "Number has no name"),
    (OrderedDict(a=1), "", "collections.OrderedDict has no name"),
    ([defaultdict(int)], "[0]", "collections.defaultdict has no name"),
    ({"view": memoryview(b"x")}, "['view']", "a memoryview would come back as bytes"),
    (Point(bytearray(b"x")), ".x", "a bytearray would come back as bytes"),
    (type("Text", (str,), {})("x"), "", "Text has no name"),
    (datetime(2026, 1, 1, tzinfo=Zone()), "", "is no time zone that can be stored"),
    (ValueError([{1}, object()]), ".args[0][1]", "has no name"),
]


@pytest.mark.sentence("D13")
@pytest.mark.parametrize(("value", "path", "why"), REFUSED)
def test_what_would_not_come_back_is_refused_with_the_path_to_it(value: Any, path: str, why: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(value)
    assert caught.value.path == path
    assert why in str(caught.value)


def endless() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def deep(make: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(10_000):
        value = make(value)
    return value


DEEP = {"cycle": endless(), "tuples": deep(lambda v: (v,)), "lists": deep(lambda v: [v]), "objects": deep(Point)}


@pytest.mark.parametrize("value", DEEP.values(), ids=DEEP)
def test_what_is_nested_too_deep_is_refused(value: Any) -> None:
    with pytest.raises(EncodeError):
        encode(value)
    assert decode(encode((1, (2,)))) == (1, (2,))


@pytest.mark.parametrize(("value", "size"), [("x" * 100, 102), (1.5, 9), (True, 1), (None, 1), ([1.5], 10)])
def test_what_is_too_large_is_refused(value: Any, size: int) -> None:
    with pytest.raises(EncodeError, match=f"it takes {size} bytes, and {size - 1} are allowed"):
        encode(value, max_bytes=size - 1)
    assert decode(encode(value, max_bytes=size)) == value


def test_operations_and_questions_have_names_of_their_own() -> None:
    class Local(Question[str]):
        text: str

    assert decode(encode(Prompt("name", "Who?"))) == Prompt("name", "Who?")
    assert decode(encode(Local("x"))) == Local("x")


def test_threads_do_not_disturb_each_other() -> None:
    failures: list[object] = []

    def work(number: int) -> None:
        for index in range(300):
            value = [(number, index), {frozenset({index}): Point(number, "x" * index)}]
            if decode(encode(value)) != value:
                failures.append(value)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_decoding_never_imports(tmp_path: Path) -> None:
    class Elsewhere(Question[str]):
        pass

    data = encode(Elsewhere()).replace(b"test_values", b"nowhere_vals")
    with pytest.raises(DecodeError, match="no type is stored as"):
        decode(data[:3] + bytes([data[3]]) + data[4:])


def test_a_name_belongs_to_one_class() -> None:
    with pytest.raises(ValueError, match=r"is stored as 'tests\.colour' already"):
        stored("tests.colour")(Unnamed)
    with pytest.raises(TypeError, match="neither dataclass"):
        stored("tests.nothing")(int)
    assert decode(encode(Colour.RED)) is Colour.RED
