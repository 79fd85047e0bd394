"""A store in memory and one in a file agree, whatever is done to both, also when the file is opened anew."""

import shutil
import tempfile
from collections.abc import Callable
from operator import methodcaller
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from actors.durable import MemoryStore, Store
from actors.durable.sqlite import SqliteStore
from actors.exits import ActorsError
from actors.testing import ManualClock
from tests.durable.store.stores import FENCE, entries, run_row

RUNS = st.sampled_from(["a", "b", "c"])
MESSAGES = st.sampled_from(["m", "n"])
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["running", "suspended", "parked", "finished"]),
        "since": st.floats(0.0, 10.0),
        "wake_at": st.none() | st.floats(0.0, 10.0),
        "question": st.none() | st.binary(max_size=5),
        "args": st.binary(max_size=5000),
        "fence": st.sampled_from([FENCE, FENCE + 1]),
    },
)


def outcome(use: Callable[[Store], Any], store: Store) -> object:
    try:
        return use(store)
    except ActorsError as error:
        return type(error), str(error)


class Agreement(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.memory = MemoryStore()
        self.sqlite = SqliteStore(Path(self.folder) / "runs.db")
        self.time = ManualClock().__enter__()

    def both(self, use: Callable[[Store], Any]) -> Any:
        expected = outcome(use, self.memory)
        assert outcome(use, self.sqlite) == expected
        return expected

    @rule(run=RUNS, count=st.integers(0, 3))
    def create(self, run: str, count: int) -> None:
        self.both(lambda store: store.create(run_row(run, next_seq=count), entries(0, count, run)))

    @rule(
        run=RUNS,
        off=st.sampled_from([0, 0, 0, 1]),
        count=st.integers(0, 3),
        changes=CHANGES,
        taken=st.lists(MESSAGES, max_size=2),
        cut=st.booleans(),
        right=st.sampled_from([True, True, True, False]),
    )
    def append(  # noqa: PLR0917  given by name
        self, run: str, off: int, count: int, changes: dict[str, Any], taken: list[str], cut: bool, right: bool
    ) -> None:
        row = self.memory.get(run)
        first, fence = (0, FENCE) if row is None else (row.next_seq + off, row.fence if right else row.fence + 5)
        written = entries(first, count, run)
        self.both(lambda store: store.append(run, written, changes, fence=fence, taken=taken, cut=cut).wait())

    @rule(run=RUNS, message=MESSAGES, payload=st.binary(max_size=5))
    def post(self, run: str, message: str, payload: bytes) -> None:
        self.both(lambda store: store.post(run, message, payload))

    @rule(run=RUNS)
    def forget(self, run: str) -> None:
        self.both(lambda store: store.forget(run))

    @rule(older_than=st.floats(0.0, 10.0))
    def retain(self, older_than: float) -> None:
        self.both(lambda store: store.retain(older_than))

    @rule()
    def open_anew(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteStore(Path(self.folder) / "runs.db")

    @invariant()
    def they_hold_the_same(self) -> None:
        for run in ("a", "b", "c"):
            self.both(methodcaller("load", run))
        self.both(lambda store: store.list())
        self.both(lambda store: store.list("parked"))
        self.both(lambda store: sorted(store.pending()))
        self.both(lambda store: store.next_wake())
        self.both(lambda store: sorted(store.due(5.0)))

    def teardown(self) -> None:
        self.time.__exit__(None, None, None)
        self.sqlite.close()
        shutil.rmtree(self.folder)


Agreement.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestAgreement = Agreement.TestCase
