"""Faults on purpose."""

import gevent
import pytest

from actors.effects import handling, operation, perform, state
from actors.exits import Crash
from actors.ops import Op
from actors.runtime import current, receive, send, spawn
from actors.runtime.spawning import sleep
from actors.testing import Probe, crash, failing, live_actors, settle


class Fetch(Op[str]):
    url: str


class FetchTwice(Fetch):
    pass


@operation
def create_user(name: str) -> str:
    return f"user {name}"


@pytest.mark.parametrize("block", [receive, lambda: receive(100), lambda: sleep(100), lambda: gevent.sleep(100)], ids=str)
def test_crash_raises_in_an_actor_where_it_blocks(block: object) -> None:
    probe, error = Probe(), ValueError("injected")

    def body() -> None:
        try:
            block()  # type: ignore[operator]
        except ValueError as raised:
            send(probe.ref, raised)
            raise

    ref = spawn(body, link=False, monitor=True)
    crash(ref, error)
    assert probe.receive(0) is error
    assert receive(0).reason == Crash(error)
    assert live_actors() == []


def test_an_actor_may_handle_the_error_and_go_on() -> None:
    seen: list[object] = []

    def body() -> None:
        try:
            receive()
        except OSError as error:
            seen.append(error.args[0])
        seen.append(receive())

    ref = spawn(body)
    crash(ref, OSError("injected"))
    send(ref, "next")
    settle()
    assert seen == ["injected", "next"]


def test_crash_loses_no_message() -> None:
    seen: list[object] = []

    def body() -> None:
        for _ in range(3):
            try:
                seen.append(receive())
            except OSError:
                seen.append("crash")

    ref = spawn(body)
    send(ref, 1)
    crash(ref, OSError("injected"))
    send(ref, 2)
    settle()
    assert seen == [1, "crash", 2]


def test_crash_refuses_an_actor_that_has_ended_and_one_that_is_not_blocked() -> None:
    ref = spawn(int)
    settle()
    with pytest.raises(ValueError, match="has ended"):
        crash(ref, OSError("injected"))
    with pytest.raises(ValueError, match="is not blocked"):
        crash(current(), OSError("injected"))
    with pytest.raises(TypeError, match="is not an exception"):
        crash(ref, "error")  # type: ignore[arg-type]


def test_failing_has_the_first_performances_fail_and_passes_the_others_on() -> None:
    error = OSError("injected")
    with handling(Fetch, lambda op: op.url), failing(Fetch, error, times=2) as failed:
        for _ in range(2):
            with pytest.raises(OSError, match="injected") as caught:
                perform(Fetch("x"))
            assert caught.value is error
        assert perform(Fetch("y")) == "y"
    assert failed == [Fetch("x"), Fetch("x")]


def test_failing_reaches_subclasses_of_the_operation() -> None:
    with handling(Fetch, lambda op: op.url), failing(Fetch, OSError("injected")):
        with pytest.raises(OSError, match="injected"):
            perform(FetchTwice("x"))
        assert perform(FetchTwice("x")) == "x"


def test_failing_takes_operation_functions_whose_body_runs_afterwards() -> None:
    with failing(create_user, OSError("injected")):
        with pytest.raises(OSError, match="injected"):
            create_user("Ada")
        assert create_user("Ada") == "user Ada"


def test_failing_passes_on_to_the_handler_that_replaces_an_operation_function() -> None:
    with handling(create_user, lambda name: f"fake {name}"), failing(create_user, OSError("injected")):
        with pytest.raises(OSError, match="injected"):
            create_user("Ada")
        assert create_user("Ada") == "fake Ada"


def test_failing_leaves_other_operations_alone() -> None:
    with state.holding(0), failing(state.Put, OSError("injected")):
        assert state.get() == 0
        with pytest.raises(OSError, match="injected"):
            state.put(1)
        state.put(2)
        assert state.get() == 2


def test_failing_refuses_what_cannot_be_handled_or_raised() -> None:
    with pytest.raises(TypeError, match="takes a subclass of Op"):
        failing(int, OSError("injected"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="is not an exception"):
        failing(Fetch, "error")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="times=0"):
        failing(Fetch, OSError("injected"), times=0)
