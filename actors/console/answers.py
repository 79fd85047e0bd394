"""Answers: lines of standard input, read by an actor of its own so that everybody else goes on meanwhile."""

from __future__ import annotations

import os
import sys
import termios
from dataclasses import dataclass
from typing import Any

from gevent import select
from gevent.monkey import get_original

from actors.ops import Op, label_of, options_of
from actors.runtime import ActorRef, receive, send

CHUNK = 65_536  # bytes a read

_select = get_original("select", "select")  # blocks the thread, so it is called with no time to wait


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
    """The lines of a file descriptor: of a terminal, a pipe or a regular file; of None, there are none."""

    def __init__(self, fd: int | None, encoding: str = "utf-8") -> None:
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

    def forget(self) -> bool:
        """Drop what was typed and not taken yet, if this is a terminal; return whether it is one."""
        if self._fd is None or not os.isatty(self._fd):
            return False
        termios.tcflush(self._fd, termios.TCIFLUSH)
        self._buffer.clear()
        return True

    def _read(self) -> bytes:
        if self._fd is None:
            return b""
        # The descriptor stays as it is: it may be shared with the shell, which would inherit a non-blocking one. So it
        # is asked again just before the read, for what was there may have been dropped since.
        while True:
            select.select([self._fd], [], [])
            if _select([self._fd], [], [], 0)[0]:
                return os.read(self._fd, CHUNK)

    def _taken(self, length: int) -> Line:
        line = bytes(self._buffer[:length])
        del self._buffer[:length]
        return Line(line.decode(self._encoding, "replace").rstrip("\r\n"))


def standard_input() -> Lines:
    """Return the lines of the standard input; none if it is closed."""
    stdin: Any = sys.stdin  # None when it is closed
    return Lines(None) if stdin is None else Lines(stdin.fileno(), stdin.encoding)


def reading(lines: Lines, owner: ActorRef) -> None:
    """Read one line for each `Wanted`, and send it to `owner`; the body of an actor."""
    while True:
        receive()
        try:
            found = lines.next()
        except OSError:  # a terminal that was hung up, a descriptor that cannot be read
            found = InputEnded()
        send(owner, found)


def meant(question: Op[Any], text: str) -> Any:
    """Return the answer that a line means: the option with that number, unless an option is itself called so."""
    options = options_of(question)
    typed = text.strip()
    if any(typed.casefold() == label_of(option).casefold() for option in options):
        return typed
    if typed.isdecimal() and 1 <= int(typed) <= len(options):
        return options[int(typed) - 1]
    return text
