"""Messages, exit signals, kills and cancels that come from another thread."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Cancelled, Completed, Resume, Suspend, receive, send, spawn
from actors.runtime import ActorRef, Down, Killed, Shutdown, current, dead_letters, kill, send_exit
from actors.runtime.scheduler import scheduler_here
from actors.testing import settle
from tests.computation.common import one_question
from tests.runtime.watching import PATIENCE


def elsewhere(body: Callable[[], object]) -> None:
    """Do something in a plain thread and wait for its end, while nothing of this thread runs."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            body()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert failed == []


def send_all(ref: ActorRef, count: int) -> None:
    for number in range(count):
        send(ref, number)


def test_messages_of_one_thread_arrive_in_the_order_they_were_sent() -> None:
    me = current()
    elsewhere(partial(send_all, me, 10_000))
    assert [receive(PATIENCE) for _ in range(10_000)] == list(range(10_000))


def test_nothing_is_lost_of_what_several_threads_send_at_once() -> None:
    me = current()
    go = threading.Barrier(4)

    def body(sender: int) -> None:
        go.wait()
        for number in range(2_000):
            send(me, (sender, number))

    threads = [threading.Thread(target=body, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    found = [receive(PATIENCE) for _ in range(8_000)]
    for thread in threads:
        thread.join()
    assert [[number for who, number in found if who == sender] for sender in range(4)] == [list(range(2_000))] * 4


@pytest.mark.sentence("T3")
def test_many_messages_are_one_wake_up() -> None:
    me = current()
    inbox = scheduler_here().inbox
    loop: Any = gevent.get_hub().loop
    before = len(loop._callbacks)
    elsewhere(partial(send_all, me, 1_000))
    assert (len(inbox.calls), len(loop._callbacks) - before) == (1_000, 1)
    settle()
    assert [receive(0) for _ in range(1_000)] == list(range(1_000))
    assert not inbox.waking


def test_a_wait_without_a_limit_is_woken_from_another_thread() -> None:
    me = current()
    waiting = threading.Event()

    def body() -> None:
        waiting.wait()
        send(me, "woken")

    thread = threading.Thread(target=body)
    thread.start()
    gevent.spawn(waiting.set)
    assert receive() == "woken"
    thread.join()


def test_an_actor_is_killed_from_another_thread() -> None:
    left: list[str] = []

    def body() -> None:
        try:
            receive()
        finally:
            left.append("left")

    ref = spawn(body, link=False, monitor=True)
    settle()
    elsewhere(lambda: kill(ref))
    down = receive(PATIENCE)
    assert isinstance(down, Down)
    settle()
    assert (down.reason, left) == (Killed(), ["left"])


def test_an_exit_signal_comes_from_another_thread() -> None:
    ref = spawn(receive, link=False, monitor=True)
    settle()
    elsewhere(lambda: send_exit(ref, Shutdown("elsewhere")))
    down = receive(PATIENCE)
    assert isinstance(down, Down)
    assert down.reason == Shutdown("elsewhere")


def test_a_run_is_cancelled_from_another_thread() -> None:
    runner, _ = AsyncComputation.start_sync(one_question)
    elsewhere(lambda: runner.cancel("elsewhere"))
    assert runner.wait(PATIENCE) == Cancelled("elsewhere")


def test_a_run_is_resumed_by_a_message_from_another_thread() -> None:
    runner, outcome = AsyncComputation.start_sync(one_question)
    assert isinstance(outcome, Suspend)
    elsewhere(lambda: send(runner.ref, Resume("yes", outcome.token)))
    assert runner.wait(PATIENCE) == Completed("yes")


def test_a_message_from_another_thread_to_the_dead_is_a_dead_letter() -> None:
    ref = spawn(lambda: None, link=False)
    settle()
    before = dead_letters.count
    elsewhere(lambda: send(ref, "late"))
    settle()
    assert dead_letters.count == before + 1


def test_a_message_to_a_thread_that_has_ended_is_a_dead_letter() -> None:
    refs: list[ActorRef] = []
    elsewhere(lambda: refs.append(current()))
    before = dead_letters.count
    send(refs[0], "late")
    assert dead_letters.count == before + 1


def test_a_message_that_a_thread_leaves_unread_in_its_inbox_is_a_dead_letter() -> None:
    refs: list[ActorRef] = []
    known, sent = threading.Event(), threading.Event()

    def body() -> None:
        refs.append(current())
        known.set()
        sent.wait()

    thread = threading.Thread(target=body)
    thread.start()
    known.wait()
    before = dead_letters.count
    send(refs[0], "unread")
    sent.set()
    thread.join()
    send(refs[0], "late")
    assert dead_letters.count == before + 2
