"""Answers: lines of standard input, read by an actor of its own so that everybody else goes on meanwhile."""

from __future__ import annotations

import os
import sys
import termios
from dataclasses import dataclass
from typing import Any

from gevent import select

from actors.ops import Op, label_of, options_of
from actors.runtime import ActorRef, receive, send

CHUNK = 65_536  # bytes a read


@dataclass(frozen=True, slots=True)
class Line:
    """A line of input, without its end."""

    text: str


@dataclass(frozen=True, slots=True)
class InputEnded:
    """There are no more lines."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Asks the reader for the next line."""


class Lines:
    """The lines of a file descriptor: of a terminal, a pipe or a regular file."""

    def __init__(self, fd: int, encoding: str = "utf-8") -> None:
        """Take what to read from; nothing is read yet."""
        self._fd = fd
        self._encoding = encoding
        self._buffer = bytearray()

    def next(self) -> Line | InputEnded:
        """Return the next line. *Blocks until* there is one, only the calling greenlet; the last needs no line end."""
        while (end := self._buffer.find(b"\n")) < 0:
            chunk = self._read()
            if not chunk:
                return self._taken(len(self._buffer)) if self._buffer else InputEnded()
            self._buffer += chunk
        return self._taken(end + 1)

    def _read(self) -> bytes:
        # The descriptor stays as it is: it may be shared with the shell, which would inherit a non-blocking one.
        select.select([self._fd], [], [])
        return os.read(self._fd, CHUNK)

    def _taken(self, length: int) -> Line:
        line = bytes(self._buffer[:length])
        del self._buffer[:length]
        return Line(line.decode(self._encoding, "replace").rstrip("\r\n"))


def reading(owner: ActorRef) -> None:
    """Read standard input, one line for each `Wanted`, and send it to `owner`; the body of an actor."""
    stdin: Any = sys.stdin  # None when it is closed
    lines = None if stdin is None else Lines(stdin.fileno(), stdin.encoding)
    while True:
        receive()
        try:
            found = InputEnded() if lines is None else lines.next()
        except OSError:  # a terminal that was hung up, a descriptor that cannot be read
            found = InputEnded()
        send(owner, found)


def forget_typed() -> bool:
    """Drop what was typed at the terminal and not read yet; return whether the input is a terminal."""
    stdin: Any = sys.stdin  # None when it is closed
    if stdin is None or not stdin.isatty():
        return False
    termios.tcflush(stdin.fileno(), termios.TCIFLUSH)
    return True


def meant(question: Op[Any], text: str) -> Any:
    """Return the answer that a line means: the option with that number, unless an option is itself called so."""
    options = options_of(question)
    typed = text.strip()
    if any(typed.casefold() == label_of(option).casefold() for option in options):
        return typed
    if typed.isdecimal() and 1 <= int(typed) <= len(options):
        return options[int(typed) - 1]
    return text
