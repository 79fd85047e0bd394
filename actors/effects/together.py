"""`parallel` and `race`: several thunks as children of one computation.

Here are the operations and their meaning where no computation runs: one after the other. In a run the runner answers
them with real children.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast, overload

from actors.effects.scope import Scope, current_scope, enter_scope, install_outside, perform
from actors.ops import Op

if TYPE_CHECKING:
    from collections.abc import Generator

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

Thunk: TypeAlias = Callable[[], A]


class Together(Op[Any], frozen=False):
    """Thunks to run as children of this computation."""

    __slots__ = ("thunks",)
    __match_args__ = ("thunks",)
    if TYPE_CHECKING:
        thunks: tuple[Thunk[Any], ...]  # for the checkers: to them an Op is a dataclass

    def __init__(self, thunks: tuple[Thunk[Any], ...]) -> None:
        """Take the thunks.

        Raises:
            TypeError: one of them is not callable.
        """
        for index, thunk in enumerate(thunks):
            if not callable(thunk):
                raise TypeError(f"argument {index} is {thunk!r}, not a function without arguments; write `lambda: f(x)`")
        self.thunks = thunks

    def __repr__(self) -> str:
        """Show the thunks."""
        return f"{type(self).__name__}{self.thunks!r}"


class Parallel(Together, frozen=False):
    """Run all; answered by the tuple of their results."""

    __slots__ = ()


class Race(Together, frozen=False):
    """Run all until the first ends; answered by its result."""

    __slots__ = ()


@overload
def parallel(first: Thunk[A], second: Thunk[B], /) -> tuple[A, B]: ...
@overload
def parallel(first: Thunk[A], second: Thunk[B], third: Thunk[C], /) -> tuple[A, B, C]: ...
@overload
def parallel(first: Thunk[A], second: Thunk[B], third: Thunk[C], fourth: Thunk[D], /) -> tuple[A, B, C, D]: ...
@overload
def parallel(*thunks: Thunk[A]) -> tuple[A, ...]: ...
def parallel(*thunks: Thunk[Any]) -> tuple[Any, ...]:
    """Run thunks as children of this computation and return their results in order.

    *Blocks until* all have ended. The first throw cancels the others, waits for their clean-up, and is raised. Children
    see the scopes in force here. Their questions reach the owner one at a time. Where no computation runs, the thunks
    run one after the other.

    Raises:
        TypeError: an argument is not callable.
        Exception: the first that a thunk raised.
    """
    return cast("tuple[Any, ...]", perform(Parallel(thunks)))


def race(*thunks: Thunk[A]) -> A:
    """Run thunks as children, return what the first to end returned (or raise what it raised), and cancel the rest.

    *Blocks until* one has ended and the others have left their scopes. Where no computation runs, the first thunk runs
    and wins.

    Raises:
        ValueError: there are no thunks.
        TypeError: an argument is not callable.
        Exception: what the first to end raised.
    """
    if not thunks:
        raise ValueError("race() without thunks has no winner; give at least one")
    return cast(A, perform(Race(thunks)))


def branch_scopes(scope: Scope, count: int) -> list[Scope]:
    """Return the scope of each child: the parent's, with a position of its own in the parent's effect log, if any."""
    if scope.seam is None:
        return [scope] * count
    return [scope.within(seam) for seam in scope.seam.branches(count)]


@contextmanager
def _entered(scope: Scope) -> Generator[None]:
    previous = current_scope()
    enter_scope(scope)
    try:
        yield
    finally:
        enter_scope(previous)


def _in_sequence(op: Parallel) -> tuple[Any, ...]:
    results: list[Any] = []
    for thunk, scope in zip(op.thunks, branch_scopes(current_scope(), len(op.thunks)), strict=True):
        with _entered(scope):
            results.append(thunk())
    return tuple(results)


def _first(op: Race) -> Any:
    with _entered(branch_scopes(current_scope(), len(op.thunks))[0]):
        return op.thunks[0]()


install_outside({Parallel: _in_sequence, Race: _first})
