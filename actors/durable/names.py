"""The names of computations: what a store knows them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from actors.durable.runs_faults import UnknownComputationError

Computations = dict[str, Callable[..., Any]]


def by_name(computations: Iterable[Callable[..., Any]] | Mapping[str, Callable[..., Any]]) -> Computations:
    """Return computations by name.

    Raises:
        TypeError: one is not a function.
        ValueError: one has no name that it will have in the next process too, or two have the same.
    """
    if isinstance(computations, Mapping):
        given = list(cast("Mapping[str, Callable[..., Any]]", computations).items())
    else:
        given = [(lasting_name(fn), fn) for fn in computations]
    named: Computations = {}
    for name, fn in given:
        if not callable(fn):
            raise TypeError(f"{name!r}: {fn!r} is not a function; a computation is called with the arguments of its start")
        if name in named:
            raise ValueError(f"two computations are named {name!r}; give a mapping with names of your own")
        named[name] = fn
    return named


def lasting_name(fn: Callable[..., Any]) -> str:
    """Return the name that a function has in every process.

    Raises:
        TypeError: it is not a function.
        ValueError: it is a lambda, or defined in a function.
    """
    given: Any = fn
    name = getattr(given, "__qualname__", None)
    if not callable(given) or not isinstance(name, str):
        raise TypeError(f"{fn!r} is not a function; give functions, or a mapping of names to what can be called")
    if "<" in name:
        raise ValueError(
            f"{fn!r} has no name of its own: another process could not find it. Define it with `def` at the top of a "
            "module, or give a mapping of names to functions"
        )
    return name


def name_for(computations: Computations, fn: Callable[..., Any]) -> str:
    """Return the name of one of the computations.

    Raises:
        UnknownComputationError: it is none of them.
    """
    for name, known in computations.items():
        if known is fn or known == fn:
            return name
    raise UnknownComputationError(getattr(fn, "__qualname__", repr(fn)), computations)
