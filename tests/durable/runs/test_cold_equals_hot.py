"""Cold equals hot: whatever the points at which the process dies, a run comes to what it would have come to."""

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import Suspend
from actors.durable import DetachedError, Store
from actors.durable.store_faults import StoreUnavailableError
from actors.testing import settle
from tests.durable.runs.programs import PROGRAMS, WORLDS, carried_out
from tests.durable.runs.world import Mortal, World, store_of

pytestmark = pytest.mark.sentence("D3", "D4", "D5")

MOST = 200  # resumptions of one program


class Told:
    """How a program went: what it came to, and what was done."""

    def __init__(self, kept: Store, program: Any, deaths: list[int], passivated: list[bool]) -> None:
        self.program = program
        self.deaths = deaths
        self.passivated = passivated
        self.world = World()
        self.kept = kept
        kept.forget("p")
        self.outcome: Any = None

    def tell(self) -> tuple[Any, ...]:
        """Run it to its end, dying after so many writes each time, and return all that can be seen of it."""
        WORLDS[:] = [self.world]
        runs: Any = None
        for writes in [*self.deaths, 10_000]:
            store = Mortal(self.kept, writes)
            runs = self.world.open(store, [carried_out], max_attempts=1000)
            try:
                self.drive(runs)
            except (StoreUnavailableError, DetachedError):
                assert store.dead
            if not store.dead:
                break
            self.world.die(runs)
        runs.close()
        return repr(self.outcome), sorted(self.world.deeds_by_name), self.world.repeated

    def drive(self, runs: Any) -> None:
        if self.kept.get("p") is None:
            runs.start(carried_out, self.program, id="p")
        for turn in range(MOST):
            self.outcome = runs.wait("p", 5)
            if not isinstance(self.outcome, Suspend):
                return
            if turn < len(self.passivated) and self.passivated[turn]:
                runs.passivate("p")
                settle()
            answer = self.outcome.value.name
            runs.resume("p", answer[-1] if answer.endswith("which") else answer, token=self.outcome.token)
        raise AssertionError("it does not end")


@pytest.fixture(autouse=True)
def _worlds() -> Generator[None]:
    yield
    WORLDS.clear()


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Store]:
    """One store for all the programs, of each kind."""
    with store_of(request.param, tmp_path_factory.mktemp("kept") / "runs.db") as made:
        yield made


@given(PROGRAMS, st.lists(st.integers(0, 12), max_size=4), st.lists(st.booleans(), max_size=10))
@settings(max_examples=60, deadline=None)
def test_cold_equals_hot(kept: Store, program: Any, deaths: list[int], passivated: list[bool]) -> None:
    hot = Told(kept, program, [], []).tell()
    cold = Told(kept, program, deaths, passivated).tell()
    assert hot[2] == 0
    assert cold[:2] == hot[:2]
    assert cold[2] <= 2 * len(deaths)  # one operation a branch may have been under way
