"""`actors check` and `actors replay`: stored runs met again by the code as it is now. Nothing is performed or written."""

from __future__ import annotations

import inspect
import pdb  # noqa: T100  what --pdb is for
import sys
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import click

from actors.codec import DecodeError
from actors.console.inspecting import STORE
from actors.console.loading import NotRunnable, found_computation, found_handlers
from actors.console.stores import beside, saying
from actors.durable import checking
from actors.durable.logs import imported, value_text
from actors.durable.names import lasting_name
from actors.durable.paging import rows_of
from actors.durable.recording import Recording
from actors.durable.rows import CUT, ERROR, Recalled
from actors.durable.stepping import Stepping
from actors.durable.store import Stored
from actors.runtime import arguments

HANDLERS = click.option("--handlers", metavar="MODULE:FUNCTION", help="The handler stack; entering it does no I/O.")
OURS = str(Path(__file__).resolve().parents[1])


@click.command()
@STORE
@HANDLERS
@click.argument("what", metavar="MODULE:FUNCTION")
@saying
def check(file: str, handlers: str | None, what: str) -> None:
    """Tell which stored runs of a function the code as it is now would not meet again. Nothing is performed.

    \b
    Exit codes:
      0  none
      1  those that are shown: "-" is what the log holds, "+" what the code asks for
      2  there is no such store or function
    """  # noqa: D301  click wants the control character, not its name
    fn = found_computation(what)
    stack = None if handlers is None else found_handlers(handlers)
    try:
        name = lasting_name(fn)
    except (TypeError, ValueError) as error:
        raise NotRunnable(str(error)) from None
    with beside(file) as store:
        count = sum(row.status != "finished" for row in rows_of(store, name=name))
        found = checking.check(store, {name: fn}, stack)
    for finding in found:
        click.echo(str(finding))
    click.echo(f"{len(found)} of {count} runs of {name} would diverge")
    sys.exit(1 if found else 0)


@click.command()
@HANDLERS
@click.option("--pdb", "debugger", is_flag=True, help="Stop in the debugger where the log ends, or code and log differ.")
@click.argument("file", metavar="LOG")
@click.argument("what", metavar="MODULE:FUNCTION")
@saying
def replay(file: str, handlers: str | None, debugger: bool, what: str) -> None:
    """Step through a run here, from a file that `actors log ID --json` wrote. Nothing is performed.

    \b
    Exit codes:
      0  the code met the whole log again
      1  code and log differ
      2  there is no such file or function, or it does not take these arguments
    """  # noqa: D301  click wants the control character, not its name
    fn = found_computation(what)
    stack = None if handlers is None else found_handlers(handlers)
    try:
        row, entries = imported(Path(file).read_text(encoding="utf-8"))
        run = checking.Replay(Stored(row, entries, []), {row.name: fn}, stack, partial(stepping, debugger))
        arguments.check_call(fn, run.args)
    except OSError as error:
        raise NotRunnable(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, DecodeError, TypeError) as error:
        raise NotRunnable(f"{file}: {error}") from None
    if run.run() is not None:
        sys.exit(1)
    if run.log.closed:
        click.echo("the code has come to its end, and so has the log")


def stepping(debugger: bool, *args: Any) -> Recording:
    """Return a recording that tells what is met again."""
    recording = Stepping(*args)
    recording.met = told
    recording.stopped = partial(stopped, debugger)
    return recording


def told(position: object, op: object, found: Recalled) -> None:
    """Show an operation that was met again, and what came of it."""
    came = "" if found.answer < 0 or found.body is None else f" → {value_text(found.body)}"
    how = {ERROR: " (raised)", CUT: " (cancelled)"}.get(found.kind, "")
    click.echo(f"{position}  {op!r}{came}{how}")


def stopped(debugger: bool, why: str) -> None:
    """Show why nothing more is met again, and stop there if that is wanted."""
    click.echo(why)
    if debugger:
        session = pdb.Pdb()
        session.reset()
        frame, trace = users_frame(), sys.exc_info()[2]
        session.interaction(frame, trace if frame is None else None)


def users_frame() -> FrameType | None:
    """Return the innermost frame of the user's code; None if it has returned or raised."""
    frame: FrameType | None = inspect.currentframe()
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((OURS, "<")) and not is_compiled(name):
            return frame
        frame = frame.f_back
    return None


def is_compiled(name: str) -> bool:
    """Tell whether a frame is one of a compiled module of ours: it is named by its place in the repository."""
    return name.startswith("actors/")
