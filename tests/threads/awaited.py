"""What the tests of awaiting share: an event loop for each, and runs of the background thread in it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from actors import AsyncComputation, Suspend
from actors.awaiting import AwaitableRunner, run_in, wrap
from actors.runtime import BackgroundThread, current, give_way
from tests.runtime.watching import PATIENCE


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(main(), PATIENCE))


def started(thread: BackgroundThread, fn: Callable[..., Any], *args: Any) -> AwaitableRunner[Any]:
    return wrap(AsyncComputation.start(fn, *args, on=thread))


def suspended(outcome: object) -> Suspend:
    assert isinstance(outcome, Suspend)
    return outcome


async def turns(thread: BackgroundThread) -> None:
    """Have the other thread do all that was given to it, and this loop hear of it."""
    await run_in(thread, give_way)
    await asyncio.sleep(0)


def mailbox() -> list[Any]:
    """What the thread of the event loop has in its mailbox."""
    me: Any = current()
    return list(me.mailbox or ())
