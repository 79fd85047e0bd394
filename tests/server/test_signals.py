"""Signals of the operating system while servers run in the main thread."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent.monkey import get_original

from actors import receive
from actors.runtime import ActorRef, Crash, Down, Shutdown, monitor, send_exit
from actors.runtime.scheduler import scheduler_here
from actors.runtime.watchdog import is_idle
from actors.server import Call, NoReply, Server, ServerExitedError, call, reply
from actors.testing import settle
from tests.runtime.watching import PATIENCE

pytestmark = pytest.mark.sentence("A12", "A13", "R3")

start_thread: Callable[..., int] = get_original("_thread", "start_new_thread")


class Desk(Server):
    """Replies when it is told to, and notes its end."""

    def __init__(self, ended: list[object]) -> None:
        self.ended = ended
        self.waiting: list[Call] = []

    def handle_call(self, request: str, call: Call) -> Any:
        match request:
            case "wait":
                self.waiting.append(call)
                return NoReply()
            case "interrupt yourself":
                signal.raise_signal(signal.SIGINT)
                return "not reached"
            case _:
                for waiting in self.waiting:
                    reply(waiting, "late")
                return request

    def terminate(self, reason: object) -> None:
        self.ended.append(reason)


def when_idle(number: int) -> None:
    """Send this process a signal as soon as the main thread waits in its hub."""
    main, me = scheduler_here().thread, os.getpid()

    def work() -> None:
        until = time.monotonic() + 60.0
        while not is_idle(sys._current_frames()[main]) and time.monotonic() < until:  # pyright: ignore[reportPrivateUsage]
            pass
        os.kill(me, number)

    start_thread(work, ())


def test_ctrl_c_comes_out_of_a_call_that_waits_and_the_server_goes_on() -> None:
    ended: list[object] = []
    desk = Server.start(Desk, ended)
    when_idle(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        call(desk, "wait", timeout=60.0)
    assert call(desk, "again") == "again"  # and the late reply to the first is dropped
    assert ended == []
    send_exit(desk, Shutdown("enough"))
    settle()


def test_ctrl_c_in_a_handler_ends_its_server_and_is_raised_in_the_main_greenlet() -> None:
    ended: list[object] = []
    desk = Server.start(Desk, ended, link=False)
    monitor(desk)
    with pytest.raises((KeyboardInterrupt, ServerExitedError)) as caught:
        call(desk, "interrupt yourself", timeout=60.0)
    if caught.type is ServerExitedError:  # the reply that never comes is told first, and then the main greenlet
        with pytest.raises(KeyboardInterrupt):
            gevent.sleep(PATIENCE)
    down = receive(PATIENCE)
    assert isinstance(down, Down)
    assert isinstance(down.reason, Crash)
    assert isinstance(down.reason.error, KeyboardInterrupt)
    assert len(ended) == 1


def test_sigterm_ends_a_server_in_order_where_gevent_is_asked_to_take_it() -> None:
    ended: list[object] = []
    desk: ActorRef = Server.start(Desk, ended, link=False)
    handler = gevent.signal_handler(signal.SIGTERM, send_exit, desk, Shutdown("SIGTERM"))
    try:
        when_idle(signal.SIGTERM)
        with pytest.raises(ServerExitedError) as caught:
            call(desk, "wait", timeout=60.0)
    finally:
        handler.cancel()
    assert caught.value.reason == Shutdown("SIGTERM")
    assert ended == [Shutdown("SIGTERM")]
