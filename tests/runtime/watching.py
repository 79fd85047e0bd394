"""What the tests of the runtime share: running a body to its end, and throwing into one that waits."""

from collections.abc import Callable
from typing import TypeVarTuple, Unpack

import gevent
from greenlet import greenlet

from actors.runtime import Down, ExitReason, monitor, receive, spawn
from actors.runtime.actor import Actor, ActorRef

Ts = TypeVarTuple("Ts")

PATIENCE = 60.0  # seconds of real time after which a wait that should have ended fails its test, however busy the machine


class Boom(Exception):
    """An error that a test raises on purpose."""


def boom() -> None:
    raise Boom


def end_of(ref: ActorRef) -> ExitReason:
    """Wait for the end of a living actor and return its exit reason."""
    watch = monitor(ref)
    down = receive(PATIENCE, match=lambda message: isinstance(message, Down) and message.monitor is watch)
    assert isinstance(down, Down)
    return down.reason


def run(body: Callable[[Unpack[Ts]], object], *args: *Ts) -> ExitReason:
    """Run a body as an actor without links to its end and return its exit reason."""
    return end_of(spawn(body, *args, link=False))


def start(body: Callable[[], object]) -> "gevent.Greenlet[..., object]":
    """Start a greenlet of gevent's."""
    return gevent.spawn(body)  # pyright: ignore[reportUnknownVariableType]  # the stubs cannot tell the parameters


def control(ref: ActorRef) -> Actor:
    assert isinstance(ref, Actor)
    return ref


def throw_next(ref: ActorRef, error: BaseException) -> None:
    """Throw into an actor that waits, from the hub, before anything that is made ready after this call runs."""
    where = control(ref).greenlet
    assert where is not None
    gevent.get_hub().loop.run_callback(greenlet.throw, where, error)
