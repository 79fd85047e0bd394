"""Computations and actors from asyncio: `await wrap(runner)`, and `await run_in(background(), fn, …)` for all else.

The run lives on the background thread; the event loop waits for it without blocking. A coroutine that is cancelled while
it waits gives up its wait only: the run goes on, and its outcome comes to the next who waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, TypeVarTuple, cast

from actors.computation import AsyncComputation
from actors.computation.faults import FinishedError
from actors.outcomes import FinalOutcomeOf, OutcomeOf, Suspend
from actors.runtime.arguments import check_call
from actors.runtime.background import BackgroundThread
from actors.runtime.current import current_actor
from actors.runtime.remote import RemoteCall
from actors.runtime.scheduler import Scheduler

T = TypeVar("T")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class AwaitableRunner(Generic[T]):
    """A runner whose methods are awaited; made by `wrap`. `await` it for the value that the computation returns."""

    __slots__ = ("runner",)

    def __init__(self, runner: AsyncComputation[T]) -> None:
        """Take the runner."""
        self.runner = runner

    def __await__(self) -> Generator[Any, None, T]:
        """Wait for `result()`."""
        return self.result().__await__()

    async def wait(self, timeout: float | None = None) -> OutcomeOf[T]:
        """Return the next outcome that was not yet taken; see `AsyncComputation.wait`.

        Raises:
            FinishedError: the run has ended and its final outcome was taken.
            LegTimeoutError: no outcome within `timeout` seconds.
        """
        return cast(OutcomeOf[T], await self._outcome(self.runner.wait, timeout))

    async def result(self, timeout: float | None = None) -> T:
        """Return what the computation returned, or raise what it raised; see `AsyncComputation.result`.

        Raises:
            CancelledError: it was cancelled (that of `actors.errors`, not asyncio's).
            LegTimeoutError: it has not ended within `timeout` seconds.
            BaseException: what the computation raised.
        """
        return cast(T, await self._do(self.runner.result, timeout))

    async def resume(self, value: object, *, token: int | None = None) -> None:
        """Deliver the answer to the open suspension; see `AsyncComputation.resume`.

        Raises:
            NotSuspendedError: no suspension is open; as `FinishedError`: the run has ended.
            StaleTokenError: the token was used, or its suspension is over.
        """
        await self._do(partial(self.runner.resume, value, token=token))

    async def resume_sync(self, value: object, *, token: int | None = None, timeout: float | None = 5.0) -> OutcomeOf[T]:
        """Deliver the answer and return the outcome of the leg that it starts; see `AsyncComputation.resume_sync`.

        Raises:
            LegTimeoutError: no outcome within `timeout` seconds.
            NotSuspendedError: as for `resume`.
            StaleTokenError: as for `resume`.
        """
        return cast(
            OutcomeOf[T], await self._outcome(partial(self.runner.resume_sync, value, token=token, timeout=timeout))
        )

    async def cancel_sync(self, reason: object = "cancelled", *, timeout: float | None = 5.0) -> FinalOutcomeOf[T]:
        """Cancel and return the final outcome; see `AsyncComputation.cancel_sync`.

        Raises:
            LegTimeoutError: it has not ended within `timeout` seconds.
        """
        return cast(FinalOutcomeOf[T], await self._outcome(partial(self.runner.cancel_sync, reason, timeout=timeout)))

    def cancel(self, reason: object = "cancelled") -> None:
        """Have the run leave its scopes, and return at once."""
        self.runner.cancel(reason)

    async def suspends(self, timeout: float | None = None) -> AsyncGenerator[Suspend]:
        """Yield each suspension until the run ends; resume it before going on. `timeout` seconds are for one leg.

        Raises:
            LegTimeoutError: a leg took too long.
        """
        while True:
            try:
                outcome = await self.wait(timeout)
            except FinishedError:
                return
            if not isinstance(outcome, Suspend):
                return
            yield outcome

    async def __aenter__(self) -> Self:
        """Return this."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Cancel the run if it has not ended, and wait for that."""
        await self.cancel_sync("its with block was left" if error is None else error, timeout=None)

    async def _do(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Do something with the run, in its own thread."""
        return await done_in(self.runner.scheduler, fn, *args)

    async def _outcome(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Wait for an outcome; one that comes when nobody waits any more is kept for the next who does."""
        runner = self.runner
        outcome = await done_in(runner.scheduler, fn, *args, unclaimed=partial(runner.unclaimed, current_actor()))
        forget_events(runner)
        return outcome

    def __repr__(self) -> str:
        """Show the runner."""
        return f"<AwaitableRunner {self.runner}>"


def wrap(runner: AsyncComputation[T]) -> AwaitableRunner[T]:
    """Return a runner of another thread as something to `await`, for a coroutine.

    Start it with `AsyncComputation.start(fn, …, on=background())`, in the thread of the event loop: the run is cancelled
    when that thread ends. What is awaited is not also put in the thread's mailbox.

    Raises:
        TypeError: `runner` is not one.
        ValueError: it belongs to the calling thread, whose actors cannot run while an event loop does.
    """
    if not isinstance(runner, AsyncComputation):
        raise TypeError(f"wrap({runner!r}): give a runner, of AsyncComputation.start(fn, …, on=background())")
    if runner.scheduler is current_actor().scheduler:
        raise ValueError(f"{runner} belongs to this thread, which an event loop holds; start it with on=background()")
    return AwaitableRunner(runner)


async def run_in(thread: BackgroundThread, fn: Callable[[*Ts], R], *args: *Ts) -> R:
    """Run `fn(*args)` as an actor of the background thread and return what it returns.

    Whatever the runtime offers may be done in it. When the coroutine is cancelled, the actor gets an exit signal.

    Raises:
        TypeError: `fn` cannot be called with `args`.
        ClosedError: the thread was closed.
        BaseException: what `fn` raised.
    """
    check_call(fn, args)
    return cast(R, await done_in(thread.scheduler, fn, *args))


async def done_in(
    scheduler: Scheduler, fn: Callable[..., Any], *args: Any, unclaimed: Callable[[Any], object] | None = None
) -> Any:
    """Have an agent in another thread do something, and wait for it in the event loop."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def tell(_: RemoteCall) -> None:
        try:
            loop.call_soon_threadsafe(_settle, future)
        except RuntimeError:  # the event loop was closed first: nobody waits
            made.give_up()

    made = RemoteCall(fn, args, tell)
    made.unclaimed = unclaimed
    made.start(scheduler, current_actor())
    try:
        await future
    except BaseException:
        scheduler.inbox.post(made.give_up)
        raise
    return made.result()


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def forget_events(runner: AsyncComputation[Any]) -> None:
    """Take a run's events out of the mailbox of the event loop's thread, which nobody receives from."""
    me = current_actor()
    if runner.owner is me:
        me.scheduler.inbox.take()
        mailbox = me.mailbox
        if mailbox:
            kept = [message for message in mailbox if getattr(message, "runner", None) is not runner]
            mailbox.clear()
            mailbox.extend(kept)
