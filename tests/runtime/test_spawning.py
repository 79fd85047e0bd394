import copy
from collections.abc import Callable, Generator
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from actors.runtime import (
    ActorExit,
    ActorRef,
    Crash,
    Down,
    Exit,
    NameTakenError,
    Normal,
    Shutdown,
    current,
    give_way,
    receive,
    send,
    spawn,
    trap_exits,
    whereis,
)
from actors.testing import settle
from tests.runtime.watching import PATIENCE, Boom, boom, end_of, run

CHOICE: ContextVar[str] = ContextVar("CHOICE", default="unset")


@pytest.mark.sentence("A1")
def test_spawn_returns_the_ref_that_the_body_sees_as_its_own() -> None:
    seen: list[ActorRef] = []
    ref = spawn(lambda: seen.append(current()))
    settle()
    assert seen == [ref]


@pytest.mark.sentence("A1")
def test_the_body_begins_at_the_next_switch_and_not_before() -> None:
    begun: list[int] = []
    spawn(begun.append, 1)
    before = list(begun)
    give_way()
    assert (before, begun) == ([], [1])


@pytest.mark.sentence("A1")
def test_the_body_gets_its_arguments_in_order() -> None:
    got: list[tuple[int, str]] = []

    def body(number: int, text: str) -> None:
        got.append((number, text))

    assert run(body, 1, "two") == Normal()
    assert got == [(1, "two")]


@pytest.mark.sentence("A1")
def test_actors_begin_in_the_order_in_which_they_were_spawned() -> None:
    begun: list[int] = []
    for number in range(200):
        spawn(begun.append, number)
    settle()
    assert begun == list(range(200))


@pytest.mark.sentence("A1")
def test_a_body_that_crashes_on_its_first_line_delivers_its_true_reason_over_the_link() -> None:
    trap_exits(True)
    ref = spawn(boom)
    message = receive(PATIENCE)
    assert isinstance(message, Exit)
    assert message.ref is ref
    assert isinstance(message.reason, Crash)
    assert isinstance(message.reason.error, Boom)


@pytest.mark.sentence("A1")
def test_a_body_that_crashes_on_its_first_line_delivers_its_true_reason_to_the_monitor() -> None:
    ref = spawn(boom, link=False, monitor=True)
    message = receive(PATIENCE)
    assert isinstance(message, Down)
    assert message.ref is ref
    assert isinstance(message.reason, Crash)
    assert isinstance(message.reason.error, Boom)


@pytest.mark.sentence("A1")
def test_without_a_link_the_spawner_learns_nothing() -> None:
    trap_exits(True)
    spawn(give_way, link=False)
    settle()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A1")
def test_the_link_of_spawn_is_symmetric() -> None:
    children: list[ActorRef] = []

    def parent() -> None:
        children.append(spawn(receive))
        raise ActorExit(Shutdown())

    assert run(parent) == Shutdown()
    settle()
    assert not children[0].alive


@pytest.mark.sentence("A1", "A7")
def test_the_name_is_registered_before_the_body_begins() -> None:
    ref = spawn(give_way, name="early")
    assert whereis("early") is ref
    assert ref.name == "early"
    end_of(ref)


@pytest.mark.sentence("A1", "A7")
def test_a_spawn_whose_name_is_taken_starts_nothing() -> None:
    holder = spawn(give_way, name="taken")
    begun: list[int] = []
    with pytest.raises(NameTakenError, match="taken") as raised:
        spawn(begun.append, 1, name="taken")
    settle()
    assert raised.value.holder is holder
    assert begun == []


@pytest.mark.sentence("A1")
def test_the_error_of_a_crash_begins_its_traceback_in_the_users_code() -> None:
    reason = run(boom)
    assert isinstance(reason, Crash)
    trace = reason.error.__traceback__
    assert trace is not None
    assert trace.tb_frame.f_code is boom.__code__


@pytest.mark.sentence("A1", "T6")
def test_context_variables_are_copied_from_the_spawner() -> None:
    seen: list[str] = []
    token = CHOICE.set("spawner's")
    try:
        ref = spawn(lambda: seen.append(CHOICE.get()))
    finally:
        CHOICE.reset(token)
    end_of(ref)
    assert seen == ["spawner's"]


def two(first: int, second: int = 0) -> None: ...


def needs_keyword(*, key: int) -> None: ...


def generates() -> Generator[None]:
    yield


async def coroutine() -> None: ...


@pytest.mark.parametrize(
    ("body", "args", "words"),
    [
        pytest.param(3, (), "not callable", id="number"),
        pytest.param(None, (), "not callable", id="None"),
        pytest.param(two, (), "first", id="too few"),
        pytest.param(two, (1, 2, 3), "too many", id="too many"),
        pytest.param(needs_keyword, (), "key", id="keyword"),
        pytest.param(generates, (), "generator", id="generator"),
        pytest.param(coroutine, (), "coroutine", id="coroutine"),
    ],
)
def test_a_body_that_cannot_be_called_so_is_refused_where_it_is_given(
    body: Callable[..., Any], args: tuple[Any, ...], words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        spawn(body, *args)


def test_a_refused_spawn_leaves_its_name_free() -> None:
    refused: Callable[..., Any] = two
    with pytest.raises(TypeError):
        spawn(refused, name="unused")
    assert whereis("unused") is None


@pytest.mark.parametrize("args", [(1,), (1, 2)], ids=["without default", "with default"])
def test_arguments_with_defaults_may_be_left_out(args: tuple[int, ...]) -> None:
    body: Callable[..., Any] = two
    assert run(body, *args) == Normal()


def test_keyword_arguments_go_through_partial() -> None:
    assert run(partial(needs_keyword, key=1)) == Normal()


def test_a_method_is_a_body_also_after_its_function_was_one() -> None:
    class Counter:
        count = 0

        def step(self) -> None:
            self.count += 1

    counter = Counter()
    run(Counter.step, counter)
    run(counter.step)
    assert counter.count == 2


def test_a_ref_is_never_duplicated_by_copying() -> None:
    ref = spawn(give_way)
    assert copy.copy(ref) is ref
    assert copy.deepcopy([ref])[0] is ref
    end_of(ref)


def test_a_ref_tells_whether_its_actor_has_ended() -> None:
    ref = spawn(receive, link=False)
    settle()
    before = ref.alive
    send(ref, "go")
    settle()
    assert (before, ref.alive) == (True, False)
