"""`settle`: everything else has run until it blocked."""

from threading import Event
from typing import Any

import gevent
import pytest
from gevent import socket

from actors.runtime import give_way, kill, receive, send, spawn
from actors.testing import NATIVE_WORK, settle

launch: Any = gevent.spawn  # its stubs leave the result's type open


def test_settle_returns_at_once_when_nothing_is_there() -> None:
    settle()
    settle(0.5)


def test_settle_lets_a_chain_of_actors_run_to_its_end() -> None:
    seen: list[int] = []

    def link_of_chain(left: int) -> None:
        give_way()
        seen.append(left)
        if left:
            spawn(link_of_chain, left - 1)

    spawn(link_of_chain, 500)
    settle()
    assert seen[-1] == 0


def test_settle_lets_greenlets_of_gevent_and_callbacks_run() -> None:
    seen: list[str] = []

    def callback() -> None:
        gevent.spawn(seen.append, "greenlet")

    gevent.get_hub().loop.run_callback(callback)
    settle()
    assert seen == ["greenlet"]


def test_settle_leaves_blocked_actors_where_they_are() -> None:
    seen: list[object] = []

    def echo() -> None:
        seen.append(receive())

    ref = spawn(echo)
    settle()
    assert seen == []
    send(ref, "x")
    settle()
    assert seen == ["x"]


def test_settle_waits_for_native_work_and_for_what_its_end_sets_going() -> None:
    seen: list[str] = []
    go = Event()
    pool = gevent.get_hub().threadpool

    def native() -> str:
        go.wait(10)
        return "slow"

    def work() -> None:
        seen.append(pool.apply(native))
        seen.extend(pool.apply(str, (number,)) for number in range(20))

    gevent.spawn(work)
    with pytest.raises(TimeoutError, match="1 tasks in native threads"):
        settle(0.05)
    assert seen == []
    go.set()
    settle()
    assert seen == ["slow", *map(str, range(20))]


def test_settle_counts_native_work_that_others_tell_of() -> None:
    counts = iter([1, 1, 1] + [0] * 1000)

    def told() -> int:
        return next(counts)

    NATIVE_WORK.add(told)
    try:
        settle()
        assert next(counts, None) == 0
    finally:
        NATIVE_WORK.discard(told)


def test_settle_delivers_what_has_arrived_at_a_socket() -> None:
    here, there = socket.socketpair()
    seen: list[bytes] = []

    def read() -> None:
        seen.append(there.recv(10))

    with here, there:
        reader = launch(read)
        settle()
        here.sendall(b"x")
        settle()
        assert seen == [b"x"]
        reader.join()


def test_settle_does_not_wait_for_timers() -> None:
    sleeper = launch(gevent.sleep, 1000)
    settle()
    assert not sleeper.dead
    sleeper.kill()


def test_settle_may_be_called_inside_an_actor() -> None:
    seen: list[str] = []

    def inside() -> None:
        spawn(seen.append, "other")
        settle()
        seen.append("settled")

    spawn(inside)
    settle()
    assert seen == ["other", "settled"]


@pytest.mark.leaves_actors("one that never blocks")
def test_settle_gives_up_on_an_actor_that_never_blocks_and_names_it() -> None:
    def spinning() -> None:
        while True:
            give_way()

    spawn(spinning)
    with pytest.raises(TimeoutError, match=r"spinning.* is ready"):
        settle(0.05)


def test_a_foreign_timeout_goes_through_settle() -> None:
    timeout = gevent.Timeout(0.02)

    def spinning() -> None:
        while True:
            give_way()

    ref = spawn(spinning, link=False)
    with pytest.raises(gevent.Timeout) as caught, timeout:
        settle()
    assert caught.value is timeout
    kill(ref)


def test_a_negative_timeout_is_refused() -> None:
    with pytest.raises(ValueError, match="timeout=-1"):
        settle(-1)
