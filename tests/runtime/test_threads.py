import threading
from collections.abc import Callable
from typing import Any

import pytest

from actors.runtime import (
    Crash,
    Down,
    Exit,
    LinkedExitError,
    Normal,
    actor,
    current,
    monitor,
    receive,
    send,
    spawn,
    trap_exits,
)
from actors.testing import settle
from tests.runtime.watching import PATIENCE, Boom, boom


def in_thread(body: Callable[[], object]) -> Any:
    """Run a body in a plain thread and return what it returned or raised."""
    result: list[object] = []

    def run() -> None:
        try:
            result.append(body())
        except Exception as error:
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def converse() -> int:
    me = current()
    ref = spawn(lambda: send(me, receive() + 1))
    send(ref, 1)
    got: int = receive(PATIENCE)
    return got


@pytest.mark.sentence("A6")
def test_a_plain_thread_exchanges_messages_with_its_actors() -> None:
    assert in_thread(converse) == 2


@pytest.mark.sentence("A6")
def test_each_thread_is_an_actor_of_its_own() -> None:
    assert in_thread(current) is not current()


@pytest.mark.sentence("A6")
def test_threads_that_follow_one_another_each_use_the_runtime() -> None:
    assert [in_thread(converse) for _ in range(5)] == [2] * 5


@pytest.mark.sentence("A6")
def test_the_signal_of_a_link_is_raised_from_the_next_wait_of_a_thread() -> None:
    def body() -> None:
        spawn(boom)
        receive(PATIENCE)

    error = in_thread(body)
    assert isinstance(error, LinkedExitError)
    assert isinstance(error.__cause__, Boom)


@pytest.mark.sentence("A6")
def test_a_thread_that_traps_exits_gets_a_message() -> None:
    def body() -> object:
        trap_exits(True)
        spawn(boom)
        return receive(PATIENCE)

    message = in_thread(body)
    assert isinstance(message, Exit)
    assert isinstance(message.reason, Crash)


@pytest.mark.sentence("A6")
def test_the_end_of_a_block_is_noticed_in_a_thread() -> None:
    def body() -> object:
        outer = current()
        with actor() as inner:

            def watch() -> None:
                monitor(inner)
                send(outer, receive())

            spawn(watch, link=False)
            settle()
        return receive(PATIENCE)

    down = in_thread(body)
    assert isinstance(down, Down)
    assert down.reason == Normal()
