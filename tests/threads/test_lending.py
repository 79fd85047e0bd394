"""A thread that is always busy lets the others of the process run."""

import statistics
import time

import pytest

from actors.runtime import BackgroundThread, give_way, lending, spawn
from actors.runtime.scheduler import Scheduler

pytestmark = pytest.mark.sentence("T1", "T2")


def drains_slept_through(scheduler: Scheduler, wakes: int) -> float:
    """How many drains an always busy thread makes while this one wakes up from a short sleep; the median."""
    slept: list[int] = []
    for _ in range(wakes):
        before = scheduler.drains
        time.sleep(0.0001)
        slept.append(scheduler.drains - before)
    return statistics.median(slept)


def test_a_busy_thread_does_not_keep_another_from_waking_up(thread: BackgroundThread) -> None:
    """A drain is at most half a millisecond. Without a loan the median was over ten thousand."""
    stop: list[bool] = []

    def busy() -> None:
        while not stop:
            give_way()

    spawn(busy, link=False, on=thread)
    try:
        assert drains_slept_through(thread.scheduler, 15) < 2000
    finally:
        stop.append(True)


def test_a_loan_is_made_only_where_somebody_could_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loans: list[float] = []
    monkeypatch.setattr(lending, "sleep", loans.append)
    monkeypatch.setattr(lending, "frames", lambda: {1: None})
    lending.lend()
    assert loans == []
    monkeypatch.setattr(lending, "frames", lambda: {1: None, 2: None})
    lending.lend()
    assert loans == [lending.LOAN]
