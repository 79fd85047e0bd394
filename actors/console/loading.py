"""From `MODULE:FUNCTION`, as it is typed, to the function."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import reduce, wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from actors.console.faults import described
from actors.console.usage import signature_of, wrong_use


class NotRunnable(Exception):
    """What was named on the command line cannot be run; the message is one line for the person who typed it."""


class TurnedOut(NotRunnable):
    """It turned out only when it was called, in the run."""


def found_callable(name: str, args: tuple[str, ...], *, debug: bool = False) -> Callable[..., Any]:
    """Return the function that `MODULE:FUNCTION` names, to be called with `args`; the current folder is looked in first.

    Raises:
        NotRunnable: there is no such module or function, importing it fails, it is not a plain function, or does not
            take these arguments.
    """
    found = found_computation(name, debug=debug)
    signature = signature_of(found)
    if signature is None:
        return tried(name, found)
    if wrong := wrong_use(name, signature, args):
        raise NotRunnable(wrong)
    return found


def found_computation(name: str, *, debug: bool = False) -> Callable[..., Any]:
    """Return the function that `MODULE:FUNCTION` names, whatever it takes.

    Raises:
        NotRunnable: there is no such module or function, importing it fails, or it is not a plain function.
    """
    found = _found(name, debug=debug)
    if inspect.iscoroutinefunction(found) or inspect.isgeneratorfunction(found) or inspect.isasyncgenfunction(found):
        raise NotRunnable(f"{name} is a coroutine or generator function; a computation is a plain function")
    return found


def tried(name: str, found: Callable[..., Any]) -> Callable[..., Any]:
    """Return a builtin that does not say what it takes, so that a TypeError of its own tells that it takes not this."""

    @wraps(found)
    def called(*args: str) -> Any:
        try:
            return found(*args)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:  # from code that it called
                raise
            raise TurnedOut(f"{name} does not say what it takes; given {args!r} it raised TypeError: {error}") from None

    return called


def _found(name: str, *, debug: bool) -> Callable[..., Any]:
    module_name, colon, path = name.partition(":")
    if not (colon and module_name and path):
        raise NotRunnable(f"{name!r} does not name a function; write MODULE:FUNCTION, such as wizard:onboarding")
    module = imported(module_name, debug=debug)
    *owners, last = path.split(".")
    try:
        owner = reduce(getattr, owners, cast(Any, module))
        found = getattr(owner, last)
    except AttributeError:
        raise NotRunnable(f"module {module_name!r} has no {path!r}{_choice(module)}") from None
    if not callable(found):
        raise NotRunnable(f"{name} is not callable; it is of type {type(found).__name__}: {found!r}")
    if inspect.isclass(owner) and inspect.isfunction(found) and inspect.getattr_static(owner, last) is found:
        raise NotRunnable(
            f"{name} is a method, and there is no {owner.__name__} to call it on; name a function that makes one"
        )
    return cast("Callable[..., Any]", found)


class HandlerStack:
    """What `--handlers MODULE:FUNCTION` names; called in the run, which makes its stack by it."""

    def __init__(self, name: str, make: Callable[..., object]) -> None:
        """Take the function, and how it was named."""
        self._name = name
        self._make = make

    def __call__(self) -> AbstractContextManager[object]:
        """Return the context manager.

        Raises:
            TurnedOut: the function failed, or returned something else.
        """
        try:
            made = self._make()
        except Exception as error:  # the user's code
            raise TurnedOut(f"--handlers {self._name}: it raised {described(error)}") from error
        if not isinstance(made, AbstractContextManager):
            raise TurnedOut(f"--handlers {self._name}: it returned {made!r}, which is no context manager")
        return cast("AbstractContextManager[object]", made)


def found_handlers(name: str, *, debug: bool = False) -> HandlerStack:
    """Return the function of `--handlers MODULE:FUNCTION`.

    Raises:
        NotRunnable: as for `found_callable`, or it cannot be called without arguments.
    """
    found = _found(name, debug=debug)
    if inspect.isgeneratorfunction(found):
        raise NotRunnable(f"--handlers {name}: it is a generator function; decorate it with @contextmanager")
    if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
        raise NotRunnable(f"--handlers {name}: it is a coroutine function; a plain one returns a context manager")
    try:
        inspect.signature(found).bind()
    except TypeError as error:
        raise NotRunnable(f"--handlers {name}: it is called without arguments: {error}") from None
    except ValueError:
        pass  # a builtin without a signature: it is tried
    return HandlerStack(name, found)


def imported(name: str, *, debug: bool) -> ModuleType:
    """Import a module, from the current folder or from where Python finds it.

    Raises:
        NotRunnable: there is none, or its import fails.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            hint = f"; give the module, not the file: {name.removesuffix('.py')}:…" if name.endswith(".py") else ""
            raise NotRunnable(f"there is no module {error.name!r}, neither in {here} nor installed{hint}") from None
        raise NotRunnable(_import_failed(name, error, debug)) from error
    except Exception as error:
        raise NotRunnable(_import_failed(name, error, debug)) from error


def _import_failed(name: str, error: Exception, debug: bool) -> str:
    line = f"importing {name!r} fails: {described(error)}"
    return f"{line}\n{''.join(traceback.format_exception(error))}".rstrip() if debug else " ".join(line.split())


def _choice(module: ModuleType) -> str:
    names = [
        name for name, value in vars(module).items() if inspect.isfunction(value) and value.__module__ == module.__name__
    ]
    return f"; it has {', '.join(sorted(names))}" if names else ""
