"""Faults on purpose: `crash` an actor where it blocks, have operations fail."""

from __future__ import annotations

from typing import Any

from greenlet import getcurrent, greenlet

from actors.effects.operation import Operation, handling
from actors.effects.scope import Installed, perform
from actors.ops import Op
from actors.runtime.actor import ActorRef
from actors.runtime.arguments import addressed
from actors.runtime.scheduler import get_ident
from actors.testing.quiet import settle


def crash(ref: ActorRef, error: BaseException) -> None:
    """Raise an error inside an actor at its blocking point, as if the code there had raised it.

    *Blocks until* every greenlet of this thread is blocked: before, so that the actor has come to its blocking point,
    and after, so that it has happened.

    Raises:
        ValueError: the actor has ended, or is not blocked.
        TypeError: `ref` is not an `ActorRef`, or `error` not an exception.
        TimeoutError: the actors do not come to rest.
    """
    actor = addressed(ref)
    if actor.scheduler.thread != get_ident():
        raise ValueError(f"{ref} belongs to another thread; crash it from there")
    _check_error(error)
    settle()
    where = actor.greenlet
    if where is None or where is getcurrent():
        what = "has ended" if not actor.alive else "is not blocked"
        raise ValueError(f"{ref} {what}; crash an actor that is blocked, or raise the error yourself")
    actor.scheduler.loop.run_callback(greenlet.throw, where, error)
    settle()


def failing(what: type[Op[Any]] | Operation[..., Any], error: BaseException, times: int = 1) -> Installed[list[Op[Any]]]:
    """Have the first performances of an operation within a `with` block raise; the block gets the list of those.

    Later ones go to the next handler out, or to the body of an `@operation` function.

    Args:
        what: an `Op` subclass (its subclasses fail too), or an `@operation` function.
        error: what is raised, the same object each time.
        times: how many fail.

    Raises:
        TypeError: `what` cannot be handled, or `error` is not an exception.
        ValueError: `times` is less than 1.
    """
    _check_error(error)
    if times < 1:
        raise ValueError(f"failing(…, times={times!r}): at least one performance has to fail")
    if not isinstance(what, Operation):
        handling(what, _unused)  # refuses what cannot be handled
    failed: list[Op[Any]] = []

    def fail(op: Op[Any]) -> Any:
        if len(failed) < times:
            failed.append(op)
            raise error
        return perform(op)

    return Installed({what: fail}, failed, leaf=False)


def _unused(op: Op[Any]) -> Any:
    raise NotImplementedError(op)


def _check_error(error: object) -> None:
    if not isinstance(error, BaseException):
        raise TypeError(f"{error!r} is not an exception; give the one to raise, such as OSError('disk full')")
