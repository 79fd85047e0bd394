"""The planted race of examples/deposits.py: 10,000 ordinary runs do not find it, exploring does."""

import pytest

from actors.testing import explore, settle
from examples.deposits import deposit_twice

RUNS = 10_000


def test_ten_thousand_ordinary_runs_find_nothing() -> None:
    done = 0
    for _ in range(RUNS):
        deposit_twice()  # its own assertion would fail
        done += 1
    settle()
    assert done == RUNS


@pytest.mark.sentence("T7")
def test_exploring_finds_the_race_and_shows_a_short_schedule() -> None:
    with pytest.raises(AssertionError, match="20 was deposited, 10 is there") as caught:
        explore(deposit_twice, runs=100)
    call, schedule, found = caught.value.__notes__
    assert call.startswith("simulate(Script(")
    assert schedule.count("\n") < 30
    assert "found by explore with seed" in found
