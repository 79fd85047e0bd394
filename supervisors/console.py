"""The command `actors tree`: the tree of a running application, in the terminal. Needs the extra `console`."""

from __future__ import annotations

import errno
import json
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import gevent
from rich.console import Console
from rich.live import Live

from supervisors.drawing import MOST, Data, drawn, plain
from supervisors.inspection import VERSION

PATIENCE: Final = 10.0  # seconds for an answer
CHUNK: Final = 65_536  # bytes a read
INTERRUPTED: Final = 130  # what shells report for a program that Ctrl-C ended


class NotSeen(Exception):
    """The tree cannot be shown; the message is one line for the person who asked."""

    def __init__(self, text: str, code: int = 1) -> None:
        """Take why, and the exit code."""
        super().__init__(text)
        self.code = code


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the tree as a line of JSON, and nothing else.")
@click.option("--all", "everybody", is_flag=True, help=f"Show all children, also of who has more than {MOST}.")
@click.option(
    "--watch",
    metavar="[SECONDS]",
    is_flag=False,
    flag_value=1.0,
    type=click.FloatRange(min=0.0, min_open=True),
    help="Show it again every so many seconds, 1 if not said, until Ctrl-C; write this behind SOCKET.",
)
@click.argument("path", metavar="SOCKET")
def tree(path: str, as_json: bool, everybody: bool, watch: float | None) -> None:
    """Show the supervision tree of a running application.

    SOCKET is where it listens: Application(..., inspect=SOCKET), or a child made by inspection_child(SOCKET). Nobody in
    the application is disturbed.

    \b
    Exit codes:
      0    it was shown
      1    nobody listens there, it may not be read, or the application has ended
      2    there is no such socket
      130  Ctrl-C
    """  # noqa: D301  click wants the control character, not its name
    try:
        show(repeated(path, watch), in_place=watch is not None, as_json=as_json, most=None if everybody else MOST)
    except NotSeen as error:
        click.echo(f"actors tree: {error}", err=True)
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def show(answers: Iterator[bytes], *, in_place: bool, as_json: bool, most: int | None) -> None:
    """Show one tree after the other: in place if that is wanted and can be done, else one below the other."""
    console = Console(highlight=False, markup=False, emoji=False)
    if as_json or not console.is_terminal:
        for answer in answers:
            report = understood(answer)
            click.echo(answer.decode().rstrip("\n") if as_json else plain(report, most))
        return
    if not in_place:
        for answer in answers:
            console.print(drawn(understood(answer), console, most))
        return
    with Live(console=console, auto_refresh=False) as live:
        for answer in answers:
            live.update(drawn(understood(answer), console, most), refresh=True)


def repeated(path: str, seconds: float | None) -> Iterator[bytes]:
    """Return what an application answers: once, or every so many seconds."""
    yield asked(path)
    while seconds is not None:
        gevent.sleep(seconds)
        try:
            yield asked(path)
        except NotSeen as error:
            raise NotSeen(f"the application has ended, or listens no more: {error}") from None


def understood(answer: bytes) -> Data:
    """Return what an answer says.

    Raises:
        NotSeen: it is not whole, or another version's.
    """
    if not answer.endswith(b"\n"):
        raise NotSeen("the connection was lost in the midst of the answer; the application may have ended")
    try:
        report: Any = json.loads(answer)
        version: Any = report["version"]
    except (ValueError, KeyError, TypeError):
        raise NotSeen("what listens there is no application of this library") from None
    if version != VERSION:
        raise NotSeen(f"the application answers in version {version!r}, and this command knows {VERSION}; use its own")
    return report  # type: ignore[no-any-return]  # JSON


def asked(path: str) -> bytes:
    """Return what an application answers.

    Raises:
        NotSeen: it does not.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(path)
            return b"".join(iter(lambda: connection.recv(CHUNK), b""))
        except OSError as error:
            raise not_seen(path, error) from None


def not_seen(path: str, error: OSError) -> NotSeen:
    """Return why an application did not answer, in the words of a person."""
    match error:
        case TimeoutError():
            return NotSeen(
                f"{path}: no answer within {PATIENCE:g} s; something holds the application's thread "
                "(inspection_child(on=background()) would answer all the same)"
            )
        case FileNotFoundError() | NotADirectoryError():
            return NotSeen(f"{path}: there is no such socket; does the application run, and with this path?", 2)
        case PermissionError():
            return NotSeen(f"{path}: not permitted; only the user whom the application runs as may look at it")
        case ConnectionRefusedError() if not stat.S_ISSOCK(Path(path).lstat().st_mode):
            return NotSeen(f"{path}: that is no socket", 2)
        case ConnectionRefusedError():
            return NotSeen(f"{path}: nobody listens there; the application has ended without removing its socket")
        case OSError(errno=errno.ECONNRESET | errno.EPIPE):
            return NotSeen(f"{path}: the connection was lost; the application has ended")
        case _:
            return NotSeen(f"{path}: {error.strerror or error}", 2)
