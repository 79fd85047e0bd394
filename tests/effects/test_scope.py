"""Which handler answers, and in which scope it runs."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from actors.effects import NoHandlerError, ask, handling, parallel, perform, state, writer
from actors.effects.scope import OUTSIDE, current_scope, decorating, decorations_of
from actors.exits import ActorsError
from actors.ops import Op, Prompt, Question
from actors.testing import answering


class Fetch(Op[str]):
    url: str


class FetchTwice(Fetch):
    pass


class Other(Op[str]):
    pass


NAME = Prompt("name")


def elsewhere(callback: Callable[[], str]) -> str:
    """Someone else's library."""
    return "".join(callback() for _ in range(1))


@contextmanager
def asking_on_entry_and_exit() -> Generator[str]:
    yield ask(NAME)
    ask(NAME)


@pytest.mark.sentence("C1")
def test_operations_may_be_performed_at_any_depth_and_in_any_place() -> None:
    def computation() -> list[str]:
        heard = [ask(NAME) for _ in range(2)]
        with asking_on_entry_and_exit() as name:
            heard.append(name)
        try:
            raise KeyError
        except KeyError:
            heard.append(ask(NAME))
        finally:
            heard.append(ask(NAME))
        heard.append(elsewhere(lambda: ask(NAME)))
        return sorted(heard, key=lambda name: ask(Prompt(name)))

    with answering("a", "b", "c", "d", "e", "f", "g", *"654321") as asked:
        assert computation() == ["g", "f", "e", "c", "b", "a"]
    assert len(asked) == 13


@pytest.mark.sentence("C2")
def test_the_innermost_handler_answers_and_its_answer_is_returned() -> None:
    with handling(Fetch, lambda op: f"outer {op.url}"):
        with handling(Fetch, lambda op: f"inner {op.url}"):
            assert perform(Fetch("x")) == "inner x"
        assert perform(Fetch("x")) == "outer x"


@pytest.mark.sentence("C2")
def test_a_handler_for_a_base_class_answers_for_its_subclasses_and_not_the_other_way_round() -> None:
    with handling(Fetch, lambda op: type(op).__name__):
        assert perform(FetchTwice("x")) == "FetchTwice"
    with handling(FetchTwice, lambda _: "narrow"), pytest.raises(NoHandlerError):
        perform(Fetch("x"))


@pytest.mark.sentence("C2")
def test_an_inner_handler_for_a_base_class_comes_before_an_outer_one_for_the_class_itself() -> None:
    with handling(FetchTwice, lambda _: "outer, exact"), handling(Fetch, lambda _: "inner, base"):
        assert perform(FetchTwice("x")) == "inner, base"


@pytest.mark.sentence("C2")
def test_of_one_scope_the_handler_for_the_nearest_base_class_answers() -> None:
    with handling(Op, lambda _: "any"), handling(Fetch, lambda _: "near"):
        assert (perform(FetchTwice("x")), perform(Other())) == ("near", "any")


@pytest.mark.sentence("C2")
def test_control_a_scope_that_is_entered_later_is_not_hidden_by_what_was_looked_up_before() -> None:
    with handling(Fetch, lambda _: "outer"):
        assert perform(Fetch("x")) == "outer"
        with handling(Fetch, lambda _: "inner"):
            assert perform(Fetch("x")) == "inner"
        assert perform(Fetch("x")) == "outer"


@pytest.mark.sentence("C3")
def test_a_handler_that_performs_its_own_operation_reaches_the_next_handler_out() -> None:
    with (
        handling(Fetch, lambda op: op.url),
        handling(Fetch, lambda op: f"<{perform(op)}>"),
        handling(Fetch, lambda op: f"[{perform(op)}]"),
    ):
        assert perform(Fetch("x")) == "[<x>]"


@pytest.mark.sentence("C3")
def test_a_handler_does_not_see_the_scopes_inside_its_own() -> None:
    with state.holding("outer"), handling(Fetch, lambda _: state.get()), state.holding("inner"):
        assert perform(Fetch("x")) == "outer"
        assert state.get() == "inner"


@pytest.mark.sentence("C3")
def test_the_scope_of_the_caller_is_back_after_the_handler_returned_or_raised() -> None:
    def handler(op: Fetch) -> str:
        if op.url == "bad":
            raise KeyError(op.url)
        return op.url

    with handling(Fetch, handler), state.holding("inner"):
        here = current_scope()
        perform(Fetch("x"))
        assert current_scope() is here
        with pytest.raises(KeyError):
            perform(Fetch("bad"))
        assert current_scope() is here


@pytest.mark.sentence("C3")
def test_the_outermost_handler_of_a_kind_has_none_further_out() -> None:
    with handling(Fetch, perform), pytest.raises(NoHandlerError):
        perform(Fetch("x"))


