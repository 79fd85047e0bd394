"""Checks of what is given to run, where it is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import partial
from inspect import Parameter
from types import BuiltinFunctionType, FunctionType, MethodType, MethodWrapperType
from typing import Any, get_origin
from weakref import WeakKeyDictionary

from actors.effects.operation import Operation
from actors.runtime import native
from actors.runtime.actor import Actor, ActorRef

# Of builtins and of classes whose arguments only `inspect` can tell.
_signatures: WeakKeyDictionary[Any, tuple[int, int]] = WeakKeyDictionary()

_MANY = 1 << 30
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_VARIABLE = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def check_call(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Refuse a call that Python can tell would fail for its arguments.

    `inspect` costs 2 to 30 µs a call, so functions, methods and partials of either are judged by their code, and
    `inspect` only words the error; other callables it judges, builtins and classes once.

    Raises:
        TypeError: not callable, a coroutine or generator function, or arguments that do not fit.
    """
    if not native.fits(function, len(args)):
        _check_any(function, args)


def _check_any(function: Any, args: tuple[Any, ...]) -> None:
    if not callable(function):
        raise TypeError(f"{function!r} is not callable; give a function, and its arguments after it")
    called, given, keywords = _unwrapped(function, len(args))
    if type(called) is not FunctionType:
        if keywords or not _surely_takes(called, given):
            _explain(function, args, called, given, keywords)
        return
    code = called.__code__
    if code.co_flags & native.NOT_PLAIN:
        raise TypeError(f"{function!r} is a coroutine or generator function; a computation is a plain function")
    if not _fits(called, given, keywords):
        _explain(function, args, called, given, keywords)


def _unwrapped(function: Any, given: int) -> tuple[Any, int, set[str]]:
    """Return what is called in the end, how many positional arguments it gets, and which keywords."""
    keywords: set[str] = set()
    while type(function) is not FunctionType:
        if type(function) is MethodType:
            given += 1
            function = function.__func__
        elif isinstance(function, partial):
            given += len(function.args)
            keywords.update(function.keywords)
            function = function.func
        elif _is_made_by_its_init(function):
            given += 1
            function = function.__init__
        else:
            inner = _within(function)
            if inner is None:
                break
            function = inner
    return function, given, keywords


def _is_made_by_its_init(function: Any) -> bool:
    """Tell whether a class gives all its arguments to an `__init__` written in Python."""
    if type(function) is not type or getattr(function, "__new__", None) is not object.__new__:
        return False
    return type(getattr(function, "__init__", None)) is FunctionType


def _within(function: Any) -> Any:
    """Return what a callable hands its arguments on to; None if it takes them itself."""
    if isinstance(function, type | BuiltinFunctionType):
        return None
    if isinstance(function, Operation):
        return function.body
    if isinstance(function, staticmethod):
        return function.__func__
    inner = get_origin(function) or function.__call__
    return None if type(inner) is MethodWrapperType else inner


def _surely_takes(called: Any, given: int) -> bool:
    """Tell whether a builtin, or a class of whatever kind, is known to take so many positional arguments."""
    if type(called) is not BuiltinFunctionType and not (isinstance(called, type) and _is_hashable(called)):
        return False
    known = _signatures.get(called)
    if known is None:
        known = _signatures[called] = _bounds(called)
    return known[0] <= given <= known[1]


def _is_hashable(called: type) -> bool:
    return type(called).__hash__ is object.__hash__  # a metaclass may do as it likes


def _bounds(called: Any) -> tuple[int, int]:
    """Return how few and how many positional arguments a callable takes; none do if it needs keywords."""
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError):  # written in C, without a signature
        return 0, _MANY
    positional = [each for each in parameters if each.kind in _POSITIONAL]
    needed = [each for each in parameters if each.default is Parameter.empty and each.kind not in _VARIABLE]
    if any(each.kind is Parameter.KEYWORD_ONLY for each in needed):
        return _MANY, 0
    return len(needed), _MANY if any(each.kind is Parameter.VAR_POSITIONAL for each in parameters) else len(positional)


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


def _explain(function: Any, args: tuple[Any, ...], called: Any, given: int, keywords: Collection[str]) -> None:
    """Refuse what `inspect` says would fail; what it cannot judge is let through."""
    try:
        # A decorator may give arguments of its own, so that its function counts and not what it wraps.
        signature = inspect.signature(called, follow_wrapped=type(called) is not FunctionType)
    except (TypeError, ValueError):  # written in C, without a signature
        return
    try:
        signature.bind(*[None] * given, **dict.fromkeys(keywords))
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
