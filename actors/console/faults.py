"""Errors as a person wants to read them: what, why, and where in their own code."""

from __future__ import annotations

import os
import sysconfig
import traceback
from pathlib import Path

_OURS = str(Path(__file__).resolve().parents[1])
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
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(_NOT_THEIRS)]
    for frame in reversed(theirs or frames):
        return f"{_short(frame.filename)}:{frame.lineno}"
    return ""


def traceback_of(error: BaseException) -> str:
    """Return the full traceback, with causes."""
    return "".join(traceback.format_exception(error))


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else filename