@pytest.mark.sentence("C4")
def test_without_a_handler_the_error_names_the_operation_what_is_in_scope_and_what_to_do() -> None:
    with handling(Other, lambda _: ""), state.holding(0, name="count"), pytest.raises(NoHandlerError) as caught:
        perform(Fetch("x"))
    text = str(caught.value)
    assert "Fetch(url='x')" in text
    assert "Other" in text
    assert "Get(name='count')" in text
    assert "with handling(Fetch, " in text
    assert caught.value.op == Fetch("x")
    assert isinstance(caught.value, ActorsError | LookupError)


@pytest.mark.sentence("C4")
def test_without_an_owner_the_error_for_a_question_tells_of_answering() -> None:
    with pytest.raises(NoHandlerError, match=r"with answering\(\.\.\.\)"):
        ask(NAME)


@pytest.mark.sentence("C4")
def test_an_unknown_name_is_no_handler_and_the_names_in_force_are_listed() -> None:
    with writer.collected(name="log"), pytest.raises(NoHandlerError, match=r"Tell\(name='log'\)"):
        writer.tell("x", name="lag")


@pytest.mark.sentence("C5")
def test_scopes_are_left_once_each_innermost_first_and_see_those_that_are_still_open() -> None:
    left: list[str] = []

    @contextmanager
    def scope(name: str) -> Generator[None]:
        with state.holding(name):
            try:
                yield
            finally:
                left.append(state.get())

    with pytest.raises(KeyError), scope("outer"), scope("inner"):
        raise KeyError
    assert left == ["inner", "outer"]
    assert current_scope() is OUTSIDE


@pytest.mark.sentence("C6")
def test_what_a_handler_raises_comes_out_of_perform_and_can_be_caught_there() -> None:
    def refuse(op: Fetch) -> str:
        raise PermissionError(op.url)

    with handling(Fetch, refuse), pytest.raises(PermissionError) as caught:
        perform(Fetch("x"))
    assert caught.value.args == ("x",)


@pytest.mark.sentence("C6")
def test_a_handler_may_perform_other_operations() -> None:
    with answering("Ada"), handling(Fetch, lambda op: f"{op.url} for {ask(NAME)}"):
        assert perform(Fetch("x")) == "x for Ada"


def test_only_operations_can_be_performed() -> None:
    for wrong in (None, "Fetch", 1, object()):
        with pytest.raises(TypeError, match="is not an operation"):
            perform(wrong)  # type: ignore[arg-type]


def test_handling_refuses_what_is_no_operation_and_what_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="takes a subclass of Op"):
        handling(int, repr)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="give a function"):
        handling(Fetch, "answer")  # type: ignore[call-overload]


def test_one_installed_handler_cannot_be_entered_twice_at_a_time_but_again_later() -> None:
    once = handling(Fetch, lambda op: op.url)
    with once, pytest.raises(RuntimeError, match="already installed"), once:
        pass
    with once:
        assert perform(Fetch("x")) == "x"
    assert current_scope() is OUTSIDE


@pytest.mark.sentence("R18")
def test_the_innermost_decoration_wins_a_key_and_each_is_computed_anew() -> None:
    values = iter(range(10))
    with (
        decorating("step", lambda: "outer"),
        decorating("count", lambda: next(values)),
        decorating("step", lambda: "inner"),
    ):
        assert decorations_of(current_scope()) == {"step": "inner", "count": 0}
        assert decorations_of(current_scope()) == {"step": "inner", "count": 1}
    assert decorations_of(current_scope()) == {}


def test_a_decoration_has_to_be_a_function() -> None:
    with pytest.raises(TypeError, match="give a function"):
        decorating("step", 1)  # type: ignore[arg-type]


def test_one_decoration_cannot_be_entered_twice_at_a_time_but_again_later() -> None:
    once = decorating("step", lambda: 1)
    with once, pytest.raises(RuntimeError, match="already entered"), once:
        pass
    assert current_scope() is OUTSIDE
    with once:
        assert decorations_of(current_scope()) == {"step": 1}
    assert current_scope() is OUTSIDE


def test_a_class_in_place_of_an_operation_is_refused_also_after_one_was_performed() -> None:
    with handling(Fetch, lambda op: op.url):
        perform(Fetch("x"))
        with pytest.raises(TypeError, match="is not an operation"):
            perform(Fetch)  # type: ignore[arg-type]


def test_a_question_given_as_a_class_is_refused_by_ask() -> None:
    with answering(), pytest.raises(TypeError, match="give a Question"):
        ask(Prompt)  # type: ignore[arg-type]
    assert issubclass(Prompt, Question)


def test_branches_of_parallel_leave_the_scope_as_it_was() -> None:
    def branch() -> str:
        handling(Fetch, lambda _: "leaked").__enter__()
        return perform(Fetch("x"))

    with handling(Fetch, lambda _: "outer"):
        assert parallel(branch, lambda: perform(Fetch("x"))) == ("leaked", "outer")
        assert perform(Fetch("x")) == "outer"
