"""Checks of what is given to run, where it is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from actors.runtime.actor import Actor, ActorRef
from actors.runtime.scheduler import WrongThreadError, get_ident

_arities: dict[Any, tuple[int, int]] = {}

_VARIABLE = 0x04  # the code flag of *args
_MANY = 1 << 30


def check_call(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Refuse a call that Python can tell would fail for its arguments.

    `inspect` costs 2 to 8 µs a call, so the number of arguments is remembered by code object, and `inspect` only words
    the error.

    Raises:
        TypeError: not callable, a coroutine or generator function, or the wrong number of arguments.
    """
    code = getattr(function, "__code__", None)
    if code is None:
        if not callable(function):
            raise TypeError(f"{function!r} is not callable; give a function, and its arguments after it")
        return
    known = _arities.get(code)
    if known is None or getattr(function, "__defaults__", None) is not None:
        known = _arity(function, code)
    least, most = known
    if not least <= len(args) <= most:
        _explain(function, args)


def _arity(function: Callable[..., Any], code: Any) -> tuple[int, int]:
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError(f"{function!r} is a coroutine or generator function; a computation is a plain function")
    defaults = getattr(function, "__defaults__", None) or ()
    keyword_only = inspect.ismethod(function) or code.co_kwonlyargcount
    least = 0 if keyword_only else code.co_argcount - len(defaults)
    most = _MANY if keyword_only or code.co_flags & _VARIABLE else code.co_argcount
    if not keyword_only and not defaults:
        _arities[code] = (least, most)
    if keyword_only:
        _bindable(function)
    return least, most


def _bindable(function: Callable[..., Any]) -> None:
    required = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
    ]
    if required:
        raise TypeError(
            f"{function!r} needs the keyword argument {required[0]!r}; give functools.partial(f, {required[0]}=…)"
        )


def _explain(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        inspect.signature(function).bind(*args)
    except TypeError as error:
        raise TypeError(f"{getattr(function, '__qualname__', function)}{args!r}: {error}") from None


def addressed(ref: ActorRef) -> Actor:
    """Return the control block behind a ref of whatever thread.

    Raises:
        TypeError: it is not a ref.
    """
    if not isinstance(ref, Actor):
        raise TypeError(f"{ref!r} is not an ActorRef; spawn, current(), whereis and runner.ref give one")
    return ref


def control(ref: ActorRef) -> Actor:
    """Return the control block behind a ref of this thread.

    Raises:
        TypeError: it is not a ref.
        WrongThreadError: the actor belongs to another thread.
    """
    ref = addressed(ref)
    if ref.scheduler.thread != get_ident():
        raise WrongThreadError(ref)
    return ref
