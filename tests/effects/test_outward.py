"""Handlers run in the scope outside their own: as plain Python says it, and as the compiled core does it."""

import gc
import importlib.util
import weakref
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from pathlib import Path
from typing import Any

import gevent
import gevent.event
import greenlet
import pytest

from actors.effects import handling, outward, perform, state
from actors.effects.scope import OUTSIDE, Installed, current_scope
from actors.ops import Op

Outward = Callable[[ContextVar[Any], Any, Callable[[Any], Any]], Any]


def plain() -> Any:
    """The module as plain Python, whether or not it was compiled."""
    source = Path(outward.__file__).parent / "outward.py"
    spec = importlib.util.spec_from_file_location("outward_plain", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Outward


@pytest.fixture(params=["as imported", "plain"])
def make(request: pytest.FixtureRequest) -> Outward:
    return outward.Outward if request.param == "as imported" else plain()


@pytest.fixture
def scope() -> ContextVar[str]:
    return ContextVar("scope", default="outside")


OTHER: ContextVar[int] = ContextVar("other", default=0)


def in_context(body: Callable[[], None]) -> None:
    Context().run(body)


@pytest.mark.sentence("C3")
def test_the_handler_sees_what_is_outside_and_the_performer_its_own_again(make: Outward, scope: ContextVar[str]) -> None:
    def body() -> None:
        answer = make(scope, "outer", lambda op: (op, scope.get())).answer
        scope.set("inner")
        for n in range(3):
            assert answer(n, "inner") == (n, "outer")
            assert scope.get() == "inner"

    in_context(body)


def test_where_no_context_was_entered_yet(make: Outward, scope: ContextVar[str]) -> None:
    def body() -> list[str]:
        answer = make(scope, "outer", lambda _: scope.get()).answer
        return [answer(None, "outside"), answer(None, "outside"), scope.get()]

    assert greenlet.greenlet(body).switch() == ["outer", "outer", "outside"]


def test_what_the_handler_raises_passes_and_the_scope_is_back(make: Outward, scope: ContextVar[str]) -> None:
    def body() -> None:
        answer = make(scope, "outer", lambda _: 1 / 0).answer
        scope.set("inner")
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                answer(None, "inner")
            assert scope.get() == "inner"

    in_context(body)


def test_what_a_handler_sets_stays_set(make: Outward, scope: ContextVar[str]) -> None:
    def body() -> None:
        answer = make(scope, "outer", lambda n: (OTHER.set(n), scope.get())[1]).answer
        scope.set("inner")
        for n in (1, 1, 2):
            assert answer(n, "inner") == "outer"
            assert (OTHER.get(), scope.get()) == (n, "inner")

    in_context(body)


def test_what_was_set_between_two_performances_is_there_in_both(make: Outward, scope: ContextVar[str]) -> None:
    def body() -> None:
        answer = make(scope, "outer", lambda _: (OTHER.get(), scope.get())).answer
        scope.set("inner")
        for n in (1, 2, 2, 3):
            OTHER.set(n)
            assert answer(None, "inner") == (n, "outer")
            assert answer(None, "inner") == (n, "outer")
            assert (OTHER.get(), scope.get()) == (n, "inner")

    in_context(body)


@pytest.mark.sentence("T6")
def test_a_copy_of_the_context_keeps_what_was_in_force_where_it_was_made(make: Outward, scope: ContextVar[str]) -> None:
    def body() -> None:
        answer = make(scope, "outer", lambda _: copy_context()).answer
        scope.set("inner")
        copies = [copy_context(), answer(None, "inner"), copy_context(), answer(None, "inner"), copy_context()]
        assert [copy[scope] for copy in copies] == ["inner", "outer", "inner", "outer", "inner"]

    in_context(body)


@pytest.mark.sentence("T6")
def test_two_greenlets_within_one_handler_at_once_do_not_meet(make: Outward, scope: ContextVar[str]) -> None:
    seen: list[tuple[str, int]] = []
    turns = [gevent.event.Event() for _ in range(4)]

    def handler(n: int) -> None:
        turns[n].set()
        turns[3 - n].wait()
        seen.append((scope.get(), n))

    shared = make(scope, "outer", handler)

    def body(n: int) -> str:
        scope.set(f"inner {n}")
        shared.answer(n, f"inner {n}")
        shared.answer(3 - n, f"inner {n}")
        return scope.get()

    both: Any = [gevent.spawn(body, 0), gevent.spawn(body, 3)]
    assert [one.get() for one in both] == ["inner 0", "inner 3"]
    assert sorted(seen) == [("outer", 0), ("outer", 0), ("outer", 3), ("outer", 3)]


def test_a_handler_that_performs_again_at_each_depth(make: Outward, scope: ContextVar[str]) -> None:
    def body() -> None:
        def handler(depth: int) -> list[str]:
            return [scope.get(), *(shared.answer(depth - 1, "outer") if depth else [])]

        shared = make(scope, "outer", handler)
        scope.set("inner")
        for _ in range(2):
            assert shared.answer(3, "inner") == ["outer"] * 4
            assert scope.get() == "inner"

    in_context(body)


class Ask(Op[int]):
    pass


def test_a_scope_that_was_left_is_freed_at_once_with_what_its_handlers_hold() -> None:
    class Held:
        pass

    gc.collect()
    gc.disable()
    try:
        held = Held()
        gone = weakref.ref(held)
        with handling(Ask, lambda _, held=held: id(held) and 1):  # type: ignore[misc]
            assert [perform(Ask()), perform(Ask())] == [1, 1]
        del held
        assert gone() is None
    finally:
        gc.enable()


def test_a_handler_that_is_made_of_a_source_is_made_when_it_is_first_needed() -> None:
    made: list[str] = []

    def make(source: str) -> Callable[[Ask], int]:
        made.append(source)
        return lambda _: len(source)

    with Installed({Ask: make}, None, source="one"):
        assert not made
        with Installed({Ask: make}, None, source="three"):
            assert [perform(Ask()), perform(Ask())] == [5, 5]
        assert made == ["three"]
        assert perform(Ask()) == 3


@pytest.mark.sentence("C5")
def test_a_handler_stack_is_whole_after_many_performances() -> None:
    with state.holding(0) as cell, handling(Ask, lambda _: state.get()):
        before = current_scope()
        for n in range(3):
            state.put(n)
            assert perform(Ask()) == n
        assert current_scope() is before
    assert cell.value == 2
    assert current_scope() is OUTSIDE
