"""What a function takes, in the words of the command line: strings, by position."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter

BY_POSITION = {Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD}


def signature_of(function: Callable[..., object]) -> inspect.Signature | None:
    """Return what a function takes; None if it does not say, as some builtins do not."""
    try:
        # A decorator may give arguments of its own, so that its function counts and not what it wraps.
        return inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return None


def wrong_use(name: str, signature: inspect.Signature, args: tuple[str, ...]) -> str:
    """Return why a function cannot be called with these arguments, and what to write instead; nothing if it can."""
    parameters = signature.parameters.values()
    named = [each.name for each in parameters if each.kind is Parameter.KEYWORD_ONLY and each.default is Parameter.empty]
    if named:
        return f"{name} needs {', '.join(named)} by keyword, and gets arguments by position; name a function that calls it"
    try:
        signature.bind(*args)
    except TypeError:
        takes = [each for each in parameters if each.kind in BY_POSITION]
        missing = [each.name.upper() for each in takes[len(args) :] if each.default is Parameter.empty]
        why = f"needs {' '.join(missing)}" if missing else f"takes no more than {len(takes)} of these {len(args)} arguments"
        return f"{name} {why}; write: {usage(name, signature)}"
    return ""


def usage(name: str, signature: inspect.Signature) -> str:
    """Return the command line that runs a function."""
    takes = [each for each in signature.parameters.values() if each.kind in {*BY_POSITION, Parameter.VAR_POSITIONAL}]
    return " ".join(["actors run", name, *map(placeholder, takes)])


def placeholder(parameter: Parameter) -> str:
    """Return a parameter as a usage line shows it."""
    shown = parameter.name.upper()
    if parameter.kind is Parameter.VAR_POSITIONAL:
        return f"[{shown}]..."
    return shown if parameter.default is Parameter.empty else f"[{shown}]"
