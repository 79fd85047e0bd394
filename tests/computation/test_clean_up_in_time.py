"""R11: what clean-up may do during a cancel, for how long, and what holds a cancel back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gevent
import gevent.event
import pytest

from actors import AsyncComputation, Cancelled, Completed, Prompt, ask, parallel, shielded, spawn
from actors.effects import clock
from actors.runtime import give_way, kill
from actors.testing import ManualClock, settle
from actors.testing.quiet import existing_scheduler
from tests.computation.common import (
    NEVER,
    Q,
    aside,
    attempt,
    block,
    cancel_me,
    one_question,
    opened,
    outcomes,
    raising,
    steps,
)


@pytest.mark.sentence("R11")
def test_while_the_signal_is_handled_clean_up_may_block_and_ask_always_raises() -> None:
    seen: list[Any] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            gevent.sleep(0)
            give_way()
            clock.sleep(0)
            seen.append("blocked")
            seen.extend(type(attempt(one_question)).__name__ for _ in range(2))

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("why")
    assert outcomes() == [Cancelled("why")]
    assert seen == ["blocked", "CancelSignal", "CancelSignal"]


@pytest.mark.sentence("R11")
def test_the_signal_is_being_handled_in_the_context_chain_of_another_exception() -> None:
    seen: list[str] = []

    def body() -> None:
        try:
            ask(Q)
        finally:
            try:
                raise ValueError
            except ValueError:
                clock.sleep(0)
                give_way()
                seen.append("blocked")

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel()
    assert outcomes() == [Cancelled("cancelled")]
    assert seen == ["blocked"]


@pytest.mark.sentence("R11")
@pytest.mark.parametrize(
    "blocking",
    [one_question, give_way, lambda: clock.sleep(NEVER), block],
    ids=["ask", "give_way", "sleep", "gevent.sleep"],
)
def test_a_swallowed_signal_is_raised_again_at_each_later_blocking_point(blocking: Any) -> None:
    raised: list[str] = []

    def body() -> None:
        for _ in range(3):
            try:
                blocking()
            except BaseException as signal:
                raised.append(type(signal).__name__)

    runner = AsyncComputation.start(lambda: steps(one_question, lambda: cancel_me("why"), body))
    opened(runner)
    runner.resume("go")
    assert outcomes() == [Cancelled("why")]
    assert raised == ["CancelSignal"] * 3


@pytest.mark.sentence("R11")
def test_a_swallowed_signal_lets_others_run_before_it_is_raised_again() -> None:
    seen: list[str] = []

    def body() -> None:
        for _ in range(3):
            try:
                ask(Q)
            except BaseException:
                seen.append("swallowed")

    def other() -> None:
        for _ in range(3):
            seen.append("other")
            give_way()

    runner = AsyncComputation.start(body)
    opened(runner)
    spawn(other)
    runner.cancel()
    outcomes()
    assert "other" in seen[: len(seen) - 1 - seen[::-1].index("swallowed")]
    assert seen.count("swallowed") == 3


def swallowing(blocking: Any, limit: list[int]) -> None:
    """Swallow every signal until there is nothing left in the list."""
    while limit:
        try:
            blocking()
        except BaseException:
            pass


@pytest.mark.sentence("R11")
@pytest.mark.parametrize(
    "blocking", [one_question, block, lambda: clock.sleep(NEVER)], ids=["ask", "gevent.sleep", "sleep"]
)
def test_a_body_that_swallows_cancel_and_kill_for_ever_is_abandoned(blocking: Any) -> None:
    scheduler = existing_scheduler() or pytest.fail("no scheduler")
    before = len(scheduler.abandoned)
    with ManualClock() as time:
        runner = AsyncComputation.start(swallowing, blocking, [1], shutdown=3.0)
        settle()
        outcomes()
        runner.cancel("why")
        pusher = aside(_advance_real, time, 3.0)
        outcome = runner.cancel_sync(timeout=None)
        pusher.join()
    assert outcome == Cancelled("why", killed=True)
    settle()
    assert len(scheduler.abandoned) == before + 1
    assert outcomes() == []


def _advance_real(time: ManualClock, seconds: float) -> None:
    # A body that swallows never comes to rest, so nothing here can wait for quiet: fire what is due once the limit is set.
    while not time.pending:
        gevent.sleep(0)
    for timer in list(time._timers):  # pyright: ignore[reportPrivateUsage]  # see above
        if timer.callback is not None and timer.due <= time.monotonic() + seconds:
            callback, timer.callback = timer.callback, None
            callback()


@pytest.mark.sentence("R11", "R1")
def test_clean_up_that_takes_longer_than_shutdown_is_killed() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            block()

    with ManualClock() as time:
        runner = AsyncComputation.start(body, shutdown=3.0)
        opened(runner)
        runner.cancel("why")
        time.advance(2.9)
        assert outcomes() == []
        time.advance(0.1)
        assert outcomes() == [Cancelled("why", killed=True)]


@pytest.mark.sentence("R11")
def test_the_limit_counts_from_when_the_signal_was_first_raised() -> None:
    gate = gevent.event.Event()

    def body() -> None:
        try:
            with shielded():
                gate.wait()
            ask(Q)
        finally:
            block()

    with ManualClock() as time:
        runner = AsyncComputation.start(body, shutdown=None)
        settle()
        runner.cancel("why")
        time.advance(100)
        gate.set()
        settle()
        assert runner.state == "running"
        kill(runner.ref)
        assert outcomes() == [Cancelled("why", killed=True)]


@pytest.mark.sentence("R11")
def test_with_shutdown_0_clean_up_that_blocks_is_killed_at_once() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            block()

    with ManualClock() as time:
        runner = AsyncComputation.start(body, shutdown=0)
        opened(runner)
        runner.cancel("why")
        time.advance(0)
        assert outcomes() == [Cancelled("why", killed=True)]


@pytest.mark.sentence("R11")
def test_without_a_shutdown_limit_clean_up_takes_as_long_as_it_takes() -> None:
    gate = gevent.event.Event()

    def body() -> None:
        try:
            ask(Q)
        finally:
            gate.wait()

    with ManualClock() as time:
        runner = AsyncComputation.start(body, shutdown=None)
        opened(runner)
        runner.cancel("why")
        time.advance(1_000_000)
        assert outcomes() == []
        gate.set()
        assert outcomes() == [Cancelled("why")]


def keeping(gate: gevent.event.Event, seen: list[str]) -> None:
    """Swallow the first signal, keep it, and wait for what is not ours: nobody can tell that from clean-up."""
    kept: BaseException | None = None
    try:
        ask(Q)
    except BaseException as error:
        kept = error
    try:
        gate.wait()
        seen.append(f"went on, {kept!r}")
    finally:
        seen.append("left")
        del kept


def keeping_in_a_branch(event: gevent.event.Event, seen: list[str]) -> None:
    parallel(lambda: keeping(event, seen), partial(ask, Prompt("other")))


@pytest.mark.sentence("R11")
@pytest.mark.parametrize("body", [keeping, keeping_in_a_branch])
def test_without_a_shutdown_limit_who_keeps_the_signal_is_ended_by_a_kill(body: Callable[..., None]) -> None:
    seen: list[str] = []
    with ManualClock() as time:
        runner = AsyncComputation.start(body, gevent.event.Event(), seen, shutdown=None)
        opened(runner)
        runner.cancel("why")
        time.advance(1_000_000)
        assert (outcomes(), seen, runner.state) == ([], [], "running")
        kill(runner.ref)
        assert outcomes() == [Cancelled("why", killed=True)]
        assert seen == ["left"]


@pytest.mark.sentence("R11")
def test_no_timer_is_left_after_a_clean_up_in_time() -> None:
    with ManualClock() as time:
        runner = AsyncComputation.start(one_question)
        opened(runner)
        runner.cancel_sync()
        settle()
        assert time.pending == []


@pytest.mark.sentence("R11")
def test_shielded_holds_a_cancel_back_until_the_block_is_left() -> None:
    gate = gevent.event.Event()
    seen: list[str] = []

    def body() -> None:
        with shielded():
            gate.wait()
            give_way()
            seen.append("committed")
        ask(Q)
        seen.append("went on")

    runner = AsyncComputation.start(body)
    settle()
    runner.cancel("why")
    settle()
    assert runner.state == "running"
    gate.set()
    assert outcomes() == [Cancelled("why")]
    assert seen == ["committed"]


@pytest.mark.sentence("R11")
def test_shielded_holds_back_a_cancel_that_came_in_plain_code_before_the_block() -> None:
    seen: list[str] = []

    def body() -> None:
        cancel_me()
        with shielded():
            give_way()
            gevent.sleep(0)
            seen.append("committed")
        ask(Q)

    AsyncComputation.start(body)
    assert outcomes() == [Cancelled("mine")]
    assert seen == ["committed"]


@pytest.mark.sentence("R11")
def test_nested_shields_hold_until_the_outermost_is_left() -> None:
    gate = gevent.event.Event()
    seen: list[str] = []

    def body() -> None:
        with shielded():
            with shielded():
                gate.wait()
            give_way()
            seen.append("committed")
        give_way()

    runner = AsyncComputation.start(body)
    settle()
    runner.cancel("why")
    gate.set()
    assert outcomes() == [Cancelled("why")]
    assert seen == ["committed"]


@pytest.mark.sentence("R11")
def test_shielded_does_not_hold_past_the_limit() -> None:
    def body() -> None:
        with shielded():
            block()

    with ManualClock() as time:
        runner = AsyncComputation.start(body, shutdown=3.0)
        settle()
        runner.cancel("why")
        time.advance(3)
        assert outcomes() == [Cancelled("why", killed=True)]


@pytest.mark.sentence("R11")
def test_a_body_that_ends_inside_its_shield_and_blocks_nowhere_after_keeps_its_result() -> None:
    gate = gevent.event.Event()

    def body() -> str:
        with shielded():
            gate.wait()
        return "done"

    runner = AsyncComputation.start(body)
    settle()
    runner.cancel("why")
    gate.set()
    assert outcomes() == [Completed("done")]


@pytest.mark.sentence("R11", "C12")
def test_shielded_has_no_effect_outside_a_run() -> None:
    with shielded():
        give_way()
    with pytest.raises(ValueError, match="through"), shielded():
        raising(ValueError("through"))


@pytest.mark.sentence("R11")
def test_ask_behind_a_shield_that_holds_back_a_cancel_raises_the_signal() -> None:
    def body() -> None:
        current_runner[0].cancel("no more questions")
        with shielded():
            ask(Q)

    current_runner: list[AsyncComputation[None]] = []
    runner = AsyncComputation.start(body)
    current_runner.append(runner)
    assert runner.wait(5.0) == Cancelled("no more questions")
