"""The rows of a durable run's log: what each kind holds, and their bytes. Pure.

A row has a kind and a payload: where (the path of the branch and the number in it, as one tuple), the form of the
operation, a body, and a time. An answer has the form only if no START row came before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from actors.codec import DecodeError
from actors.codec.plain import pack, unpack
from actors.durable.log import Position

START: Final = 1  # an operation begins; the time is when its wait is over
ANSWER: Final = 2
ERROR: Final = 3
CUT: Final = 4  # it was interrupted by a cancel; the body is the cause
FORK: Final = 5  # a `parallel` begins; the body is the number of its thunks
CANCEL: Final = 6  # the run is cancelled; the body is the cause
MARK: Final = 7  # `changed` was answered; the form is the name

KINDS: Final = {
    START: "start",
    ANSWER: "answer",
    ERROR: "error",
    CUT: "cut",
    FORK: "parallel",
    CANCEL: "cancel",
    MARK: "changed",
}

Where: TypeAlias = tuple[int, ...]


def packed(where: Where, form: bytes | None, body: bytes | None, until: float | None) -> bytes:
    """Return the payload of a row."""
    return pack((where, form, body, until))


def unpacked(payload: bytes) -> tuple[Where, bytes | None, bytes | None, float | None]:
    """Return what a payload holds.

    Raises:
        DecodeError: it is none.
    """
    try:
        where, form, body, until = unpack(payload)
    except ValueError as error:
        raise DecodeError(f"a row of {len(payload)} bytes is none of a log: {error}") from error
    return where, form, body, until


def packed_question(number: int, where: Where, form: bytes) -> bytes:
    """Return what a run's row shows of its open question: the number of its START row, where it is, and its form."""
    return pack((number, where, form))


def unpacked_question(question: bytes) -> tuple[int, Where, bytes]:
    """Return what `packed_question` was given.

    Raises:
        DecodeError: it is no question.
    """
    try:
        number, where, form = unpack(question)
    except ValueError as error:
        raise DecodeError(f"{len(question)} bytes are no question of a run: {error}") from error
    return number, where, form


def position(where: Where) -> Position:
    """Return where a row belongs, for people."""
    return Position(where[:-1], where[-1] if where else 0)


class Recalled:
    """What a log holds of one operation."""

    __slots__ = ("answer", "body", "form", "kind", "start", "until")

    def __init__(self, form: bytes) -> None:
        """Take its form."""
        self.form = form
        self.start = -1  # the number of its START or FORK row
        self.answer = -1  # the number of its last row, ANSWER, ERROR or CUT
        self.kind = 0
        self.body: bytes | None = None
        self.until: float | None = None


class Past:
    """The rows of a log, as a replay needs them: by place, and the order in which they are to be met again."""

    __slots__ = ("at", "cancels", "marks", "order")

    def __init__(self, rows: Iterable[Any] = ()) -> None:
        """Take the rows: `(run, number, kind, payload)` each.

        Raises:
            DecodeError: one of them cannot be read.
        """
        self.at: dict[Where, Recalled] = {}
        self.order: list[int] = []
        self.cancels: dict[int, bytes] = {}
        self.marks: dict[bytes, bool] = {}
        try:
            for _, number, kind, payload in rows:
                self._add(number, kind, payload)
        except TypeError as error:
            raise DecodeError(f"a row is none of a log: {error}") from error

    def _add(self, number: int, kind: int, payload: bytes) -> None:
        where, form, body, until = unpacked(payload)
        if kind == MARK:
            self.marks[form or b""] = bool(body)
            return
        self.order.append(number)
        if kind == CANCEL:
            self.cancels[number] = body or b""
            return
        found = self.at.get(where)
        if found is None:
            found = self.at[where] = Recalled(form or b"")
        if kind in (START, FORK):
            found.start, found.until = number, until
        else:
            found.answer, found.kind, found.body = number, kind, body
