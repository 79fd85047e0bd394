"""What the interpreter knows of functions, errors and values, asked without detours.

In plain Python these are what they look like. A compiled module that names this one in its `.pxd` calls the functions of
the same names in `native.pxd` instead, which ask in C and say the same.
"""

from __future__ import annotations

from contextvars import ContextVar
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_ITERABLE_COROUTINE, CO_VARARGS
from types import FunctionType, MethodType, TracebackType
from typing import Any, TypeVar, cast

T = TypeVar("T")

NOT_PLAIN = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE


def fits(function: object, given: int) -> bool:
    """Tell whether something is a plain function or method without defaults that takes so many positional arguments.

    False says only that it is not so simple.
    """
    if type(function) is MethodType:
        function = function.__func__
        given += 1
    if type(function) is not FunctionType or function.__defaults__ is not None:
        return False
    code = function.__code__
    if code.co_flags & NOT_PLAIN or code.co_kwonlyargcount:
        return False
    return given == code.co_argcount or (given > code.co_argcount and bool(code.co_flags & CO_VARARGS))


def valued(kind: Any, name: str, value: Any) -> Any:
    """Return a new `kind` whose only field has a value: a frozen dataclass takes 25 times as long to make itself."""
    made = kind.__new__(kind)
    object.__setattr__(made, name, value)
    return made


def is_a(thing: object, kind: type) -> bool:
    """Tell whether something is an instance of a class, whatever it says of itself."""
    return isinstance(thing, kind)


def blank(kind: Any) -> Any:
    """Return a new `kind` that is still to be filled."""
    return kind.__new__(kind)


def named(kind: Any, values: tuple[Any, ...]) -> Any:
    """Return a named tuple of values, without the frame of its own `__new__`, which is a third of the cost."""
    return cast(Any, tuple).__new__(kind, values)


def made(kind: Any, args: tuple[Any, ...]) -> Any:
    """Return a new `kind` that is still to be filled, made with arguments: those of an exception are its `args`."""
    return kind.__new__(kind, *args)


def in_force(variable: ContextVar[T]) -> T:
    """Return the value of a context variable that has a default."""
    return variable.get()


def has_attributes(thing: object) -> bool:
    """Tell whether an object's `__dict__` holds anything."""
    return bool(thing.__dict__)


def without_this_frame(error: BaseException) -> None:
    """Take the runtime's frame off a traceback; what is left begins in the user's code."""
    if error.__traceback__ is not None:
        error.with_traceback(error.__traceback__.tb_next)  # an assignment could be refused: a frozen dataclass is


def module_of(trace: TracebackType) -> str:
    """Return the name of the module whose code a traceback passed through; empty if it has none."""
    name = trace.tb_frame.f_globals.get("__name__")
    return name if isinstance(name, str) else ""
