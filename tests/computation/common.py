"""What the tests of computations share: small bodies, and reading the owner's mailbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import gevent

from actors import AsyncComputation, ComputationEvent, Prompt, Suspend, ask, current, receive
from actors.testing import settle

Q = Prompt("q")
NEVER = 1000.0  # seconds; no test waits for it


def one_question() -> str:
    return ask(Q)


def wizard(*names: str) -> tuple[str, ...]:
    return tuple(ask(Prompt(name)) for name in names)


def returning(value: Any) -> Any:
    return value


def raising(error: BaseException) -> Any:
    raise error


def block() -> None:
    """Block in something that is not the runtime's."""
    gevent.sleep(NEVER)


def cancel_me(reason: object = "mine") -> None:
    """Cancel the run that calls this."""
    me: Any = current()
    me.cancel(reason)


def steps(*functions: Callable[[], Any]) -> list[Any]:
    """Call one after another, and return what they return."""
    return [function() for function in functions]


def aside(function: Callable[..., Any], *args: Any) -> Any:
    """Call in a greenlet that the runtime did not start, and return that."""
    return cast(Any, gevent).spawn(function, *args)


def briefly() -> gevent.Timeout:
    """A foreign timeout that ends its block in silence."""
    silent: Any = False
    return gevent.Timeout(0.001, silent)


def queued() -> list[Any]:
    """Let everything run, then take all that is in the caller's mailbox."""
    settle()
    found: list[Any] = []
    while True:
        try:
            found.append(receive(0))
        except TimeoutError:
            return found


def outcomes() -> list[Any]:
    """Let everything run, then take the outcomes of all events in the caller's mailbox."""
    events = queued()
    assert all(isinstance(event, ComputationEvent) for event in events), events
    return [event.outcome for event in events]


def only(found: list[Any]) -> Any:
    assert len(found) == 1, found
    return found[0]


def opened(runner: AsyncComputation[Any]) -> Suspend:
    """Let everything run and return the suspension that the run has open, its event taken out of the caller's mailbox."""
    settle()
    suspension = runner.wait(0)
    assert isinstance(suspension, Suspend)
    return suspension


def attempt(fn: Callable[[], Any]) -> Any:
    """Return what a function returns, or the exception that it raises."""
    try:
        return fn()
    except BaseException as error:
        return error
