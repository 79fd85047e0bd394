"""Logs as text and as JSON, and stored values shown where their classes are not known."""

from enum import Enum
from typing import Any

import pytest

from actors import Prompt
from actors.codec import DecodeError, encode, stored
from actors.codec.names import _by_name  # pyright: ignore[reportPrivateUsage]
from actors.codec.peeking import Unknown, peek
from actors.durable import EntryRow, RunRow
from actors.durable.logs import exported, imported, shown_log
from actors.durable.rows import ANSWER, CANCEL, CUT, ERROR, MARK, START, packed


@stored("test_logs.Colour")
class Colour(Enum):
    RED = 1


def rows(*given: tuple[int, bytes]) -> list[EntryRow]:
    return [EntryRow("one", number, kind, payload) for number, (kind, payload) in enumerate(given)]


def test_each_kind_of_row_is_shown_in_words() -> None:
    shown = shown_log(
        rows(
            (START, packed((2, 1, 0), encode(["pay", [3], {"to": "Ada"}]), None, 5.0)),
            (ANSWER, packed((2, 1, 0), None, encode(True), None)),
            (ERROR, packed((3,), encode(Prompt("name")), encode(ValueError("bad")), None)),
            (CUT, packed((4,), None, encode("enough"), None)),
            (CANCEL, packed((), None, encode("enough"), None)),
            (MARK, packed((), encode("new"), b"1", None)),
            (99, b"nonsense"),
        )
    )
    assert [(each.position, each.kind, each.text) for each in shown[:6]] == [
        ("2.1/0", "start", "pay(3, to='Ada')"),
        ("2.1/0", "answer", "True"),
        ("3", "error", "Prompt(name='name', text='') → ValueError('bad')"),
        ("4", "cut", "'enough'"),
        ("", "cancel", "'enough'"),
        ("", "changed", "'new' → True"),
    ]
    assert shown[0].until == 5.0
    assert (shown[6].kind, shown[6].text[:12]) == ("kind 99", "<a row of 8 ")


def test_a_log_comes_back_from_json_as_it_was() -> None:
    row = RunRow("one", "f", question=encode([0, [0], Prompt("x")]), args=encode([[], None, 5.0]), created=1.5)
    entries = rows((START, packed((0,), encode(Prompt("x")), None, None)))
    assert imported(exported(row, entries)) == (row, entries)


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "{}", '{"log": 2}', '{"log": 1}', '{"log": 1, "id": "a", "name": "b", "args": "?"}', "3\n4"],
)
def test_what_is_no_log_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no log that"):
        imported(text)


def test_a_type_that_is_not_known_is_shown_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    data: Any = encode([Colour.RED, Prompt("name")])
    assert peek(data) == [Colour.RED, Prompt("name")]
    monkeypatch.delitem(_by_name, "test_logs.Colour")
    unknown, known = peek(data)
    assert (repr(unknown), known) == ("Colour.RED", Prompt("name"))


def test_an_unknown_object_shows_its_fields() -> None:
    thing = Unknown("a.b.Thing", {"x": 1})
    assert repr(thing) == "Thing(x=1)"


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x01", b"\x01\xc1"])
def test_bytes_that_are_no_value_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        peek(data)
