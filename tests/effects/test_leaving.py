"""Scopes that are left out of order: by a generator that is closed late, or by hand."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextvars import copy_context

import pytest

from actors import Op, handling, perform
from actors.effects.scope import OUTSIDE, current_scope, decorating


class Fetch(Op[str]):
    url: str


def outer(op: Fetch) -> str:
    return "outer"


def inner(op: Fetch) -> str:
    return "inner"


def holding_a_scope() -> Generator[None]:
    with handling(Fetch, outer):
        yield


@pytest.mark.sentence("C5")
def test_a_scope_that_is_left_before_those_within_it_takes_them_along_and_says_so() -> None:
    generator = holding_a_scope()
    next(generator)
    with handling(Fetch, inner):
        with pytest.raises(RuntimeError, match="before the scopes entered within it"):
            generator.close()
        assert current_scope() is OUTSIDE
    assert current_scope() is OUTSIDE


@pytest.mark.sentence("C5")
def test_a_decoration_that_is_left_too_early_takes_along_what_is_within_it() -> None:
    decoration = decorating("step", lambda: 1)
    decoration.__enter__()
    with handling(Fetch, inner), pytest.raises(RuntimeError, match="before the scopes entered within it"):
        decoration.__exit__()
    assert current_scope() is OUTSIDE


@pytest.mark.sentence("C7")
def test_a_generator_that_is_closed_elsewhere_leaves_that_scope_alone() -> None:
    generator = holding_a_scope()
    copy_context().run(next, generator)
    with handling(Fetch, inner):
        del generator
        gc.collect()
        assert perform(Fetch("x")) == "inner"
    assert current_scope() is OUTSIDE


@pytest.mark.sentence("C5")
def test_control_scopes_left_in_order_say_nothing() -> None:
    with handling(Fetch, outer):
        with handling(Fetch, inner):
            assert perform(Fetch("x")) == "inner"
        assert perform(Fetch("x")) == "outer"
    assert current_scope() is OUTSIDE
