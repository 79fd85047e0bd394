"""What the tests between threads share: doing something in another thread, whose hub runs, and waiting for it.

A `Crossing` has two places, `here` and `there`, in two threads. A body runs here, what it starts runs there, and each
test of a plain operation is made for every way there is: from the main thread to the background thread, the other way,
and from a plain thread to either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from actors.runtime import ActorRef, BackgroundThread, close, current, give_way, receive, send, spawn
from actors.runtime.remote import remotely
from actors.runtime.scheduler import Scheduler, scheduler_here
from actors.testing import settle
from tests.runtime.watching import PATIENCE

R = TypeVar("R")


class Returned:
    """What a body in another thread came to."""

    def __init__(self, body: Callable[[], Any]) -> None:
        self.body = body
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self, to: ActorRef) -> None:
        """Run the body, and tell `to`."""
        try:
            self.value = self.body()
        except BaseException as error:
            self.error = error
        send(to, self)

    def wait(self) -> Any:
        """Wait, while this thread's hub runs, and return or raise."""
        receive(PATIENCE, match=lambda message: message is self)
        if self.error is not None:
            raise self.error
        return self.value


class PlainThread(threading.Thread):
    """A plain thread that runs a body, closes its runtime and tells whoever started it."""

    def __init__(self, body: Callable[[], Any]) -> None:
        super().__init__()
        self.returned = Returned(body)
        self.starter = current()
        self.start()

    def run(self) -> None:
        me = self.returned
        body = me.body

        def closing() -> Any:
            try:
                return body()
            finally:
                close()

        me.body = closing
        me.run(self.starter)

    def result(self) -> Any:
        try:
            return self.returned.wait()
        finally:
            self.join()


def in_thread(body: Callable[[], R]) -> R:
    """Run a body in a plain thread while this thread's hub runs, and return what it returns."""
    result: R = PlainThread(body).result()
    return result


def in_background(thread: BackgroundThread, body: Callable[[], R]) -> R:
    """Run a body in an actor of the background thread while this thread's hub runs, and return what it returns."""
    returned = Returned(body)
    spawn(returned.run, current(), link=False, on=thread)
    result: R = returned.wait()
    return result


def spawned_in(scheduler: Scheduler, fn: Callable[..., object], *args: Any) -> ActorRef:
    """Spawn an actor in another thread, linked with nobody."""
    ref: ActorRef = remotely(scheduler, partial(spawn, fn, *args, link=False))
    return ref


def settle_in(scheduler: Scheduler) -> None:
    """Let everything run in another thread until all its greenlets are blocked, or in this one."""
    if scheduler is scheduler_here():
        settle()
    else:
        remotely(scheduler, settle)


def reach(scheduler: Scheduler) -> None:
    """Have another thread do what was posted to it up to now, and what that made ready."""
    remotely(scheduler, give_way)


@contextmanager
def held(thread: BackgroundThread) -> Generator[None]:
    """Hold a thread for the length of a block: nothing else of it runs, as if it were computing."""
    holding, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        holding.set()
        let_go.wait()

    spawn(hold, link=False, on=thread)
    holding.wait(PATIENCE)
    try:
        yield
    finally:
        let_go.set()


class Crossing:
    """Two places in two threads: `here`, where a test's body runs, and `there`."""

    def __init__(self, run: Callable[[Callable[[], Any]], Any], there: Scheduler) -> None:
        self.run = run
        self.there = there

    def spawn(self, fn: Callable[..., object], *args: Any) -> ActorRef:
        """Spawn there an actor that is linked with nobody."""
        return spawned_in(self.there, fn, *args)

    def do(self, fn: Callable[..., R], *args: Any) -> R:
        """Do something there, in an actor of its own."""
        result: R = remotely(self.there, fn, *args)
        return result

    def settle(self) -> None:
        """Let everything run, there and here, until what each has told the other has been heard."""
        for _ in range(3):
            settle_in(self.there)
            settle()
