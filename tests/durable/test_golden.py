"""Logs that this version wrote replay for ever: the bytes are committed, and so are the computations."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from actors import Cancelled, Completed
from actors.durable import Diverged
from actors.durable.rows import KINDS
from actors.testing import replay
from tests.durable import golden

pytestmark = pytest.mark.sentence("D5", "D6", "D13")

NUMBERS = {name: kind for kind, name in KINDS.items()}

ENDS: dict[str, Any] = {
    "wizard": Completed(
        (
            "Dr",
            {"name": "Ada", "admin": True, "roles": ("a", "b"), "tags": {1, 2}},
            2,
            b"Ada",
            {"n": 1, "Ada": 1},
            ["Ada"],
        )
    ),
    "all_effects": Completed((4, 7, 4, "not today", True)),
    "branches": Completed((("left", 1), ("right", 2), (("inner", 3),))),
    "cancelled": Cancelled("enough"),
    "pending": None,
}


def log_of(fn: Callable[..., Any]) -> list[tuple[int, bytes]]:
    return [(NUMBERS[kind], bytes.fromhex(payload)) for kind, payload in json.loads(golden.file_of(fn).read_text())]


@pytest.mark.parametrize(("fn", "args"), [(fn, args) for fn, args, _ in golden.PROGRAMS], ids=list(ENDS))
def test_a_golden_log_replays(fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
    log = log_of(fn)
    assert len(log) > 3
    assert replay(log, fn, *args) == ENDS[fn.__name__]


@pytest.mark.parametrize(("fn", "args"), [(fn, args) for fn, args, _ in golden.PROGRAMS], ids=list(ENDS))
def test_this_version_still_writes_rows_of_the_same_kinds(fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
    (answers,) = [answers for known, _, answers in golden.PROGRAMS if known is fn]
    assert [kind for kind, _ in golden.written(fn, args, answers)] == [kind for kind, _ in log_of(fn)]


def test_control_another_computation_diverges() -> None:
    with pytest.raises(Diverged):
        replay(log_of(golden.wizard), golden.pending)
