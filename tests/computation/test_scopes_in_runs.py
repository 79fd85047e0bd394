"""C1, C5, C6, C7, C11: computations and their scopes, in a run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar, copy_context
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Cancelled, Completed, Op, Prompt, Suspend, Throw, ask, handling, notify, perform
from actors.effects import clock, fresh, randomness, reader, state
from actors.errors import NoHandlerError
from actors.runtime import give_way, kill
from actors.testing import ManualClock, answering
from tests.computation.common import Q, aside, attempt, one_question, only, opened, outcomes, wizard

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="default")


def add_one(number: int) -> int:
    return number + 1


class Double(Op[int]):
    """Twice a number."""

    number: int


class Call:
    """A callable that is no function."""

    def __call__(self) -> str:
        return ask(Q)

    def method(self) -> str:
        return ask(Q)


def in_helper() -> str:
    def helper(depth: int) -> str:
        return helper(depth - 1) if depth else ask(Q)

    return helper(50)


def in_with() -> str:
    with ExitStack():
        return ask(Q)


def in_except() -> str:
    try:
        raise ValueError
    except ValueError:
        return ask(Q)


def in_finally() -> str:
    answer = ""
    try:
        pass
    finally:
        answer = ask(Q)
    return answer


def in_sort_key() -> str:
    answers: list[str] = []

    def key(_: int) -> int:
        answers.append(ask(Q))
        return 0

    sorted([1], key=key)
    return answers[0]


def in_generator() -> str:
    return next(ask(Q) for _ in range(1))


def in_map() -> str:
    return next(map(ask, [Q]))


def in_property() -> str:
    class Lazy:
        @property
        def value(self) -> str:
            return ask(Q)

    return Lazy().value


@pytest.mark.sentence("C1")
@pytest.mark.parametrize(
    "fn",
    [
        one_question,
        lambda: ask(Q),
        Call(),
        Call().method,
        in_helper,
        in_with,
        in_except,
        in_finally,
        in_sort_key,
        in_generator,
        in_map,
        in_property,
    ],
    ids=[
        "function",
        "lambda",
        "object",
        "method",
        "helper",
        "with",
        "except",
        "finally",
        "callback",
        "generator",
        "map",
        "property",
    ],
)
def test_a_plain_callable_may_ask_at_any_depth(fn: Callable[[], str]) -> None:
    runner, suspend = AsyncComputation.start_sync(fn)
    assert isinstance(suspend, Suspend)
    assert runner.resume_sync("x") == Completed("x")


@pytest.mark.sentence("C1")
def test_a_loop_may_ask_each_time() -> None:
    runner = AsyncComputation.start(wizard, *(str(number) for number in range(100)))
    for suspend in runner.suspends(1):
        suspend.resume(suspend.value.name)
    assert runner.result(0) == tuple(str(number) for number in range(100))


@contextmanager
def scope(name: str, left: list[str]) -> Generator[None]:
    left.append(f"+{name}")
    try:
        yield
    finally:
        left.append(f"-{name}")


def scoped(left: list[str], leave: Callable[[], Any]) -> Any:
    with scope("outer", left), scope("inner", left):
        return leave()


ENTERED_AND_LEFT = ["+outer", "+inner", "-inner", "-outer"]


@pytest.mark.sentence("C5")
@pytest.mark.parametrize("end", ["return", "throw", "cancel"])
def test_each_entry_is_matched_by_exactly_one_leaving_innermost_first(end: str) -> None:
    left: list[str] = []

    def leave() -> Any:
        if ask(Q) == "throw":
            raise ValueError

    runner = AsyncComputation.start(scoped, left, leave)
    opened(runner)
    if end == "cancel":
        runner.cancel()
    else:
        runner.resume(end)
    kind = {"return": Completed, "throw": Throw, "cancel": Cancelled}[end]
    assert isinstance(only(outcomes()), kind)
    assert left == ENTERED_AND_LEFT


@pytest.mark.sentence("C5")
def test_a_suspension_leaves_no_scope() -> None:
    left: list[str] = []
    runner = AsyncComputation.start(scoped, left, one_question)
    opened(runner)
    assert left == ["+outer", "+inner"]
    runner.resume("x")
    outcomes()


@pytest.mark.sentence("C5")
def test_a_kill_leaves_no_scope_for_the_owner_to_wait_for() -> None:
    left: list[str] = []
    runner = AsyncComputation.start(scoped, left, one_question)
    opened(runner)
    kill(runner.ref)
    assert (runner.state, left) == ("finished", ["+outer", "+inner"])
    outcomes()


@pytest.mark.sentence("C5")
@pytest.mark.parametrize("end", ["return", "cancel"])
def test_code_that_runs_on_leaving_may_perform_operations_and_sees_the_scopes_still_open(end: str) -> None:
    seen: list[Any] = []

    def body() -> None:
        with state.holding("outer"):
            try:
                with state.holding("inner"):
                    try:
                        ask(Q)
                    finally:
                        seen.append(state.get())
            finally:
                clock.sleep(0)
                notify("leaving")
                seen.append(state.get())

    runner = AsyncComputation.start(body)
    opened(runner)
    if end == "cancel":
        runner.cancel()
    else:
        runner.resume("x")
    assert outcomes()[0].value == "leaving"
    assert seen == ["inner", "outer"]


@pytest.mark.sentence("C6")
def test_a_handler_that_raises_ends_the_computation() -> None:
    error = ValueError()

    def handler(_: Double) -> int:
        raise error

    def body() -> int:
        with handling(Double, handler):
            return perform(Double(1))

    AsyncComputation.start(body)
    assert outcomes() == [Throw(error)]


@pytest.mark.sentence("C6")
def test_a_handler_may_suspend_block_and_perform_other_operations() -> None:
    def handler(op: Double) -> int:
        gevent.sleep(0)
        clock.sleep(0)
        return op.number * int(ask(Q)) + int(state.get())

    def body() -> int:
        with state.holding(100), handling(Double, handler):
            return perform(Double(7))

    runner, suspend = AsyncComputation.start_sync(body)
    assert isinstance(suspend, Suspend)
    assert runner.resume_sync("2") == Completed(114)


@pytest.mark.sentence("C6")
def test_a_cancel_while_a_handler_suspends_leaves_the_scopes_of_handler_and_computation() -> None:
    left: list[str] = []

    def handler(_: Double) -> int:
        with scope("handler", left):
            return int(ask(Q))

    def body() -> int:
        with scope("body", left), handling(Double, handler):
            return perform(Double(7))

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel()
    outcomes()
    assert left == ["+body", "+handler", "-handler", "-body"]


@pytest.mark.sentence("C7", "R1")
def test_a_run_begins_with_the_handlers_of_handlers() -> None:
    runner = AsyncComputation.start(state.get, handlers=lambda: state.holding(7))
    assert runner.result(1) == 7


@pytest.mark.sentence("C7")
def test_a_run_does_not_see_the_scopes_of_its_spawner() -> None:
    with state.holding(7):
        AsyncComputation.start(state.get)
        assert isinstance(only(outcomes()).error, NoHandlerError)


@pytest.mark.sentence("C7")
def test_a_run_started_in_a_run_does_not_see_its_scopes() -> None:
    def outer() -> Any:
        with state.holding(7):
            return AsyncComputation.start_sync(state.get)[1]

    outcome = AsyncComputation.start(outer).result(1)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, NoHandlerError)


@pytest.mark.sentence("C7")
def test_handlers_is_called_anew_for_every_run() -> None:
    made: list[int] = []

    def handlers() -> Any:
        made.append(1)
        return state.holding(0)

    def count() -> int:
        state.modify(add_one)
        ask(Q)
        return int(state.get())

    runners = [AsyncComputation.start(count, handlers=handlers) for _ in range(3)]
    for runner in runners:
        opened(runner)
    for runner in runners:
        runner.resume("x")
    assert [runner.result(1) for runner in runners] == [1, 1, 1]
    assert made == [1, 1, 1]


@pytest.mark.sentence("C7", "C5")
@pytest.mark.parametrize("end", ["return", "cancel"])
def test_the_context_manager_of_handlers_is_left_once(end: str) -> None:
    left: list[str] = []
    runner = AsyncComputation.start(one_question, handlers=lambda: scope("handlers", left))
    opened(runner)
    if end == "cancel":
        runner.cancel()
    else:
        runner.resume("x")
    outcomes()
    assert left == ["+handlers", "-handlers"]


@pytest.mark.sentence("C7")
def test_handlers_that_raise_make_a_throw() -> None:
    error = ValueError()

    def handlers() -> Any:
        raise error

    AsyncComputation.start(one_question, handlers=handlers)
    assert outcomes() == [Throw(error)]


@pytest.mark.sentence("C7")
def test_other_context_variables_are_copied_from_the_spawner() -> None:
    token = VARIABLE.set("spawner's")
    try:
        runner = AsyncComputation.start(VARIABLE.get)
    finally:
        VARIABLE.reset(token)
    assert runner.result(1) == "spawner's"


@pytest.mark.sentence("C7")
def test_what_a_run_sets_is_not_seen_by_its_spawner_nor_by_other_runs() -> None:
    def body(value: str) -> str:
        VARIABLE.set(value)
        give_way()
        ask(Q)
        return VARIABLE.get()

    runners = [AsyncComputation.start(body, value) for value in ("a", "b")]
    for runner in runners:
        opened(runner)
        runner.resume("x")
    assert [runner.result(1) for runner in runners] == ["a", "b"]
    assert VARIABLE.get() == "default"


@pytest.mark.sentence("C7")
def test_a_run_on_a_recycled_worker_sees_nothing_of_the_one_before() -> None:
    AsyncComputation.start(VARIABLE.set, "before").result(1)
    assert AsyncComputation.start(VARIABLE.get).result(1) == "default"


@pytest.mark.sentence("C11")
def test_every_run_has_ask_notify_sleep_and_the_production_effects() -> None:
    def body() -> Any:
        notify(1)
        clock.sleep(0)
        return ask(Q), fresh.uuid4().version, 0 <= randomness.number() < 1, clock.now() > 0

    runner, _ = AsyncComputation.start_sync(body)
    assert runner.resume_sync("x") == Completed(("x", 4, True, True))
    assert len(outcomes()) == 1


@pytest.mark.sentence("C11")
def test_a_sleep_blocks_only_its_run() -> None:
    with ManualClock() as time:
        runner = AsyncComputation.start(clock.sleep, 2.0)
        assert AsyncComputation.start(lambda: 7).result(1) == 7
        time.advance(1)
        assert runner.state == "running"
        time.advance(1)
        assert runner.state == "finished"
    outcomes()


@pytest.mark.sentence("C11")
def test_a_handler_further_in_that_answers_a_question_does_so_without_a_suspension() -> None:
    def body() -> str:
        with answering("handled"):
            return ask(Q)

    assert AsyncComputation.start_sync(body)[1] == Completed("handled")
    assert outcomes() == []


@pytest.mark.sentence("C11")
def test_a_handler_in_handlers_answers_questions_too() -> None:
    runner = AsyncComputation.start(one_question, handlers=lambda: handling(Prompt, lambda question: question.name))
    assert runner.result(1) == "q"


@pytest.mark.sentence("C11")
def test_what_no_handler_takes_goes_out_to_the_owner() -> None:
    def body() -> tuple[str, str]:
        with handling(Prompt, lambda question: "inner" if question.name == "inner" else ask(question)):
            return ask(Prompt("inner")), ask(Prompt("outer"))

    runner, suspend = AsyncComputation.start_sync(body)
    assert isinstance(suspend, Suspend)
    assert suspend.value == Prompt("outer")
    assert runner.resume_sync("x") == Completed(("inner", "x"))


@pytest.mark.sentence("C11", "C7")
def test_a_standard_effect_that_has_no_default_is_not_there() -> None:
    AsyncComputation.start(reader.get)
    assert isinstance(only(outcomes()).error, NoHandlerError)


@pytest.mark.sentence("C11")
def test_a_greenlet_of_your_own_inside_a_run_may_not_ask_for_it() -> None:
    def body() -> Any:
        greenlet = gevent.Greenlet(copy_context().run, attempt, one_question)
        greenlet.start()
        return greenlet.get()

    error = AsyncComputation.start(body).result(1)
    assert isinstance(error, RuntimeError)
    assert "parallel" in str(error)


@pytest.mark.sentence("C4")
def test_an_ask_in_a_greenlet_of_ones_own_says_that_it_is_one() -> None:
    def body() -> Any:
        return aside(attempt, one_question).get()

    outcome = AsyncComputation.start(body).result(5.0)
    assert isinstance(outcome, NoHandlerError)
    assert "a greenlet of your own inside a run; use parallel(...)" in str(outcome)


@pytest.mark.sentence("C4")
def test_control_an_ask_in_a_greenlet_that_no_run_started_says_how_to_run() -> None:
    error = aside(attempt, one_question).get()
    assert "AsyncComputation.start(fn)" in str(error)
