"""Runs leave no cyclic garbage: a server that never pauses for the collector does not grow."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from typing import Any

import pytest

from actors import AsyncComputation, Completed, Prompt, Suspend, Throw, ask, handling, parallel
from actors.effects import state
from actors.runtime import kill
from actors.testing import settle
from tests.computation.common import Q, block, one_question, outcomes, wizard
from tests.garbage import begin_counting, count

MANY = 2_000


@pytest.fixture
def collected() -> Generator[Callable[[], int]]:
    """Call it for the number of objects that only the collector can free; it is off otherwise."""
    begin_counting()
    yield count
    gc.enable()


class Knot:
    itself: object


def run_wizard() -> None:
    runner, _ = AsyncComputation.start_sync(wizard, "a", "b", "c")
    runner.resume_sync(1)
    runner.resume_sync(2)
    assert isinstance(runner.resume_sync(3), Completed)


def run_by_events() -> None:
    runner = AsyncComputation.start(wizard, "a", "b")
    for suspend in runner.suspends(1):
        suspend.resume("x")


def fail() -> None:
    raise ValueError


def fail_after_a_question() -> None:
    raise ValueError(ask(Q))


def throw() -> None:
    runner, _ = AsyncComputation.start_sync(fail_after_a_question)
    assert isinstance(runner.resume_sync(1), Throw)


def throw_by_timeout() -> None:
    runner, _ = AsyncComputation.start_sync(lambda: ask(Q, timeout=0))
    assert isinstance(runner.wait(1), Throw)


def throw_from_result() -> None:
    assert isinstance(AsyncComputation.start_sync(lambda: AsyncComputation.start(fail).result())[1], Throw)


def throw_from_handler() -> None:
    def body() -> None:
        with handling(Prompt, lambda _: fail()):
            ask(Q)

    assert isinstance(AsyncComputation.start_sync(body)[1], Throw)


def cancel_suspended() -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    runner.cancel_sync()


def cancel_blocked() -> None:
    runner = AsyncComputation.start(block)
    settle()
    runner.cancel_sync()


def cancel_new() -> None:
    AsyncComputation.start(one_question).cancel_sync()


def cancel_with_error_in_clean_up() -> None:
    def body() -> None:
        try:
            ask(Q)
        finally:
            raise OSError

    AsyncComputation.start_sync(body)[0].cancel_sync()


def kill_suspended() -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    kill(runner.ref)
    outcomes()


def kill_new() -> None:
    kill(AsyncComputation.start(one_question).ref)
    outcomes()


def with_handlers() -> None:
    runner = AsyncComputation.start_sync(lambda: (state.get(), ask(Q)), handlers=lambda: state.holding(1))[0]
    runner.resume_sync(1)


def with_deadline() -> None:
    AsyncComputation.start_sync(one_question, deadline=1000.0)[0].resume_sync(1)


def with_block() -> None:
    with AsyncComputation.start(one_question) as runner:
        runner.wait(1)


def branches() -> None:
    runner, _ = AsyncComputation.start_sync(lambda: parallel(one_question, one_question))
    assert isinstance(runner.resume_sync(1), Suspend)
    assert isinstance(runner.resume_sync(1), Completed)


def branches_cancelled() -> None:
    runner, _ = AsyncComputation.start_sync(lambda: parallel(one_question, one_question))
    runner.cancel_sync()


def branches_thrown() -> None:
    AsyncComputation.start_sync(lambda: parallel(block, fail))


RUNS: list[tuple[Callable[[], None], int]] = [
    (run_wizard, MANY),
    (run_by_events, MANY),
    (throw, MANY),
    (throw_by_timeout, 200),
    (throw_from_result, 200),
    (throw_from_handler, 200),
    (cancel_suspended, MANY),
    (cancel_blocked, 200),
    (cancel_new, MANY),
    (cancel_with_error_in_clean_up, MANY),
    (kill_suspended, 200),
    (kill_new, 200),
    (with_handlers, 200),
    (with_deadline, 200),
    (with_block, 200),
    (branches, 200),
    (branches_cancelled, 200),
    (branches_thrown, 200),
]


@pytest.mark.sentence("R16")
@pytest.mark.parametrize(("run", "times"), RUNS, ids=[run.__name__ for run, _ in RUNS])
def test_runs_leave_no_cyclic_garbage(run: Callable[[], None], times: int, collected: Callable[[], int]) -> None:
    for _ in range(times):
        run()
    settle()
    assert collected() == 0


def test_a_killed_body_that_has_left_leaves_no_time_limit() -> None:
    runner: Any = AsyncComputation.start_sync(one_question)[0]
    kill(runner.ref)
    outcomes()
    settle()
    assert runner.leaving_.limit is None


def test_control_a_cycle_is_counted(collected: Callable[[], int]) -> None:
    cycle = Knot()
    cycle.itself = cycle
    del cycle
    assert collected() == 1


def test_a_throw_from_a_script_that_is_no_package_reaches_the_owner() -> None:
    names: dict[str, object] = {"__name__": "__main__", "__package__": None}
    exec("def computation():\n    raise ValueError('x')\n", names)
    computation: Any = names["computation"]
    _, outcome = AsyncComputation.start_sync(computation)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, ValueError)
