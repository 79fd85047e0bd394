"""`offload`: code that blocks or computes, run in a native thread while only the calling actor waits."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, TypeVar, TypeVarTuple, cast

from actors.runtime.actor import WAITING, Actor
from actors.runtime.arguments import check_call
from actors.runtime.current import current_actor

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class Offloaded:
    """One call in a native thread, and who waits for it."""

    __slots__ = ("error", "over", "value", "waiter")

    def __init__(self, waiter: Actor) -> None:
        """Take who waits."""
        self.waiter: Actor | None = waiter
        self.over = False
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self, context: Context, fn: Callable[..., Any], args: tuple[Any, ...], post: Callable[..., None]) -> None:
        """Make the call; in the native thread, which touches no actor."""
        try:
            self.value = context.run(fn, *args)
        except BaseException as error:
            self.error = error
        post(self.end)

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
    """Run `fn(*args)` in a thread of the hub's pool and return what it returns.

    *Blocks until* the call is over; only this actor waits. The call sees a copy of the context variables. It cannot be
    stopped: when the actor is cancelled or killed meanwhile, the call goes on and its result is thrown away.

    Raises:
        TypeError: `fn` cannot be called with `args`.
        LinkedExitError: in a greenlet the runtime did not start, when an actor linked to it has ended.
        BaseException: what the call raised, the exception itself with its traceback.
    """
    check_call(fn, args)
    me = current_actor()
    if me.doom is not None:
        me.doom.checkpoint()
    scheduler = me.scheduler
    call = Offloaded(me)
    try:
        scheduler.hub.threadpool.spawn(call.run, copy_context(), fn, args, scheduler.inbox.post)
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
