"""Where decisions come from: pure."""

from collections import Counter

import pytest

from actors.testing import Script, Seeded
from actors.testing.decisions import STREAK, Drawn, Recorder

FIRST = [74, 79, 94, 73, 92, 2, 46, 94]

pytestmark = pytest.mark.sentence("T7")


def test_a_seed_decides_the_same_each_time() -> None:
    def decided(seed: int) -> list[object]:
        decisions = Seeded(seed)
        return [(decisions.pick(range(5)), decisions.chance(0.5), decisions.below(9)) for _ in range(200)]

    assert all(decided(seed) == decided(seed) for seed in range(8))
    assert decided(1) != decided(2)


def test_the_first_decisions_of_a_seed_are_these_on_every_machine() -> None:
    decisions = Seeded(5)
    assert [decisions.below(100) for _ in range(8)] == FIRST


def test_nobody_is_starved_by_one_that_is_always_ready() -> None:
    for seed in range(20):
        decisions = Seeded(seed)
        picked = Counter(decisions.pick((1, 2)) for _ in range(10 * STREAK))
        assert min(picked[0], picked[1]) > 0, seed


def test_a_script_is_ordinary_after_its_end_and_begins_anew_when_restarted() -> None:
    script = Script(2, 1, 0, 0)
    assert repr(script) == "Script(2, 1)"
    assert [script.pick((7, 8, 9)), script.chance(0.1), script.chance(0.1), script.below(5)] == [2, True, False, 0]
    assert script.restarted().pick((7, 8, 9)) == 2
    assert repr(Script(1, seed=4)) == "Script(1, seed=4)"


def test_drawn_bytes_make_the_probable_more_often_and_zero_nothing() -> None:
    often = [Drawn(value).chance(0.5) for value in range(256)]
    seldom = [Drawn(value).chance(0.001) for value in range(256)]
    assert (sum(often), sum(seldom), often[0]) == (128, 1, False)
    assert not Drawn(255).chance(0.0)


def test_a_recorder_writes_down_what_a_script_repeats() -> None:
    recorder = Recorder(Seeded(3))
    seen = [(recorder.pick((1, 2, 3)), recorder.chance(0.3), recorder.below(4), recorder.pick((1,))) for _ in range(50)]
    script = Recorder(Script(*recorder.made))
    assert seen == [(script.pick((1, 2, 3)), script.chance(0.3), script.below(4), script.pick((1,))) for _ in range(50)]
