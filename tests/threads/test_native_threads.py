"""The native threads of a hub: how many there are, when they leave, and what they leave behind."""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

import gevent
import pytest
from gevent.event import Event

from actors import AsyncComputation, offload
from actors.runtime import threads as native
from actors.runtime.scheduler import scheduler_here
from actors.runtime.threads import MOST, NativeThreads
from actors.testing import settle
from tests.runtime.watching import PATIENCE


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> NativeThreads:
    """Threads of this test alone, in the place of those of this hub."""
    made = NativeThreads(scheduler_here().inbox)
    before = getattr(native._of_thread, "threads", None)  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(native._of_thread, "threads", made, raising=False)  # pyright: ignore[reportPrivateUsage]
    assert before is not made
    return made


class Farewell:
    """Says when the thread that keeps it has ended."""

    def __init__(self, ended: threading.Event) -> None:
        self.ended = ended

    def __del__(self) -> None:
        self.ended.set()


kept = threading.local()


def end_of_a_thread() -> threading.Event:
    """Have a native thread keep something, and return what is set when that thread ends."""
    ended = threading.Event()

    def keep() -> None:
        kept.farewell = Farewell(ended)

    offload(keep)
    return ended


@pytest.mark.sentence("T4")
def test_as_many_run_at_once_as_there_may_be_threads_and_others_wait_for_one(threads: NativeThreads) -> None:
    begun: list[int] = []
    latch, full = threading.Event(), threading.Event()

    def block(n: int) -> int:
        begun.append(n)
        if len(begun) == MOST:
            full.set()
        latch.wait(PATIENCE)
        return n

    runners = [AsyncComputation.start(offload, block, n) for n in range(MOST + 3)]
    while threads.in_flight < MOST + 3:
        gevent.sleep(0)
    assert full.wait(PATIENCE)
    assert (len(begun), threads.threads, threads.in_flight) == (MOST, MOST, MOST + 3)
    latch.set()
    assert [runner.result(PATIENCE) for runner in runners] == list(range(MOST + 3))
    assert (threads.threads, threads.in_flight) == (MOST, 0)


def test_a_thread_that_is_free_is_used_again(threads: NativeThreads) -> None:
    assert len({offload(threading.get_ident) for _ in range(5)}) == 1
    assert (threads.threads, threads.in_flight) == (1, 0)


def test_a_spare_thread_leaves_and_the_next_call_starts_another(threads: NativeThreads) -> None:
    ended = end_of_a_thread()
    threads.spare()
    assert ended.wait(PATIENCE)
    assert threads.threads == 0
    assert offload(lambda: "again") == "again"
    assert threads.threads == 1


def test_a_thread_that_had_nothing_to_do_for_a_while_leaves_by_itself(
    threads: NativeThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spare(of: Any) -> None:
        leave(of)
        spared.set()

    leave, spared = native._spare, Event()  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(native, "_spare", spare)
    monkeypatch.setattr(native, "IDLE", 0.001)
    ended = end_of_a_thread()
    assert spared.wait(PATIENCE)
    assert ended.wait(PATIENCE)
    assert threads.threads == 0


def test_a_thread_that_has_work_does_not_leave(threads: NativeThreads) -> None:
    def call() -> int:
        inbox.post(threads.spare)
        return 1

    inbox = scheduler_here().inbox
    assert offload(call) == 1
    settle()
    assert offload(call) == 1


def test_threads_leave_when_nobody_has_use_for_them(threads: NativeThreads, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = end_of_a_thread()
    settle()
    assert threads.threads == 1
    monkeypatch.undo()
    threads.__del__()
    assert ended.wait(PATIENCE)


def test_no_thread_can_be_started(threads: NativeThreads, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> NoReturn:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(native, "_start_thread", refuse)
        with pytest.raises(RuntimeError, match="can't start"):
            offload(lambda: 1)
        assert (threads.threads, threads.in_flight) == (0, 0)
    assert offload(lambda: 2) == 2


def test_where_one_thread_is_there_it_has_to_do(threads: NativeThreads, monkeypatch: pytest.MonkeyPatch) -> None:
    assert offload(lambda: 1) == 1

    def refuse(*_: Any) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(native, "_start_thread", refuse)
    runners = [AsyncComputation.start(offload, abs, n) for n in range(3)]
    assert [runner.result(PATIENCE) for runner in runners] == [0, 1, 2]
    assert threads.threads == 1


def test_the_hub_that_a_call_made_in_its_thread_ends_with_the_thread(threads: NativeThreads) -> None:
    hubs: list[Any] = []

    def use_gevent() -> None:
        gevent.sleep(0)
        hubs.append(gevent.get_hub())

    ended = end_of_a_thread()
    offload(use_gevent)
    threads.spare()
    assert ended.wait(PATIENCE)
    assert hubs[0] is not gevent.get_hub()
    assert hubs[0].loop is None


def test_a_call_that_raises_what_ends_a_thread_ends_none(threads: NativeThreads) -> None:
    for _ in range(2):
        with pytest.raises(SystemExit):
            offload(sys.exit)
    assert (offload(lambda: 1), threads.threads) == (1, 1)


def in_a_process(program: str) -> str:
    """Run a program in a process of its own and return what it printed."""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


FORK = """
import os
from actors import offload
print(offload(lambda: "parent"), flush=True)
child = os.fork()
if child == 0:
    print(offload(lambda: "child"), flush=True)
    os._exit(0)
print(os.waitpid(child, 0)[1])
print(offload(lambda: "parent"))
"""

BLOCKED = """
import threading
from actors import AsyncComputation, offload
begun = threading.Event()
def block():
    begun.set()
    lock.acquire()
lock = threading.Lock()
lock.acquire()
runner = AsyncComputation.start(lambda: offload(block))
offload(begun.wait)
print(runner.cancel_sync())
"""

PATCHED = """
from gevent import monkey
{}
import threading, time
from actors import offload, spawn, send, receive, current
me = current()
spawn(lambda: send(me, offload(lambda: 1 + 1)))
print(receive(5), type(offload(threading.get_ident)).__name__)
"""


@pytest.mark.parametrize("patch", ["", "monkey.patch_all()", "import actors; monkey.patch_all()"])
def test_it_works_patched_and_unpatched(patch: str) -> None:
    assert in_a_process(PATCHED.format(patch)) == "2 int\n"


@pytest.mark.skipif(not hasattr(gevent, "fork"), reason="no fork here")
@pytest.mark.parametrize("first", ["", "from gevent import monkey; monkey.patch_all()"])
def test_a_child_process_starts_threads_of_its_own(first: str) -> None:
    assert in_a_process(first + FORK).split() == ["parent", "child", "0", "parent"]


def test_a_call_that_never_ends_does_not_hold_up_the_end_of_the_process() -> None:
    assert in_a_process(BLOCKED) == "Cancelled(reason='cancelled', error=None, killed=False)\n"


def test_what_is_in_flight_is_counted_until_the_hub_has_it(threads: NativeThreads) -> None:
    latch = threading.Event()
    release: Callable[[], None] = latch.set
    runner = AsyncComputation.start(lambda: offload(latch.wait, PATIENCE))
    gevent.sleep(0)
    assert (native.calls_in_flight(), threads.in_flight) == (1, 1)
    release()
    settle()
    assert native.calls_in_flight() == 0
    assert runner.result(0) is True
