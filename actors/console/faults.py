"""Errors as a person wants to read them: what, why, and where in their own code."""

from __future__ import annotations

import os
import sysconfig
import traceback
from pathlib import Path
from typing import cast

_OURS = str(Path(__file__).resolve().parents[1])
_CONSOLE = str(Path(__file__).resolve().parent)
_INSTALLED = (sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib"))
_NOT_THEIRS = ("<", *(folder + os.sep for folder in (_OURS, *_INSTALLED)))


def described(error: BaseException) -> str:
    """Return an error's type, message, and the place in the user's code that it came from."""
    place = place_of(error)
    text = str(error)
    named = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return named + (f" ({place})" if place else "")


def place_of(error: BaseException) -> str:
    """Return `file:line` of the innermost frame in the user's code; of the innermost of all if none is; or nothing."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_CONSOLE)]
    theirs = [frame for frame in frames if not frame.filename.startswith(_NOT_THEIRS)]
    for frame in reversed(theirs or frames):
        return f"{_short(frame.filename)}:{frame.lineno}"
    return ""


def behind(error: BaseException) -> list[str]:
    """Return a line for each error in a group, and for each that led to this one, the nearest first."""
    lines = [f"- {described(each)}" for each in members(error)]
    seen = {id(error)}
    while True:
        cause, context = error.__cause__, error.__context__
        before = cause or (None if error.__suppress_context__ else context)
        if before is None or id(before) in seen:
            return lines
        lines.append(f"{'caused by' if cause else 'while handling'} {described(before)}")
        seen.add(id(before))
        error = before


def members(error: BaseException) -> tuple[BaseException, ...]:
    """Return the errors of a group; none for any other error."""
    if isinstance(error, BaseExceptionGroup):
        return cast("BaseExceptionGroup[BaseException]", error).exceptions
    return ()


def traceback_of(error: BaseException) -> str:
    """Return the full traceback, with causes."""
    return "".join(traceback.format_exception(error))


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else filename
