"""Times that are none, and times that are too long to be counted: wherever seconds are given."""

import math
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, Completed, Prompt, ask, receive, send, spawn
from actors.clock import checked_seconds, sleep
from actors.effects import clock
from actors.runtime import BackgroundThread, Shutdown, close, current, monitor, send_exit, watchdog
from actors.server import Server, call
from tests.computation.common import one_question, queued, returning
from tests.server.stack import Answered, Push
from tests.threads.conftest import thread  # noqa: F401  # pyright: ignore[reportUnusedImport]  a fixture
from tests.threads.crossing import in_thread

TOO_LONG = 10**400
NONSENSE = [-1, -1.0, -math.inf, math.nan, TOO_LONG, -TOO_LONG, 10**5000]
named = pytest.mark.parametrize("seconds", NONSENSE, ids=["-1", "-1.0", "-inf", "nan", "10**400", "-10**400", "10**5000"])

NO_ITEMS: list[Any] = []
TAKES: dict[str, Callable[[Any], object]] = {
    "receive": receive,
    "call": lambda seconds: call(current(), 1, timeout=seconds),
    "start_sync": lambda seconds: AsyncComputation.start_sync(returning, 1, timeout=seconds),
    "deadline": lambda seconds: AsyncComputation.start(returning, 1, deadline=seconds),
    "shutdown": lambda seconds: AsyncComputation.start(returning, 1, shutdown=seconds),
    "sleep": clock.sleep,
    "ask": lambda seconds: ask(Prompt("q"), timeout=seconds),
    "Server.start": lambda seconds: Server.start(Answered, NO_ITEMS, timeout=seconds),
    "watchdog": watchdog,
    "close": close,
    "send": lambda seconds: send(spawn(returning, 1, mailbox=1, link=False), 1, timeout=seconds),
    "advance": lambda seconds: clock.manual().__enter__().advance(seconds),
}
RUNNER: dict[str, Callable[[AsyncComputation[Any], Any], object]] = {
    "wait": lambda runner, seconds: runner.wait(seconds),
    "result": lambda runner, seconds: runner.result(seconds),
    "resume_sync": lambda runner, seconds: runner.resume_sync(1, timeout=seconds),
    "cancel_sync": lambda runner, seconds: runner.cancel_sync(timeout=seconds),
}


@pytest.mark.sentence("R1")
@named
@pytest.mark.parametrize("take", TAKES.values(), ids=TAKES)
def test_a_time_that_is_none_is_a_value_error_that_says_so(take: Callable[[Any], object], seconds: Any) -> None:
    with pytest.raises(ValueError, match=r"=.* is not a duration; give seconds from 0 up"):
        take(seconds)
    queued()


@pytest.mark.sentence("R1")
@named
@pytest.mark.parametrize("take", RUNNER.values(), ids=RUNNER)
def test_a_runner_refuses_a_time_that_is_none_and_goes_on(
    take: Callable[[AsyncComputation[Any], Any], object], seconds: Any
) -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    with pytest.raises(ValueError, match="is not a duration"):
        take(runner, seconds)
    assert runner.resume_sync("yes") == Completed("yes")


@pytest.mark.parametrize("seconds", [math.inf, sys.float_info.max, 10**30], ids=["inf", "max", "10**30"])
def test_a_time_beyond_all_counting_is_as_good_as_no_limit(
    seconds: float,
    thread: BackgroundThread,  # noqa: F811  the fixture
) -> None:
    def everything(on: BackgroundThread | None) -> None:
        me = current()
        spawn(partial(later, send, me, "here"), link=False, on=on)
        assert receive(seconds) == "here"
        assert AsyncComputation.start_sync(later, returning, 1, timeout=seconds, on=on)[1] == Completed(1)
        assert AsyncComputation.start(later, returning, 1, deadline=seconds, on=on).result(seconds) == 1
        runner, _ = AsyncComputation.start_sync(one_question, shutdown=seconds, on=on)
        assert runner.resume_sync("yes", timeout=seconds) == Completed("yes")
        server = Server.start(Answered, NO_ITEMS, timeout=seconds, on=on, link=False)
        assert call(server, Push(1), timeout=seconds) == 1
        asleep = AsyncComputation.start(clock.sleep, seconds, on=on)
        with pytest.raises(TimeoutError):
            asleep.result(0.001)
        asleep.cancel_sync(timeout=seconds)
        send_end(server)

    everything(None)
    everything(thread)
    in_thread(lambda: everything(thread))
    with watchdog(seconds):
        pass


def test_a_thread_is_told_to_sleep_as_long_as_the_machine_can_count(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for seconds in (math.inf, 1e30, 2.0):
        sleep(seconds)
    assert slept == [9e9, 9e9, 2.0]


def test_seconds_are_returned_as_they_were_given() -> None:
    given = [None, 0, 3, 0.0, 2.5, math.inf]
    assert [checked_seconds("timeout", seconds) for seconds in given] == given


def later(fn: Callable[..., Any], *args: Any) -> Any:
    """Call after others have waited for it."""
    clock.sleep(0.001)
    return fn(*args)


def send_end(server: Any) -> None:
    monitor(server)
    send_exit(server, Shutdown("end"))
    receive(match=lambda message: getattr(message, "ref", None) is server)
