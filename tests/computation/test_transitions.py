"""R22: the table of a run's transitions, and a real run walked along it."""

from __future__ import annotations

from typing import Any, cast

import gevent.event
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors import AsyncComputation, Cancelled, Completed, Notify, Question, Suspend, Throw, ask, notify
from actors.computation.transitions import (
    CANCELLING,
    FINISHED,
    RUNNING,
    STATES,
    SUSPENDED,
    TABLE,
    UNWINDING,
    Input,
    Made,
    State,
)
from actors.errors import FinishedError, NotSuspendedError
from actors.runtime import ActorExit, kill
from actors.testing import crash, settle
from tests.computation.common import attempt, outcomes

pytestmark = pytest.mark.sentence("R22")


@pytest.mark.parametrize("state", STATES, ids=repr)
@pytest.mark.parametrize("event", Input, ids=lambda event: event.name)
def test_every_state_has_a_row_for_every_input_and_the_code_reads_that_row(state: State, event: Input) -> None:
    step = state.step(event)
    assert (step.state, step.made) == TABLE[state][event]
    assert step.state in STATES


@pytest.mark.parametrize("event", Input, ids=lambda event: event.name)
def test_finished_is_absorbing_and_nothing_more_comes_of_anything(event: Input) -> None:
    state, made = TABLE[FINISHED][event]
    assert state is FINISHED
    assert made in {Made.NOTHING, Made.SIGNAL, Made.FINISHED}


def test_the_table_has_no_other_states_and_no_other_inputs() -> None:
    assert set(TABLE) == set(STATES)
    assert {frozenset(row) for row in TABLE.values()} == {frozenset(Input)}


@pytest.mark.parametrize("state", [CANCELLING, UNWINDING], ids=repr)
def test_a_cancelled_run_never_runs_on_nor_suspends(state: State) -> None:
    assert {following for following, _ in TABLE[state].values()} <= {CANCELLING, UNWINDING, FINISHED}


def test_a_run_that_unwinds_can_only_end_as_cancelled() -> None:
    ends = {made for following, made in TABLE[UNWINDING].values() if following is FINISHED}
    assert ends == {Made.CANCELLED, Made.KILLED}


@pytest.mark.parametrize("state", STATES, ids=repr)
def test_every_state_is_reached_from_the_first(state: State) -> None:
    reached, todo = {RUNNING}, [RUNNING]
    while todo:
        for following, _ in TABLE[todo.pop()].values():
            if following not in reached:
                reached.add(following)
                todo.append(following)
    assert state in reached


class Number(Question[int]):
    """Refuses what is no number."""

    def parse(self, answer: Any) -> int:
        return int(answer)


class Interrupt(Exception):
    """Thrown into an ask from outside."""


