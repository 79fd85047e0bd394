from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import gevent
import gevent.local
import pytest
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from actors.effects import NoHandlerError, handling, perform, reader, state
from actors.ops import Op
from actors.runtime import Normal, Shutdown, give_way, receive, send_exit, spawn
from actors.runtime.scheduler import scheduler_here
from actors.testing import settle
from tests.runtime.watching import boom, end_of, run

CHOICE: ContextVar[str] = ContextVar("CHOICE", default="unset")


class Ask(Op[str]):
    """An operation without a default."""


@pytest.mark.sentence("T6")
def test_a_scope_follows_its_actor_over_every_wait() -> None:
    seen: list[tuple[str, str]] = []

    def body(name: str) -> None:
        with handling(Ask, lambda _: name):
            for _ in range(3):
                give_way()
                seen.append((name, perform(Ask())))

    for name in "abc":
        spawn(body, name)
    settle()
    assert seen == [(name, name) for name in [*"abc"] * 3]


@pytest.mark.sentence("T6")
def test_context_variables_follow_their_actor_over_every_wait() -> None:
    seen: list[tuple[str, str]] = []

    def body(name: str) -> None:
        CHOICE.set(name)
        for _ in range(3):
            give_way()
            seen.append((name, CHOICE.get()))

    for name in "abc":
        spawn(body, name)
    settle()
    assert seen == [(name, name) for name in [*"abc"] * 3]


@pytest.mark.sentence("T6")
def test_the_logging_context_follows_its_actor_over_every_wait() -> None:
    seen: list[tuple[str, dict[str, Any]]] = []

    def body(name: str) -> None:
        bind_contextvars(who=name)
        for _ in range(3):
            give_way()
            seen.append((name, get_contextvars()))

    for name in "abc":
        spawn(body, name)
    settle()
    assert seen == [(name, {"who": name}) for name in [*"abc"] * 3]


@pytest.mark.sentence("T6")
def test_what_an_actor_sets_is_not_seen_by_its_spawner() -> None:
    run(CHOICE.set, "actor's")
    assert CHOICE.get() == "unset"


@pytest.mark.sentence("T6")
def test_what_the_spawner_sets_after_spawning_is_not_seen_by_the_actor() -> None:
    seen: list[str] = []
    ref = spawn(lambda: seen.append(CHOICE.get()))
    token = CHOICE.set("later")
    end_of(ref)
    CHOICE.reset(token)
    assert seen == ["unset"]


@pytest.mark.sentence("T6")
def test_the_logging_context_is_copied_from_the_spawner() -> None:
    seen: list[dict[str, Any]] = []
    bind_contextvars(request=7)
    try:
        ref = spawn(lambda: seen.append(get_contextvars()))
    finally:
        clear_contextvars()
    end_of(ref)
    assert seen == [{"request": 7}]


@pytest.mark.sentence("T6")
def test_a_scope_of_the_spawner_is_not_in_force_in_the_actor() -> None:
    refused: list[int] = []

    def body() -> None:
        with pytest.raises(NoHandlerError):
            perform(Ask())
        refused.append(1)

    with handling(Ask, lambda _: "spawner's"):
        run(body)
    assert refused == [1]


@pytest.mark.sentence("T6")
def test_a_reader_and_a_state_of_one_actor_are_not_those_of_another() -> None:
    seen: dict[int, tuple[str, int]] = {}

    def body(number: int) -> None:
        with reader.reading(f"settings {number}"), state.holding(number):
            give_way()
            state.put(state.get() + 100)
            give_way()
            seen[number] = (reader.get(), state.get())

    for number in range(5):
        spawn(body, number)
    settle()
    assert seen == {number: (f"settings {number}", number + 100) for number in range(5)}


# -- a recycled worker


def on_one_worker(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Run two bodies one after the other; the second on the worker of the first, or on a new one."""
    spawn(first, link=False, monitor=True)
    spawn(second, link=False, monitor=True)
    settle()
    receive(0)
    assert receive(0).reason == Normal()


def leave_traces() -> None:
    CHOICE.set("last actor's")
    bind_contextvars(who="last actor")


def leave_traces_and_crash() -> None:
    leave_traces()
    boom()


def leave_traces_and_wait() -> None:
    leave_traces()
    give_way()


traces = pytest.mark.parametrize("first", [leave_traces, leave_traces_and_crash, leave_traces_and_wait])


@pytest.mark.sentence("T6")
@traces
def test_a_recycled_worker_shows_nothing_of_the_context_of_its_last_actor(first: Callable[[], object]) -> None:
    seen: list[object] = []
    on_one_worker(first, lambda: seen.extend([CHOICE.get(), get_contextvars()]))
    assert seen == ["unset", {}]


@pytest.mark.sentence("T6")
def test_a_recycled_worker_shows_nothing_of_a_scope_that_its_last_actor_never_left() -> None:
    seen: list[str] = []

    def enters() -> None:
        handling(Ask, lambda _: "last actor's").__enter__()

    def looks() -> None:
        try:
            seen.append(perform(Ask()))
        except NoHandlerError:
            seen.append("nothing")

    on_one_worker(enters, looks)
    assert seen == ["nothing"]


@pytest.mark.sentence("T6")
def test_a_recycled_worker_shows_nothing_of_the_gevent_local_data_of_its_last_actor() -> None:
    local = gevent.local.local()
    seen: list[bool] = []

    def sets() -> None:
        local.value = 1

    on_one_worker(sets, lambda: seen.append(hasattr(local, "value")))
    assert seen == [False]


@pytest.mark.sentence("T6")
def test_a_recycled_worker_shows_nothing_of_the_attributes_that_its_last_actor_gave_its_greenlet() -> None:
    seen: list[bool] = []

    def sets() -> None:
        gevent.getcurrent().mine = 1  # type: ignore[attr-defined]

    on_one_worker(sets, lambda: seen.append(hasattr(gevent.getcurrent(), "mine")))
    assert seen == [False]


@pytest.mark.sentence("T6")
def test_gevent_local_data_follows_its_actor() -> None:
    local = gevent.local.local()
    seen: list[tuple[str, str]] = []

    def body(name: str) -> None:
        local.name = name
        for _ in range(3):
            give_way()
            seen.append((name, local.name))

    for name in "abc":
        spawn(body, name)
    settle()
    assert seen == [(name, name) for name in [*"abc"] * 3]


@pytest.mark.sentence("T6")
def test_a_pooled_worker_does_not_keep_the_context_of_its_last_actor_alive() -> None:
    run(leave_traces)
    assert [worker.gr_context for worker in scheduler_here().pool if worker.gr_context is not None] == []


@pytest.mark.sentence("T6")
def test_clean_up_after_a_signal_sees_the_scopes_and_variables_of_its_actor() -> None:
    seen: list[str] = []

    def body() -> None:
        CHOICE.set("mine")
        with handling(Ask, lambda _: "my answer"):
            try:
                receive()
            finally:
                give_way()
                seen.extend([CHOICE.get(), perform(Ask())])

    ref = spawn(body, link=False)
    settle()
    send_exit(ref, Shutdown())
    settle()
    assert seen == ["mine", "my answer"]


@pytest.mark.sentence("T6")
def test_the_scope_of_a_foreign_greenlet_survives_its_waits() -> None:
    ref = spawn(lambda: None)
    with handling(Ask, lambda _: "main's"):
        end_of(ref)
        assert perform(Ask()) == "main's"
