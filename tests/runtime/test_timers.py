"""One timer of the loop serves all of the same length: each fires once, at its time, unless it was stopped."""

import gc
import weakref
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import receive, spawn
from actors.runtime import timers
from actors.runtime.scheduler import scheduler_here
from actors.runtime.timers import MOST, Line, LineTimer, start_in_line
from actors.testing import settle
from actors.testing.virtual import VirtualLoop


class Times:
    """A loop in virtual time, its lines, and what fired when."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.lines: dict[float, Line] = {}
        self.fired: list[tuple[float, object]] = []

    def start(self, seconds: float, name: object, then: Callable[[], None] = lambda: None) -> LineTimer:
        def fire() -> None:
            self.fired.append((self.loop.elapsed, name))
            then()

        return start_in_line(self.lines, self.loop, seconds, fire)

    def running(self) -> int:
        """How many timers of the loop run."""
        return sum(timer.callback is not None for timer in self.loop.timers)

    def pass_time(self, seconds: float) -> None:
        until = self.loop.elapsed + seconds
        while (due := self.loop.due_next()) and due[0].due <= until:
            self.loop.fire(due[0])
        self.loop.elapsed = until


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    made = Times()
    monkeypatch.setattr(timers, "_monotonic", made.loop.monotonic)
    return made


def test_timers_of_one_length_fire_in_order_and_one_timer_of_the_loop_serves_them(times: Times) -> None:
    for name in range(4):
        times.start(5.0, name)
        times.pass_time(1.0)
        assert times.running() == 1
    times.pass_time(10.0)
    assert times.fired == [(5.0, 0), (6.0, 1), (7.0, 2), (8.0, 3)]
    assert times.running() == 0


def test_when_the_last_is_stopped_no_timer_of_the_loop_runs(times: Times) -> None:
    started = [times.start(5.0, name) for name in range(3)]
    for timer in (started[1], started[0], started[2]):
        assert times.running() == 1
        timer.stop()
        timer.stop()
    assert times.running() == 0
    times.pass_time(10.0)
    assert times.fired == []


def test_those_behind_a_stopped_one_keep_their_time(times: Times) -> None:
    first = times.start(5.0, "first")
    times.pass_time(2.0)
    times.start(5.0, "second")
    first.stop()
    times.pass_time(10.0)
    assert times.fired == [(7.0, "second")]


def test_a_timer_that_has_fired_can_be_stopped(times: Times) -> None:
    timer = times.start(5.0, "one")
    times.pass_time(5.0)
    times.start(5.0, "two")
    timer.stop()
    timer.close()
    times.pass_time(5.0)
    assert times.fired == [(5.0, "one"), (10.0, "two")]


def test_a_callback_may_start_and_stop_timers_of_its_line(times: Times) -> None:
    def then() -> None:
        victim.stop()
        times.start(5.0, "started")

    times.start(5.0, "first", then)
    victim = times.start(5.0, "stopped")
    times.pass_time(20.0)
    assert times.fired == [(5.0, "first"), (10.0, "started")]
    assert times.running() == 0


def test_a_callback_that_raises_does_not_hold_up_the_others(times: Times) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    times.start(5.0, "bad", fail)
    times.start(5.0, "good")
    with pytest.raises(ZeroDivisionError):
        times.pass_time(5.0)
    times.pass_time(5.0)
    assert times.fired == [(5.0, "bad"), (5.0, "good")]


def test_lines_of_many_lengths_are_not_kept(times: Times) -> None:
    for length in range(10 * MOST):
        times.start(1.0 + length, length).stop()
    assert len(times.lines) <= MOST + 1
    many = [times.start(0.5 + length, length) for length in range(10 * MOST)]
    for timer in many:
        timer.stop()
    assert len(times.lines) <= MOST + 1
    times.start(1.0, "still")
    times.pass_time(1.0)
    assert [name for _, name in times.fired] == ["still"]


def test_a_stopped_timer_holds_nothing(times: Times) -> None:
    class Waiter:
        def timed_out(self) -> None:
            pass

    gc.collect()
    gc.disable()
    try:
        waiter = Waiter()
        gone = weakref.ref(waiter)
        others = [start_in_line(times.lines, times.loop, 5.0, lambda: None) for _ in range(2)]
        timer = start_in_line(times.lines, times.loop, 5.0, waiter.timed_out)
        others.append(start_in_line(times.lines, times.loop, 5.0, lambda: None))
        timer.stop()
        del waiter, timer
        assert gone() is None
    finally:
        gc.enable()
    for other in others:
        other.stop()


STEPS = st.one_of(
    st.tuples(st.just("start"), st.sampled_from([1.0, 2.0, 5.0])),
    st.tuples(st.just("stop"), st.integers(0, 30)),
    st.tuples(st.just("pass"), st.sampled_from([0.0, 0.5, 1.0, 3.0])),
)


@given(st.lists(STEPS, max_size=60))
def test_they_fire_as_if_each_had_a_timer_of_its_own(steps: list[tuple[str, float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        times = Times()
        patch.setattr(timers, "_monotonic", times.loop.monotonic)
        started: list[LineTimer] = []
        due: dict[int, float] = {}
        expected: list[tuple[float, object]] = []
        steps.append(("pass", 10.0))
        for step, value in steps:
            if step == "start":
                due[len(started)] = times.loop.elapsed + value
                started.append(times.start(value, len(started)))
            elif step == "stop" and value < len(started):
                started[int(value)].stop()
                due.pop(int(value), None)
            elif step == "pass":
                times.pass_time(value)
                over = sorted((at, name) for name, at in due.items() if at <= times.loop.elapsed)
                expected += over
                for _, name in over:
                    del due[name]
                assert sorted(times.fired, key=str) == sorted(expected, key=str)
                assert times.running() == len({line.seconds for line in times.lines.values() if line.first})
        assert [at for at, _ in times.fired] == [at for at, _ in expected]


def test_waiting_actors_with_equal_limits_leave_nothing_behind() -> None:
    late: list[int] = []

    def wait(n: int) -> None:
        try:
            receive(timeout=0.01)
        except TimeoutError:
            late.append(n)

    for n in range(5):
        spawn(wait, n, link=False)
    settle()
    assert not late or len(late) == 5
    spawn_and_wait()
    assert late == list(range(5))
    assert all(line.first is None and line.running is None for line in scheduler_here().lines.values())


def spawn_and_wait() -> None:
    """Let more time pass than the others wait."""
    with pytest.raises(TimeoutError):
        receive(timeout=0.05)


def test_a_virtual_timer_that_was_stopped_can_be_started_again(times: Times) -> None:
    timer = times.loop.timer(2.0)
    timer.start(times.fired.append, (0.0, "stopped"))
    timer.stop()
    times.pass_time(1.0)
    timer.start(times.fired.append, (3.0, "started again"))
    times.pass_time(5.0)
    assert times.fired == [(3.0, "started again")]
    assert times.loop.timers == []
