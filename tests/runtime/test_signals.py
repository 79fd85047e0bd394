"""A9 and A14: where a signal is raised, and what a body does while it unwinds."""

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from actors.effects import clock
from actors.runtime import (
    ActorExit,
    Shutdown,
    give_way,
    kill,
    link,
    monitor,
    receive,
    send,
    send_exit,
    spawn,
)
from actors.testing import ManualClock, settle
from tests.runtime.blocking import EVER, blocked
from tests.runtime.watching import PATIENCE, control, end_of, run, throw_next

STOP = Shutdown("stop")


# -- where a signal is raised


@pytest.mark.sentence("A8", "A9")
@blocked
def test_a_signal_ends_an_actor_wherever_it_blocks(block: Callable[[], object]) -> None:
    ref = spawn(block, link=False, monitor=True)
    settle()
    send_exit(ref, STOP)
    settle()
    assert receive(0).reason == STOP


@pytest.mark.sentence("A9")
@blocked
def test_a_signal_to_an_actor_that_was_just_given_a_message_is_raised_where_it_blocks_next(
    block: Callable[[], object],
) -> None:
    got: list[Any] = []

    def body() -> None:
        got.append(receive())
        block()

    ref = spawn(body, link=False, monitor=True)
    settle()
    send(ref, "before")
    send_exit(ref, STOP)
    settle()
    assert got == ["before"]
    assert not ref.alive


@pytest.mark.sentence("A9")
@blocked
def test_a_signal_that_a_foreign_timeout_overtook_is_raised_where_the_actor_blocks_next(
    block: Callable[[], object],
) -> None:
    caught: list[int] = []

    def body() -> None:
        try:
            receive()
        except gevent.Timeout:
            caught.append(1)
        block()

    ref = spawn(body, link=False)
    settle()
    throw_next(ref, gevent.Timeout(None))
    send_exit(ref, STOP)
    settle()
    assert caught == [1]
    assert not ref.alive


@pytest.mark.sentence("A9")
@blocked
def test_a_signal_to_an_actor_that_pauses_is_raised_where_it_blocks_next(block: Callable[[], object]) -> None:
    def body() -> None:
        give_way()
        block()

    ref = spawn(body, link=False)

    def striker() -> None:
        send_exit(ref, STOP)

    spawn(striker)
    settle()
    assert not ref.alive


@pytest.mark.sentence("A9")
def test_a_signal_to_oneself_over_a_link_is_raised_at_the_next_blocking_point() -> None:
    dead = spawn(give_way, link=False)
    end_of(dead)
    seen: list[str] = []

    def body() -> None:
        link(dead)
        seen.append("plain code goes on")
        gevent.sleep(EVER)
        seen.append("never")

    run(body)
    assert seen == ["plain code goes on"]


# -- unwinding


@pytest.mark.sentence("A14")
@blocked
def test_a_body_unwound_by_an_exit_signal_runs_each_finally_once_innermost_first(block: Callable[[], object]) -> None:
    ran: list[str] = []

    def body() -> None:
        try:
            try:
                block()
            finally:
                ran.append("inner")
        finally:
            ran.append("outer")

    ref = spawn(body, link=False)
    settle()
    send_exit(ref, STOP)
    send_exit(ref, STOP)
    settle()
    assert ran == ["inner", "outer"]


@pytest.mark.sentence("A14")
@blocked
def test_a_second_signal_does_not_interrupt_a_finally_that_blocks(block: Callable[[], object]) -> None:
    ran: list[str] = []

    def body() -> None:
        try:
            block()
        finally:
            clock.sleep(10.0)
            ran.append("slept")

    with ManualClock() as time:
        ref = spawn(body, link=False)
        settle()
        send_exit(ref, STOP)
        settle()
        send_exit(ref, Shutdown("again"))
        time.advance(9.0)
        early = list(ran)
        time.advance(1.0)
    assert (early, ran) == ([], ["slept"])
    assert not ref.alive


@pytest.mark.sentence("A14")
def test_a_finally_can_send_and_receive_while_the_body_is_unwound() -> None:
    got: list[Any] = []

    def body() -> None:
        try:
            receive(match=lambda _: False)
        finally:
            got.append(receive())

    ref = spawn(body, link=False)
    settle()
    send_exit(ref, STOP)
    settle()
    send(ref, "during")
    settle()
    assert got == ["during"]
    assert not ref.alive


@pytest.mark.sentence("A8", "A9")
def test_the_clean_up_of_a_killed_actor_ties_nobody_to_the_dead() -> None:
    other = spawn(receive, link=False)

    def body() -> None:
        try:
            receive()
        finally:
            link(other)
            monitor(other)

    ref = spawn(body, link=False)
    settle()
    kill(ref)
    settle()
    assert not control(other).monitors
    assert control(other).ties is None
    kill(other)


@pytest.mark.sentence("A9", "A14")
@blocked
def test_a_body_that_swallows_its_exit_signal_gets_it_again_where_it_blocks_next(block: Callable[[], object]) -> None:
    swallowed: list[int] = []

    def body() -> None:
        try:
            block()
        except ActorExit:
            swallowed.append(1)
        block()

    ref = spawn(body, link=False, monitor=True)
    settle()
    send_exit(ref, STOP)
    settle()
    assert swallowed == [1]
    assert receive(0).reason == STOP


@pytest.mark.sentence("A9")
def test_a_body_that_swallows_its_exit_signal_again_and_again_lets_others_run() -> None:
    swallowed: list[int] = []

    def body() -> None:
        while len(swallowed) < 100 or not stop:
            try:
                receive()
            except ActorExit:
                swallowed.append(1)

    stop: list[int] = []
    ref = spawn(body, link=False, monitor=True)
    settle()
    send_exit(ref, STOP)
    gevent.spawn_later(0.0, stop.append, 1)
    settle()
    assert receive(PATIENCE).reason == STOP
