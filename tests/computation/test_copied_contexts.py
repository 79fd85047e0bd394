"""Generators and copied contexts inside runs: which handlers are in force where (C2, C5, T6)."""

from __future__ import annotations

from collections.abc import Generator
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

from actors import AsyncComputation, Completed, Prompt, Suspend, Throw, ask
from actors.effects import reader, state
from actors.effects.scope import NoHandlerError
from tests.computation.common import wizard

NUMBER: ContextVar[int] = ContextVar("NUMBER", default=0)


def outcome_of(fn: Any, *args: Any) -> Any:
    _, outcome = AsyncComputation.start_sync(fn, *args)
    return outcome


def numbers() -> Generator[int]:
    """Perform at each step, in the scope of whoever takes the step."""
    while True:
        yield reader.get()


@pytest.mark.sentence("C2")
def test_a_generator_performs_in_the_scope_of_whoever_takes_its_next_step() -> None:
    def body() -> list[int]:
        steps = numbers()
        with reader.reading(1):
            found = [next(steps)]
            with reader.reading(2):
                found.append(next(steps))
            found.append(next(steps))
        return found

    assert outcome_of(body) == Completed([1, 2, 1])


@pytest.mark.sentence("C1", "C5")
def test_a_generator_may_ask_and_a_run_that_is_cancelled_meanwhile_closes_it() -> None:
    closed: list[str] = []

    def asking() -> Generator[str]:
        try:
            while True:
                yield ask(Prompt("q"))
        finally:
            closed.append("closed")

    def body() -> None:
        for _ in asking():
            pass

    runner, first = AsyncComputation.start_sync(body)
    assert isinstance(first, Suspend)
    assert isinstance(runner.resume_sync(1, token=first.token), Suspend)
    runner.cancel_sync()
    assert closed == ["closed"]


@pytest.mark.sentence("C5")
def test_a_generator_that_holds_a_scope_open_keeps_it_until_it_is_closed() -> None:
    def holding() -> Generator[None]:
        with reader.reading("inner"):
            yield

    def body() -> list[object]:
        with reader.reading("outer"):
            steps = holding()
            next(steps)
            inside = reader.get()
            steps.close()
            return [inside, reader.get()]

    assert outcome_of(body) == Completed(["inner", "outer"])


@pytest.mark.sentence("C2", "T6")
def test_in_a_copied_context_the_handlers_are_those_of_the_copy() -> None:
    def body() -> list[object]:
        with reader.reading("outer"):
            copied = copy_context()
            with reader.reading("inner"):
                return [copied.run(reader.get), reader.get()]

    assert outcome_of(body) == Completed(["outer", "inner"])


@pytest.mark.sentence("C2", "T6")
def test_scopes_entered_in_a_copied_context_do_not_leak_out_of_it() -> None:
    def inside() -> int:
        NUMBER.set(7)
        with state.holding(0) as cell:
            state.put(state.get() + NUMBER.get())
            return cell.value

    def body() -> list[Any]:
        found: list[Any] = [copy_context().run(inside), NUMBER.get()]
        try:
            state.get()
        except NoHandlerError as error:
            found.append(type(error).__name__)
        return found

    assert outcome_of(body) == Completed([7, 0, "NoHandlerError"])


@pytest.mark.sentence("C1", "T6")
def test_a_run_may_ask_and_throw_in_a_copied_context() -> None:
    def body() -> tuple[str, ...]:
        with reader.reading("outer"):
            copied = copy_context()
            answers = copied.run(wizard, "a", "b")
            assert reader.get() == copied.run(reader.get) == "outer"
            return answers

    runner, outcome = AsyncComputation.start_sync(body)
    while isinstance(outcome, Suspend):
        outcome = runner.resume_sync(outcome.value.name, token=outcome.token)
    assert outcome == Completed(("a", "b"))
    assert isinstance(outcome_of(copy_context().run, int, "no number"), Throw)


@pytest.mark.sentence("C5", "T6")
def test_a_cancel_of_a_run_that_asks_in_a_copied_context_leaves_its_scopes_once() -> None:
    left: list[object] = []

    def asking() -> None:
        with reader.reading("inner"):
            try:
                ask(Prompt("q"))
            finally:
                left.append(reader.get())

    runner, _ = AsyncComputation.start_sync(copy_context().run, asking)
    runner.cancel_sync()
    assert left == ["inner"]
