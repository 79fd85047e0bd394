"""How an `@operation` is tried again, and how long it may take: options of its body, not of its handlers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from actors.children import Backoff
from actors.effects.clock import Sleep
from actors.effects.scope import perform
from actors.ops import Op

Errors: TypeAlias = type[Exception] | tuple[type[Exception], ...]


@dataclass(frozen=True, slots=True)
class Retry:
    """An operation that raises is tried again: `times` in all, after a growing wait, if it raised one of `on`.

    An effect log holds the last answer only; after a crash of the process the tries begin anew.

    Raises:
        TypeError: a field is of another type.
        ValueError: `times` is less than 1.
    """

    times: int = 3
    backoff: Backoff = field(default_factory=Backoff)
    on: Errors = Exception

    def __post_init__(self) -> None:
        """Check the fields."""
        if type(self.times) is not int:
            raise TypeError(f"times={self.times!r}: give the number of tries in all, an int")
        if self.times < 1:
            raise ValueError(f"times={self.times!r}: it is tried once at least; count from 1 up")
        if not isinstance(self.backoff, Backoff):
            raise TypeError(f"backoff={self.backoff!r}: give Backoff(first, factor, most)")
        kinds: tuple[Any, ...] = self.on if isinstance(self.on, tuple) else (self.on,)
        if not all(isinstance(kind, type) and issubclass(kind, Exception) for kind in kinds):
            raise TypeError(f"on={self.on!r}: give a subclass of Exception, or a tuple of them")

    def run(self, body: Callable[[], Any]) -> Any:
        """Return what `body` returns, trying again as long as that is allowed; the last error is raised."""
        for tried in range(1, self.times):
            try:
                return body()
            except self.on:
                perform(Sleep(self.backoff.seconds(tried)))
        return body()


class Within(Op[Any], frozen=False):
    """Run something within a time limit; the runtime answers it."""

    default_handler: ClassVar[Callable[[Within], Any]]
    __slots__ = ("seconds", "what")
    __match_args__ = ("seconds", "what")

    def __init__(self, seconds: float, what: Callable[[], Any]) -> None:
        """Take the limit, in seconds, and what to run."""
        self.seconds = seconds
        self.what = what

    def __repr__(self) -> str:
        """Show both."""
        return f"Within({self.seconds!r}, {self.what!r})"


def limited(seconds: float | None, body: Callable[[], Any]) -> Any:
    """Run something within a time limit, None for none.

    Raises:
        TimeoutError: it took longer. One that blocks nothing but the processor is not interrupted.
    """
    return body() if seconds is None else perform(Within(seconds, body))
