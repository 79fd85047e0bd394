"""A thread that used the runtime and ends leaves nothing: no entry, no hub, no file descriptor, no actor, no memory."""

import _thread
import gc
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Cancelled, current, offload, receive, send, spawn
from actors.runtime import ActorRef, Killed, Normal, dead_letters, give_way
from actors.runtime import scheduler as schedulers
from actors.runtime.current import Foreign
from actors.runtime.scheduler import Scheduler, scheduler_here
from actors.runtime.worker import Worker
from actors.testing import settle
from tests.computation.common import one_question
from tests.runtime.watching import PATIENCE, control

KINDS = (Scheduler, Worker, Foreign, gevent.get_hub().__class__)
OPEN = Path("/proc/self/fd")


def in_threads(body: Callable[[], object], count: int = 1) -> None:
    """Run a body in some plain threads, one after the other."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            body()
        except BaseException as error:
            failed.append(error)

    for _ in range(count):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert failed == []


def until_native_threads_have_ended(count: int) -> None:
    """Wait for the threads of a pool, which nobody can join."""
    until = time.monotonic() + PATIENCE
    while _thread._count() > count and time.monotonic() < until:  # pyright: ignore[reportPrivateUsage]
        gevent.sleep(0.001)


def kept() -> Counter[str]:
    """Count what a thread makes for itself."""
    gc.collect()
    found = Counter(type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, KINDS))
    found["entries"] = len(schedulers._schedulers)  # pyright: ignore[reportPrivateUsage]
    if OPEN.exists():
        found["descriptors"] = len(list(OPEN.iterdir()))
    return found


def converse() -> None:
    me = current()
    send(spawn(lambda: send(me, receive() + 1)), 1)
    assert receive(PATIENCE) == 2


def only_look() -> None:
    current()


def leave_actors_waiting() -> None:
    for _ in range(3):
        spawn(receive, link=False)
    spawn(gevent.sleep, 3600.0, link=False)
    give_way()
    spawn(receive)  # which never begins


def leave_a_run_waiting() -> None:
    AsyncComputation.start_sync(one_question)


@pytest.mark.parametrize(
    "body",
    [converse, only_look, leave_actors_waiting, leave_a_run_waiting],
    ids=lambda body: body.__name__,
)
def test_threads_that_used_the_runtime_and_ended_leave_nothing(body: Callable[[], object]) -> None:
    in_threads(body, 3)  # what is made once for the process
    before = kept()
    in_threads(body, 30)
    growth = kept() - before
    assert all(count <= 2 for count in growth.values()), growth  # greenlet forgets the last thread later


def test_the_hub_of_a_thread_that_used_a_pool_of_threads_is_destroyed_too() -> None:
    threads, before = _thread._count(), kept()  # pyright: ignore[reportPrivateUsage]
    in_threads(lambda: offload(len, "abc"), 30)
    until_native_threads_have_ended(threads)
    growth = kept() - before
    assert (growth["descriptors"], growth["entries"]) == (0, 0)


def test_an_entry_goes_with_its_thread_and_no_other_entry_does() -> None:
    mine = scheduler_here()
    numbers: list[int] = []

    def body() -> None:
        converse()
        numbers.append(scheduler_here().thread)

    in_threads(body)
    table = schedulers._schedulers  # pyright: ignore[reportPrivateUsage]
    assert numbers[0] not in table
    assert table[mine.thread] is mine


def test_what_waits_in_a_thread_that_ends_is_unwound_once() -> None:
    left: list[str] = []
    refs: list[ActorRef] = []

    def waits() -> None:
        try:
            receive()
        finally:
            left.append("actor")

    def asks() -> None:
        try:
            one_question()
        finally:
            left.append("run")

    def body() -> None:
        refs.append(spawn(waits, link=False))
        runner, _ = AsyncComputation.start_sync(asks)
        refs.append(runner.ref)
        runners.append(runner)

    runners: list[AsyncComputation[None]] = []
    in_threads(body)
    assert sorted(left) == ["actor", "run"]
    assert control(refs[0]).reason == Killed()
    assert isinstance(runners[0].outcome, Cancelled)


def test_a_clean_up_that_blocks_when_its_thread_has_ended_does_not_come_back() -> None:
    seen: list[str] = []

    def waits() -> None:
        try:
            receive()
        finally:
            seen.append("begun")
            receive()
            seen.append("never")

    def body() -> None:
        spawn(waits, link=False)
        give_way()

    in_threads(body)
    assert seen == ["begun"]


def test_the_actor_of_a_thread_has_ended_when_the_thread_has() -> None:
    refs: list[ActorRef] = []
    in_threads(lambda: refs.append(current()))
    assert control(refs[0]).reason == Normal()
    before = dead_letters.count
    send(refs[0], "late")
    assert dead_letters.count == before + 1


def test_a_hub_that_was_there_before_is_left_alone() -> None:
    hubs: list[Any] = []

    def body() -> None:
        hub = gevent.get_hub()
        converse()
        hubs.append(hub)

    in_threads(body)
    (hub,) = hubs
    assert hub.loop is not None
    hub.destroy()


def test_ending_raises_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for body in (converse, leave_actors_waiting, leave_a_run_waiting):
        in_threads(body)
    gc.collect()
    settle()
    said = capfd.readouterr().err
    assert "Exception ignored" not in said
    assert "Traceback" not in said


def test_a_hub_that_its_user_has_destroyed_is_no_trouble(capfd: pytest.CaptureFixture[str]) -> None:
    def body() -> None:
        converse()
        gevent.get_hub().destroy()

    in_threads(body, 3)
    before = kept()
    in_threads(body, 30)
    assert kept()["entries"] == before["entries"]
    assert capfd.readouterr().err == ""
