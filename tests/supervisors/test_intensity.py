"""The window in which restarts are counted, and the waits of a backoff. No greenlet runs here."""

from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supervisors import Backoff, Intensity
from supervisors.intensity import Window

# Few values, so that edges meet: a restart exactly `seconds` ago counts no more.
moments = st.lists(st.sampled_from([0.0, 0.25, 1.0, 1.25, 2.0, 2.5, 3.0, 1e9]), max_size=30)


class NaiveWindow:
    """What `Window` means, written with a list."""

    def __init__(self, intensity: Intensity) -> None:
        self.intensity = intensity
        self.times: list[float] = []

    def admit(self, now: float) -> bool:
        self.times = [time for time in self.times if now - self.intensity.seconds < time <= now]
        if len(self.times) < self.intensity.restarts:
            self.times.append(now)
            return True
        return False


@pytest.mark.sentence("S4")
@given(moments, st.integers(0, 4), st.sampled_from([0.25, 1.0, 2.0]))
@example([0.0, 1.0, 0.5, 1.0], 2, 1.0)
def test_a_window_admits_what_a_list_of_all_restarts_would(times: list[float], restarts: int, seconds: float) -> None:
    window, naive = Window(Intensity(restarts, seconds)), NaiveWindow(Intensity(restarts, seconds))
    for now in times:  # in any order: the clock jumps, and is put back
        assert window.admit(now) == naive.admit(now)
        assert window.count(now) == len(naive.times) <= restarts


@pytest.mark.sentence("S4")
@given(st.lists(st.floats(0, 10), max_size=60).map(sorted), st.integers(0, 5), st.floats(0.1, 5.0))
def test_no_stretch_of_that_many_seconds_has_more_restarts(times: list[float], restarts: int, seconds: float) -> None:
    window = Window(Intensity(restarts, seconds))
    admitted = [now for now in times if window.admit(now)]
    for now in admitted:
        assert sum(now - seconds < other <= now for other in admitted) <= restarts


@pytest.mark.sentence("S4")
def test_by_default_three_within_five_seconds_are_allowed() -> None:
    window = Window(Intensity())
    assert [window.admit(now) for now in (0.0, 1.0, 4.9, 4.99, 5.0, 5.9, 6.0)] == [True] * 3 + [False, True, False, True]


@pytest.mark.sentence("S4")
def test_none_is_allowed_where_none_is_said() -> None:
    assert not Window(Intensity(0)).admit(1.0)


@pytest.mark.sentence("S4", "S12")
def test_a_window_holds_no_more_than_it_has_to_count() -> None:
    window = Window(Intensity(3, 1.0))
    for step in range(10_000):
        window.admit(step * 0.5)
    assert window.count(4_999.5) == 2
    assert len(cast(Any, window)._times) <= 3


@pytest.mark.sentence("S4")
def test_a_clock_that_is_put_back_forgets_what_lies_ahead_of_it() -> None:
    window = Window(Intensity(2, 5.0))
    assert [window.admit(100.0), window.admit(101.0), window.admit(101.0)] == [True, True, False]
    assert window.admit(50.0)
    assert window.count(50.0) == 1


@pytest.mark.sentence("S5")
def test_the_waits_of_a_backoff_grow_by_its_factor_to_its_most() -> None:
    backoff = Backoff(0.5, 3.0, 10.0)
    assert [backoff.seconds(failures) for failures in range(1, 6)] == [0.5, 1.5, 4.5, 10.0, 10.0]
    assert Backoff(0.0).seconds(100_000) == 0.0


@pytest.mark.sentence("S5")
@given(st.floats(0, 100), st.floats(1, 100), st.floats(0, 1e6), st.integers(1, 100_000))
def test_a_wait_is_never_less_than_the_one_before_nor_more_than_the_most(
    first: float, factor: float, more: float, failures: int
) -> None:
    backoff = Backoff(first, factor, first + more)
    assert first <= backoff.seconds(failures) <= backoff.seconds(failures + 1) <= first + more
