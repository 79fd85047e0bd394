"""Checks of what is given to run, where it is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from actors.runtime.actor import Actor, ActorRef

# Of functions without defaults, by the id of their code, which is held so that no other gets that id: hashing a code
# object costs 90 to 200 ns.
_arities: dict[int, tuple[CodeType, int, int]] = {}

_MANY = 1 << 30
_NOT_PLAIN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE


def check_call(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Refuse a call that Python can tell would fail for its arguments.

    `inspect` costs 2 to 8 µs a call, so functions, methods and partials of either are judged by their code, and
    `inspect` only words the error; other callables it judges.

    Raises:
        TypeError: not callable, a coroutine or generator function, or arguments that do not fit.
    """
    if type(function) is FunctionType:
        known = _arities.get(id(function.__code__))
        if known is not None and function.__defaults__ is None and known[1] <= len(args) <= known[2]:
            return
    _check_any(function, args)


def _check_any(function: Any, args: tuple[Any, ...]) -> None:
    if not callable(function):
        raise TypeError(f"{function!r} is not callable; give a function, and its arguments after it")
    called, given, keywords = _unwrapped(function, len(args))
    if type(called) is not FunctionType:
        _explain(function, args)
        return
    code = called.__code__
    if code.co_flags & _NOT_PLAIN:
        raise TypeError(f"{function!r} is a coroutine or generator function; a computation is a plain function")
    if not _fits(called, given, keywords):
        _explain(function, args)
    elif called is function and called.__defaults__ is None and not code.co_kwonlyargcount:
        _arities[id(code)] = code, code.co_argcount, _MANY if code.co_flags & inspect.CO_VARARGS else code.co_argcount


def _unwrapped(function: Any, given: int) -> tuple[Any, int, set[str]]:
    """Return the function behind partials and methods, how many positional arguments it gets, and which keywords."""
    keywords: set[str] = set()
    while type(function) is partial:
        given += len(function.args)
        keywords.update(function.keywords)
        function = function.func
    if type(function) is type and getattr(function, "__new__", None) is object.__new__:
        made: Any = function
        return made.__init__, given + 1, keywords
    if type(function) is not FunctionType and type(function) is not MethodType and not isinstance(function, type):
        function = getattr(function, "__call__", function)  # noqa: B004  the bound method, of an object that has one
    if type(function) is MethodType:
        given += 1
        function = function.__func__
    return function, given, keywords


def _fits(function: FunctionType, given: int, keywords: Collection[str]) -> bool:
    """Tell whether a function can surely be called with so many positional arguments and these keywords."""
    code = function.__code__
    count = code.co_argcount
    named = code.co_varnames[:count]
    only = code.co_varnames[count : count + code.co_kwonlyargcount]
    defaults = function.__defaults__ or ()
    needed = {*named[given : count - len(defaults)], *only}.difference(function.__kwdefaults__ or ())
    taken = {*named[max(given, code.co_posonlyargcount) :], *only}
    return (
        (given <= count or bool(code.co_flags & inspect.CO_VARARGS))
        and needed.issubset(keywords)
        and taken.issuperset(keywords)  # of `**kwargs` inspect judges
    )


def _explain(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Refuse what `inspect` says would fail; what it cannot judge is let through."""
    called: Any = function
    given = args
    keywords: dict[str, Any] = {}
    while isinstance(called, partial):
        called, given, keywords = called.func, (*called.args, *given), {**called.keywords, **keywords}
    try:
        signature = inspect.signature(called)
    except (TypeError, ValueError):  # written in C, without a signature
        return
    try:
        signature.bind(*given, **keywords)
    except TypeError as error:
        advice = "; keyword arguments go through functools.partial(f, key=…)" if "keyword-only" in str(error) else ""
        raise TypeError(f"{getattr(function, '__qualname__', function)}{args!r}: {error}{advice}") from None


def addressed(ref: ActorRef) -> Actor:
    """Return the control block behind a ref of whatever thread.

    Raises:
        TypeError: it is not a ref.
    """
    if not isinstance(ref, Actor):
        raise TypeError(f"{ref!r} is not an ActorRef; spawn, current(), whereis and runner.ref give one")
    return ref
