"""R18: what scopes add to a suspension."""

from __future__ import annotations

from typing import Any

import pytest

from actors import AsyncComputation, Completed, Question, Suspend, Throw, ask, handling, parallel
from actors.effects import decorating, state
from tests.computation.common import Q, briefly, one_question, opened, outcomes

pytestmark = pytest.mark.sentence("R18")


class Inner(Question[str]):
    """Handled by a question in its place."""


def data_of(body: Any) -> dict[Any, Any]:
    """The data of the first suspension of a body."""
    with AsyncComputation.start(body) as runner:
        return opened(runner).data


def test_data_is_an_empty_dict_when_nobody_decorates() -> None:
    assert data_of(one_question) == {}


def test_decorating_puts_what_the_function_returns_under_the_key() -> None:
    def body() -> None:
        with decorating("key", lambda: 7):
            ask(Q)

    assert data_of(body) == {"key": 7}


@pytest.mark.parametrize("key", ["text", int, ("a", 1), None], ids=["text", "class", "tuple", "None"])
def test_any_hashable_is_a_key(key: Any) -> None:
    def body() -> None:
        with decorating(key, lambda: 7):
            ask(Q)

    assert data_of(body) == {key: 7}


def test_the_function_is_called_once_for_each_suspension_and_for_every_one() -> None:
    calls: list[int] = []

    def count() -> int:
        calls.append(1)
        return len(calls)

    def body() -> None:
        with decorating("n", count):
            ask(Q)
            ask(Q)

    with AsyncComputation.start(body) as runner:
        first = opened(runner).data
        runner.resume("x")
        second = opened(runner).data
    assert (first, second, calls) == ({"n": 1}, {"n": 2}, [1, 1])


def test_nothing_is_added_after_the_block() -> None:
    def body() -> None:
        with decorating("n", lambda: 1):
            ask(Q)
        ask(Q)

    with AsyncComputation.start(body) as runner:
        opened(runner).resume("x")
        assert opened(runner).data == {}


def test_of_two_decorations_of_one_key_the_innermost_wins_and_the_outer_is_not_called() -> None:
    called: list[str] = []

    def body() -> None:
        with decorating("k", lambda: called.append("outer")), decorating("k", lambda: "inner"):
            ask(Q)

    assert data_of(body) == {"k": "inner"}
    assert called == []


def test_decorations_of_several_keys_are_all_there() -> None:
    def body() -> None:
        with decorating("a", lambda: 1), decorating("b", lambda: 2), decorating("a", lambda: 3):
            ask(Q)

    assert data_of(body) == {"a": 3, "b": 2}


def test_the_function_may_perform_operations() -> None:
    def body() -> None:
        with state.holding(1), decorating("state", state.get):
            state.put(5)
            ask(Q)

    assert data_of(body) == {"state": 5}


def test_each_suspension_has_a_dict_of_its_own() -> None:
    def body() -> None:
        ask(Q)
        ask(Q)

    with AsyncComputation.start(body) as runner:
        first = opened(runner)
        first.data["mine"] = 1
        first.resume("x")
        assert opened(runner).data == {}


def test_a_function_that_raises_raises_at_the_ask_and_nothing_is_put_to_the_owner() -> None:
    error = ValueError()

    def fail() -> None:
        raise error

    def body() -> None:
        with decorating("k", fail):
            ask(Q)

    AsyncComputation.start(body)
    assert outcomes() == [Throw(error)]


def test_what_is_no_function_is_refused() -> None:
    value: Any = 7
    with pytest.raises(TypeError, match="give a function"):
        decorating("k", value)


def test_a_block_left_by_a_foreign_timeout_decorates_no_more() -> None:
    def body() -> str:
        with briefly(), decorating("k", lambda: 1):
            ask(Q)
        return ask(Q)

    runner = AsyncComputation.start(body)
    first, second = runner.wait(1), runner.wait(1)
    assert isinstance(first, Suspend)
    assert isinstance(second, Suspend)
    assert (first.data, second.data) == ({"k": 1}, {})
    runner.resume("x")
    assert runner.wait(1) == Completed("x")


def test_a_question_that_a_handler_asks_in_its_place_is_decorated_by_the_scopes_of_the_handler() -> None:
    def body() -> None:
        with decorating("outer", lambda: 1), handling(Inner, lambda _: ask(Q)), decorating("inner", lambda: 2):
            ask(Inner())

    assert data_of(body) == {"outer": 1}


@pytest.mark.sentence("C9")
def test_branches_inherit_the_decorations_of_their_parent_and_add_their_own() -> None:
    def branch(name: str) -> str:
        with decorating("branch", lambda: name):
            return ask(Q)

    def body() -> Any:
        with decorating("parent", lambda: 0):
            return parallel(lambda: branch("a"), lambda: branch("b"))

    runner = AsyncComputation.start(body)
    datas: list[Any] = []
    for suspend in runner.suspends(1):
        datas.append(suspend.data)
        suspend.resume("x")
    assert datas == [{"parent": 0, "branch": "a"}, {"parent": 0, "branch": "b"}]
