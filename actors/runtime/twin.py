"""A second copy of a function, so that the interpreter can specialise each for the classes that it sees."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def twin(function: F) -> F:
    """Return a copy of a function with code of its own."""
    made: Any = FunctionType(function.__code__.replace(), function.__globals__, function.__name__, function.__defaults__)
    made.__doc__ = function.__doc__
    return made  # type: ignore[no-any-return]  # the same signature
