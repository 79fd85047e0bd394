"""Lines from a file descriptor, and what they mean."""

import os
from collections.abc import Generator

import pytest

from actors.console.answers import InputEnded, Line, Lines, meant
from actors.ops import Prompt, Question


class AskCount(Question[int]):
    options: tuple[int, ...] = (3, 1, 20)


@pytest.fixture
def pipe() -> Generator[tuple[int, int]]:
    """A pipe's two ends; a test may have closed them."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            pass


def test_lines_are_put_together_from_whatever_pieces_arrive(pipe: tuple[int, int]) -> None:
    out, into = pipe
    lines = Lines(out)
    os.write(into, b"one\ntwo\r\nth")
    assert (lines.next(), lines.next()) == (Line("one"), Line("two"))
    os.write(into, b"ree\n\n")
    assert (lines.next(), lines.next()) == (Line("three"), Line(""))
    os.write(into, b"last")
    os.close(into)
    assert [lines.next() for _ in range(3)] == [Line("last"), InputEnded(), InputEnded()]


def test_letters_are_decoded_whole_and_what_is_none_is_marked(pipe: tuple[int, int]) -> None:
    out, into = pipe
    lines = Lines(out)
    os.write(into, "Zoë\n".encode() + b"\xff\n")
    assert (lines.next(), lines.next()) == (Line("Zoë"), Line("\N{REPLACEMENT CHARACTER}"))


@pytest.mark.parametrize(("typed", "answer"), [("2", 1), ("3", "3"), ("20", "20"), ("4", "4"), ("0", "0")])
def test_a_number_is_that_of_an_option_unless_an_option_is_called_so(typed: str, answer: object) -> None:
    assert meant(AskCount(), typed) == answer


def test_a_line_for_a_question_without_options_is_left_as_it_is() -> None:
    assert meant(Prompt("name"), " 1 ") == " 1 "
