"""What a run is started with, beyond the computation and its owner."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from actors.clock import checked_seconds


class Options:
    """What `start` was given that most runs leave at its default; one object for all of those."""

    __slots__ = ("deadline", "handlers", "link", "shutdown")

    def __init__(
        self,
        link: bool = True,
        handlers: Callable[[], AbstractContextManager[object]] | None = None,
        deadline: float | None = None,
        shutdown: float | None = 5.0,
    ) -> None:
        """Take the options of `AsyncComputation.start`."""
        self.link = link
        self.handlers = handlers
        self.deadline = deadline
        self.shutdown = shutdown


DEFAULTS = Options()


def checked_options(link: bool, handlers: Any, deadline: float | None, shutdown: float | None) -> Options:
    """Return the options of `start` as one object.

    Raises:
        TypeError: `handlers` is not callable, or a time is not a number.
        ValueError: a negative time.
    """
    if handlers is not None and not callable(handlers):
        raise TypeError(f"handlers={handlers!r}: give a function that returns a context manager, not what it returns")
    stack: Any = handlers
    return Options(link, stack, checked_seconds("deadline", deadline), checked_seconds("shutdown", shutdown))


class Log(Protocol):
    """What records a run and replays it: an `EffectLog` of `actors.durable`."""

    def recorded(self, handlers: Any) -> Callable[[], AbstractContextManager[object]]:
        """Return a handler stack in which every operation passes through the log."""
        ...


def with_log(log: Log, handlers: Any) -> Callable[[], AbstractContextManager[object]]:
    """Return the handler stack of a run that passes through a log, around another one.

    Raises:
        RuntimeError: the log is in use.
        TypeError: it is no log.
    """
    if not hasattr(log, "recorded"):
        raise TypeError(
            f"log={log!r}: give an EffectLog; EffectLog(view) makes one of a view, EffectLog.from_bytes of bytes"
        )
    return log.recorded(handlers)


class UnderHandlers:
    """A computation inside its handler stack, to be called without arguments: `f(*args)` costs 700 bytes of C stack."""

    __slots__ = ("args", "fn", "handlers")

    def __init__(
        self, handlers: Callable[[], AbstractContextManager[object]], fn: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        """Take the stack and the call."""
        self.handlers = handlers
        self.fn = fn
        self.args = args

    def run(self) -> Any:
        """Enter the stack, afresh, and call."""
        with self.handlers():
            return self.fn(*self.args) if self.args else self.fn()