class Obedient:
    """A body that does what it is told, also while it is being unwound."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.gate = gevent.event.Event()
        self.signalled = 0  # how many asks raised the signal
        self.over = False

    def tell(self, order: str) -> None:
        self.orders.append(order)
        self.gate.set()
        settle()

    def __call__(self) -> str:
        try:
            return self.obey()
        except ActorExit:
            return self.obey()
        finally:
            self.over = True

    def obey(self) -> str:
        while True:
            self.gate.wait()
            self.gate.clear()
            order = self.orders.pop(0)
            if order == "return":
                return "returned"
            if order == "throw":
                raise LookupError
            if order == "notify":
                notify("notice")
            if order == "ask":
                try:
                    ask(Number())
                except Interrupt:
                    pass
                except ActorExit as signal:
                    if self.signal_of_this_ask(signal):
                        continue
                    raise

    def signal_of_this_ask(self, signal: ActorExit) -> bool:
        """Tell whether an ask was refused because the signal was already there (and not struck while it waited)."""
        refused = signal.__context__ is not None
        self.signalled += refused
        return refused


KINDS = {
    Made.SUSPEND: [Suspend],
    Made.NOTIFY: [Notify],
    Made.COMPLETED: [Completed],
    Made.THROW: [Throw],
    Made.CANCELLED: [Cancelled],
    Made.KILLED: [Cancelled],
}


class Walk(RuleBasedStateMachine):
    """Drives one real run, and beside it a state that only the table moves."""

    def __init__(self) -> None:
        super().__init__()
        outcomes()
        self.body = Obedient()
        self.runner: AsyncComputation[Any] = AsyncComputation.start(self.body, shutdown=None)
        settle()
        self.state = RUNNING
        self.finals: list[Any] = []

    def goes(self, event: Input) -> Made:
        """Move the state along the table."""
        self.state, made = TABLE[self.state][event]
        return made

    def expect(self, made: Made) -> None:
        """Compare what the owner heard, and the phase, with the table."""
        found = outcomes()
        assert [type(outcome) for outcome in found] == KINDS.get(made, [])
        if found and made in {Made.KILLED, Made.CANCELLED}:
            assert found[0].killed is (made is Made.KILLED)
        self.finals += [outcome for outcome in found if isinstance(outcome, Completed | Throw | Cancelled)]
        assert self.runner.phase is self.state

    def order(self, order: str, event: Input) -> None:
        before = self.body.signalled
        made = self.goes(event)
        self.body.tell(order)
        self.expect(made)
        assert self.body.signalled - before == (made is Made.SIGNAL)

    def idle(self) -> bool:
        """Whether the body waits for an order."""
        return self.state is not SUSPENDED and not self.body.over

    @precondition(idle)
    @rule(times=st.integers(1, 2))
    def asks(self, times: int) -> None:
        for _ in range(times if self.state is not RUNNING else 1):
            self.order("ask", Input.ASK)

    @precondition(idle)
    @rule()
    def notifies(self) -> None:
        self.order("notify", Input.NOTIFY)

    @precondition(idle)
    @rule()
    def returns(self) -> None:
        self.order("return", Input.RETURN)

    @precondition(idle)
    @rule()
    def throws(self) -> None:
        self.order("throw", Input.THROW)

    @rule(answer=st.sampled_from(["7", "seven"]), with_token=st.booleans())
    def is_answered(self, answer: str, with_token: bool) -> None:
        suspended = self.state is SUSPENDED
        token = self.runner.token if with_token and suspended else None
        made = self.goes(Input.RESUME if answer == "7" else Input.REFUSE)
        error = attempt(lambda: self.runner.resume(answer, token=token))
        expected = {Made.NOT_SUSPENDED: NotSuspendedError, Made.FINISHED: FinishedError}.get(made, type(None))
        assert type(error) is expected
        self.expect(made)

    @precondition(lambda self: self.state is SUSPENDED)
    @rule()
    def is_interrupted(self) -> None:
        made = self.goes(Input.WITHDRAW)
        crash(self.runner.ref, Interrupt())
        self.expect(made)

    @rule(times=st.integers(1, 2), answers=st.booleans())
    def is_cancelled(self, times: int, answers: bool) -> None:
        signalled = self.state in (RUNNING, SUSPENDED)
        for _ in range(times):
            assert self.goes(Input.CANCEL) is Made.NOTHING
            self.runner.cancel("why")
            assert self.runner.phase is self.state
        if answers:
            made = self.goes(Input.RESUME)
            expected = {Made.NOT_SUSPENDED: NotSuspendedError, Made.FINISHED: FinishedError}[made]
            assert type(attempt(lambda: self.runner.resume("7"))) is expected
        made = self.goes(Input.RAISE) if signalled else Made.NOTHING
        self.expect(made)

    @rule()
    def is_killed(self) -> None:
        made = self.goes(Input.KILL)
        kill(self.runner.ref)
        assert self.runner.phase is self.state
        self.expect(made)

    @invariant()
    def there_is_at_most_one_final_outcome_and_the_runner_has_it(self) -> None:
        assert len(self.finals) == (self.state is FINISHED)
        assert self.runner.state == self.state.phase
        if self.finals:
            assert self.runner.outcome is self.finals[0]

    @invariant()
    def a_token_is_there_exactly_when_a_question_is_open(self) -> None:
        assert (self.runner.token is not None) == (self.state is SUSPENDED)

    def teardown(self) -> None:
        kill(self.runner.ref)
        settle()
        if not self.body.over:
            self.body.tell("return")
        outcomes()


TestWalk: Any = pytest.mark.sentence("R22")(cast(Any, Walk).TestCase)
TestWalk.settings = settings(max_examples=60, stateful_step_count=20, deadline=None, database=None)
