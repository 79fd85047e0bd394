"""What was typed for a question that waits no more, wherever it is by then: at a terminal it answers no other."""

import os
import pty
import termios
import tty
from collections.abc import Callable, Generator
from typing import Any, cast

import pytest
from gevent import select

from actors import AsyncComputation, Prompt, Question, ask
from actors.console.answers import Line, Lines, reading
from actors.console.run import Session
from actors.outcomes import Completed, FinalOutcome, Suspend, Throw
from actors.runtime import current, kill, receive, send, spawn
from actors.testing import ManualClock, settle


@pytest.fixture
def terminal() -> Generator[tuple[int, int]]:
    """A terminal's two ends: the person's and the program's."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


class Recorder:
    """A display that keeps what it is told, and a person who types when a question with this prompt is put."""

    def __init__(self, typing: dict[str, Callable[[], object]]) -> None:
        self.told: list[str] = []
        self.typing = typing

    def question(self, suspend: Suspend) -> None:
        self.told.append(suspend.value.prompt)
        self.typing.get(suspend.value.prompt, str)()

    def answer(self, text: str | None) -> None:
        self.told.append(f"answer {text}")

    def withdrawn(self, suspend: Suspend) -> None:
        self.told.append(f"withdrawn {suspend.value.prompt}")

    def notice(self, value: object) -> None:
        self.told.append(f"notice {value}")

    def final(self, outcome: FinalOutcome) -> None:
        self.told.append(str(outcome))

    def left(self, outcome: Throw) -> None:
        self.told.append(str(outcome))

    def complain(self, text: str) -> None:
        self.told.append(text)

    def close(self) -> None:
        self.told.append("closed")


class AskSlowly(Question[str]):
    meanwhile: Callable[[], object]
    prompt: str = "First?"

    def parse(self, answer: object) -> str:
        self.meanwhile()
        return str(answer)


def impatient(first: Question[str]) -> str:
    try:
        return ask(first, timeout=1.0)
    except TimeoutError:
        return ask(Prompt("second", "Second?"))


def session(first: Question[str], fd: int, typing: dict[str, Callable[[], object]]) -> Session:
    """A session at a terminal, up to the first question."""
    lines = Lines(fd)
    runner = cast("AsyncComputation[object]", AsyncComputation.start(impatient, first))
    made = Session(runner, Recorder(typing), lines, spawn(reading, lines, current(), link=False))
    made.put(receive().outcome)
    return made


def told(of: Session) -> list[str]:
    """What the display of a session was told."""
    assert isinstance(of.display, Recorder)
    return of.display.told


def test_a_line_that_was_read_already_is_dropped(terminal: tuple[int, int]) -> None:
    person, program = terminal
    with ManualClock() as manual:
        of = session(Prompt("first", "First?"), program, {"Second?": lambda: os.write(person, b"Bob\n")})
        manual.advance(1.0)
        settle()
        send(current(), Line("Ada"))  # behind the second question
        assert of.drive() == 0
        kill(of.reader)
        settle()
    assert told(of) == ["First?", "withdrawn First?", "Second?", "answer Bob", str(Completed("Bob"))]


def test_a_line_whose_parse_took_too_long_is_dropped(terminal: tuple[int, int]) -> None:
    person, program = terminal
    with ManualClock() as manual:
        of = session(AskSlowly(lambda: manual.advance(1.0)), program, {"Second?": lambda: os.write(person, b"Bob\n")})
        os.write(person, b"Ada\n")
        assert of.drive() == 0
        kill(of.reader)
        settle()
    assert told(of)[:3] == ["First?", "answer Ada", "withdrawn First?"]
    assert told(of)[3:] == ["Second?", "answer Bob", str(Completed("Bob"))]


def test_a_line_read_ahead_is_dropped(terminal: tuple[int, int]) -> None:
    person, program = terminal
    tty.setraw(program)
    lines = Lines(program)
    os.write(person, b"one\ntwo\n")
    assert lines.next() == Line("one")
    assert lines.forget()
    os.write(person, b"three\n")
    assert lines.next() == Line("three")


def test_in_a_pipe_nothing_is_dropped() -> None:
    out, into = os.pipe()
    os.write(into, b"one\ntwo\nthree\n")
    os.close(into)
    lines = Lines(out)
    assert lines.next() == Line("one")
    assert not lines.forget()
    assert [lines.next(), lines.next()] == [Line("two"), Line("three")]
    os.close(out)


def test_a_line_that_is_dropped_just_before_it_is_read_holds_nobody_up(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, program = terminal
    os.set_blocking(program, False)  # so that a read in vain raises, and does not hang
    waiting: Any = select.select
    came = iter([b"Ada\n", b"Bob\n"])

    def dropping(*args: Any) -> Any:
        text = next(came)
        os.write(person, text)
        found = waiting(*args)
        if text == b"Ada\n":
            termios.tcflush(program, termios.TCIFLUSH)
        return found

    monkeypatch.setattr(select, "select", dropping)
    assert Lines(program).next() == Line("Bob")
