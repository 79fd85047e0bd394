"""`ManualClock`: time passes only in `advance`."""

import gevent
import pytest

from actors import clock
from actors.effects.clock import now, sleep
from actors.runtime import kill, receive, send, spawn
from actors.testing import ManualClock, Probe, settle


def test_a_sleep_ends_when_its_time_has_passed_and_not_before() -> None:
    woken: list[float] = []

    def sleeper() -> None:
        sleep(10)
        woken.append(now())

    with ManualClock() as time:
        spawn(sleeper)
        time.advance(9.5)
        assert woken == []
        time.advance(0.5)
        assert woken == [10.0]


def test_timers_fire_in_order_also_those_that_are_started_on_the_way() -> None:
    woken: list[tuple[str, float]] = []

    def sleeper(name: str, *times: float) -> None:
        for seconds in times:
            sleep(seconds)
            woken.append((name, now()))

    with ManualClock(start=100) as time:
        spawn(sleeper, "a", 3, 3)
        spawn(sleeper, "b", 2, 3, 2)
        time.advance(7)
        assert woken == [("b", 102), ("a", 103), ("b", 105), ("a", 106), ("b", 107)]
        assert time.now() == 107


def test_timers_that_are_due_at_the_same_time_fire_in_the_order_they_were_started() -> None:
    woken: list[int] = []

    def sleeper(number: int) -> None:
        sleep(1)
        woken.append(number)

    with ManualClock() as time:
        for number in range(20):
            spawn(sleeper, number)
        time.advance(1)
    assert woken == list(range(20))


def test_a_receive_gives_up_when_the_clock_says_so() -> None:
    probe = Probe()

    def impatient() -> None:
        try:
            receive(5)
        except TimeoutError as error:
            send(probe.ref, error)

    with ManualClock() as time:
        spawn(impatient)
        time.advance(4.9)
        probe.nothing()
        time.advance(0.1)
        probe.expect(TimeoutError)


def test_a_timer_that_is_no_longer_needed_never_fires() -> None:
    seen: list[object] = []
    with ManualClock() as time:
        ref = spawn(lambda: seen.append(receive(5)))
        settle()
        assert time.pending == [5.0]
        send(ref, "in time")
        settle()
        assert time.pending == []
        time.advance(10)
    assert seen == ["in time"]


def test_the_process_clock_is_the_manual_one_inside_and_the_machines_again_afterwards() -> None:
    with ManualClock(start=5) as time:
        before = clock.monotonic()
        time.advance(2)
        assert (clock.now(), clock.monotonic() - before) == (7, 2)
    assert clock.now() == pytest.approx(clock.SYSTEM.now())


def test_real_timers_go_on_as_they_were() -> None:
    with ManualClock(), pytest.raises(gevent.Timeout), gevent.Timeout(0.001):
        receive()


def test_after_the_block_the_runtime_uses_real_timers_again() -> None:
    with ManualClock():
        pass
    with pytest.raises(TimeoutError):
        receive(0.001)


def test_a_timer_that_is_pending_when_the_clock_is_left_never_fires() -> None:
    with ManualClock() as time:
        ref = spawn(sleep, 1, link=False)
        settle()
        assert time.pending == [1.0]
    settle()
    assert ref.alive
    kill(ref)


def test_advance_refuses_negative_times_and_a_clock_that_is_not_in_place() -> None:
    time = ManualClock()
    with pytest.raises(RuntimeError, match="not in place"):
        time.advance(1)
    with time, pytest.raises(ValueError, match="seconds=-1"):
        time.advance(-1)


def test_a_clock_cannot_be_put_in_place_twice_at_a_time() -> None:
    with ManualClock() as time, pytest.raises(RuntimeError, match="already in place"):
        time.__enter__()
