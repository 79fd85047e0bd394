"""Computations and actors from asyncio: `await wrap(runner)`, and `await run_in(background(), fn, …)` for all else.

The run lives on the background thread; the event loop waits for it without blocking. A coroutine that is cancelled while
it waits gives up its wait only: the run goes on, and its outcome comes to the next who waits. Time limits are exact, also
while the other thread is held; with `timeout=0` it is asked all the same, which may take 0.1 seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, TypeVarTuple, cast

from actors.clock import checked_seconds
from actors.computation import AsyncComputation
from actors.computation.faults import CancelledError, FinishedError, LegTimeoutError
from actors.outcomes import Cancelled, Completed, FinalOutcomeOf, OutcomeOf, Suspend, Throw
from actors.runtime.abroad import scheduler_of
from actors.runtime.arguments import check_call
from actors.runtime.background import BackgroundThread
from actors.runtime.current import current_actor
from actors.runtime.inbox import ClosedError
from actors.runtime.remote import REACH, RemoteCall
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
            ValueError: `timeout` is negative.
            ClosedError: the run's thread was closed.
        """
        return cast(OutcomeOf[T], await self._outcome(self.runner.give_back, timeout, self.runner.wait, timeout))

    async def result(self, timeout: float | None = None) -> T:
        """Return what the computation returned, or raise what it raised; see `AsyncComputation.result`.

        Raises:
            CancelledError: it was cancelled (that of `actors.errors`, not asyncio's).
            LegTimeoutError: it has not ended within `timeout` seconds.
            ValueError: `timeout` is negative.
            BaseException: what the computation raised.
        """
        match await self._ending(timeout, partial(self.runner.ending, timeout)):
            case Completed(value):
                return value
            case Throw(error):
                try:
                    raise error
                finally:
                    del error, self  # the traceback holds this frame: no cycle
            case Cancelled() as outcome:
                raise CancelledError(self.runner, outcome)

    async def resume(self, value: object, *, token: int | None = None) -> None:
        """Deliver the answer to the open suspension; see `AsyncComputation.resume`.

        Raises:
            NotSuspendedError: no suspension is open; as `FinishedError`: the run has ended.
            StaleTokenError: the token was used, or its suspension is over.
            ClosedError: the run's thread was closed.
            Exception: what the question's `parse` raises, other than `ValueError`.
        """
        await done_in(self.runner.scheduler, partial(self.runner.resume, value, token=token))

    async def resume_sync(self, value: object, *, token: int | None = None, timeout: float | None = 5.0) -> OutcomeOf[T]:
        """Deliver the answer and return the outcome of the leg that it starts; see `AsyncComputation.resume_sync`.

        Raises:
            LegTimeoutError: no outcome within `timeout` seconds.
            ValueError: `timeout` is negative.
            Exception: as for `resume`.
        """
        resume = partial(self.runner.resume_sync, value, token=token, timeout=timeout)
        unclaimed = partial(self.runner.unclaimed, current_actor())
        return cast(OutcomeOf[T], await self._outcome(unclaimed, timeout, resume))

    async def cancel_sync(self, reason: object = "cancelled", *, timeout: float | None = 5.0) -> FinalOutcomeOf[T]:
        """Cancel and return the final outcome; see `AsyncComputation.cancel_sync`.

        Raises:
            LegTimeoutError: it has not ended within `timeout` seconds.
            ValueError: `timeout` is negative.
        """
        return await self._ending(timeout, partial(self.runner.cancel_sync, reason, timeout=timeout))

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

    async def _outcome(
        self, unclaimed: Callable[[Any], object], timeout: float | None, fn: Callable[..., Any], *args: Any
    ) -> Any:
        """Wait for an outcome; one that comes when nobody waits any more is given to `unclaimed`, for the next who does."""
        runner = self.runner
        checked_seconds("timeout", timeout)
        late = partial(LegTimeoutError, runner, timeout)
        outcome = await done_in(runner.scheduler, fn, *args, timeout=timeout, late=late, unclaimed=unclaimed)
        forget_events(runner)
        return outcome

    async def _ending(self, timeout: float | None, fn: Callable[[], Any]) -> FinalOutcomeOf[T]:
        """Wait for the final outcome, which is there too when the run's thread is not any more."""
        runner = self.runner
        try:
            return cast(FinalOutcomeOf[T], await self._outcome(self.runner.give_back, timeout, fn))
        except ClosedError:
            if runner.reason is None:
                raise
        runner.taken = 1
        forget_events(runner)
        return cast(FinalOutcomeOf[T], runner.final())

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
        TypeError: `fn` cannot be called with `args`, or `thread` is no thread of the runtime.
        ClosedError: the thread was closed.
        BaseException: what `fn` raised.
    """
    check_call(fn, args)
    return cast(R, await done_in(scheduler_of(thread), fn, *args))


async def done_in(
    scheduler: Scheduler,
    fn: Callable[..., Any],
    *args: Any,
    timeout: float | None = None,
    late: Callable[[], Exception] = TimeoutError,
    unclaimed: Callable[[Any], object] | None = None,
) -> Any:
    """Have an agent in another thread do something, and wait for it in the event loop.

    It has its own time limit there; this one, with what `late` makes, is for a thread that is held. What is not to wait,
    with a limit of 0, has `REACH` seconds to be made there and told of.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[bool] = loop.create_future()

    def tell(_: RemoteCall) -> None:
        try:
            loop.call_soon_threadsafe(_settle, future, True)
        except RuntimeError:  # the event loop was closed first: nobody waits
            made.give_up()

    made = RemoteCall(fn, args, tell)
    made.unclaimed = unclaimed
    made.start(scheduler, current_actor())
    limit = None if timeout is None else loop.call_later(timeout or REACH, _settle, future, False)
    try:
        if not await future:
            raise late()
    except BaseException:
        scheduler.inbox.post(made.give_up)
        raise
    finally:
        if limit is not None:
            limit.cancel()
    return made.result()


def _settle(future: asyncio.Future[bool], in_time: bool) -> None:
    if not future.done():
        future.set_result(in_time)


def forget_events(runner: AsyncComputation[Any]) -> None:
    """Take a run's events out of the mailbox of the event loop's thread, which nobody receives from."""
    me = current_actor()
    if runner.owner is not me:
        return
    calls = me.scheduler.inbox.calls  # not by `take`: each time it would have another wake-up sent, which no hub takes
    while calls:
        function, args = calls.popleft()
        function(*args)
    mailbox = me.mailbox
    if mailbox:
        kept = [message for message in mailbox if getattr(message, "runner", None) is not runner]
        mailbox.clear()
        mailbox.extend(kept)
