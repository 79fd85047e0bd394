"""`offload`: code that blocks or computes, run in a native thread while only the calling actor waits."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar, TypeVarTuple, cast

from actors.effects.scope import current_scope
from actors.runtime.actor import WAITING, Actor
from actors.runtime.arguments import check_call
from actors.runtime.current import current_actor

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class Offloaded:
    """One call in a native thread, and who waits for it."""

    __slots__ = ("args", "error", "fn", "over", "run_in", "value", "waiter")

    def __init__(self, waiter: Actor, run_in: Callable[..., Any], fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Take who waits, `Context.run`, and the call."""
        self.waiter: Actor | None = waiter
        self.run_in = run_in
        self.fn = fn
        self.args = args
        self.over = False
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Make the call; in the native thread, which touches no actor."""
        try:
            self.value = self.run_in(self.fn, *self.args)
        except BaseException as error:
            self.error = error

    def end(self) -> None:
        """The call is over: wake who waits, if it still does; in the waiter's hub."""
        self.over = True
        waiter = self.waiter
        if waiter is not None and waiter.waiting is self and waiter.activity == WAITING:
            waiter.scheduler.wake(waiter, None)

    def drop(self) -> None:
        """Nobody waits any more: a late result is thrown away."""
        self.waiter = None


def offload(fn: Callable[[*Ts], R], *args: *Ts) -> R:
    """Run `fn(*args)` in a native thread and return what it returns; ten run at once for each hub, others wait for one.

    *Blocks until* the call is over; only this actor waits. The call sees a copy of the context variables. It cannot be
    stopped: when the actor is cancelled or killed meanwhile, the call goes on and its result is thrown away.

    Raises:
        TypeError: `fn` cannot be called with `args`.
        RuntimeError: no native thread can be started; as `NotInDurableError`: in a durable run outside an @operation.
        LinkedExitError: in a greenlet the runtime did not start, when an actor linked to it has ended.
        BaseException: what the call raised, the exception itself with its traceback.
    """
    check_call(fn, args)
    seam = current_scope().seam
    if seam is not None:
        seam.outside(f"offload({fn!r}, …)")
    me = current_actor()
    if me.doom is not None:
        me.doom.checkpoint()
    scheduler = me.scheduler
    call = Offloaded(me, copy_context().run, fn, args)
    try:
        scheduler.native_threads().begin(call)
        while not call.over:
            scheduler.wait(me, call)
    finally:
        call.drop()
    if call.error is None:
        return cast(R, call.value)
    error, call.error = call.error, None
    try:
        raise error
    finally:
        del error, me  # the traceback holds this frame: no cycle
