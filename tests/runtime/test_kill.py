from collections.abc import Callable
from typing import Any

import gevent
import gevent.event
import pytest

from actors import telemetry
from actors.effects import clock
from actors.runtime import (
    ActorExit,
    Crash,
    Down,
    Exit,
    Killed,
    current,
    dead_letters,
    give_way,
    kill,
    link,
    monitor,
    receive,
    register,
    send,
    send_exit,
    spawn,
    trap_exits,
    whereis,
)
from actors.runtime.scheduler import scheduler_here
from actors.testing import ManualClock, settle
from tests.runtime.blocking import BLOCKED, EVER, blocked
from tests.runtime.watching import Boom, end_of, run, throw_next


@pytest.mark.sentence("A9")
@blocked
def test_kill_ends_an_actor_wherever_it_blocks(block: Callable[[], object]) -> None:
    left: list[int] = []

    def body() -> None:
        try:
            block()
        finally:
            left.append(1)

    ref = spawn(body, link=False, monitor=True)
    settle()
    kill(ref)
    settle()
    assert receive(0).reason == Killed()
    assert left == [1]


@pytest.mark.sentence("A9")
def test_kill_cannot_be_trapped() -> None:
    got: list[Any] = []

    def body() -> None:
        trap_exits(True)
        got.append(receive())

    ref = spawn(body, link=False)
    settle()
    kill(ref)
    settle()
    assert got == []
    assert not ref.alive


@pytest.mark.sentence("A9")
def test_send_exit_with_the_reason_killed_can_be_trapped() -> None:
    got: list[Any] = []

    def body() -> None:
        trap_exits(True)
        got.append(receive())

    ref = spawn(body)
    settle()
    send_exit(ref, Killed())
    settle()
    assert [message.reason for message in got] == [Killed()]


@pytest.mark.sentence("A9")
def test_others_see_killed_at_once_while_the_finally_blocks_still_run() -> None:
    trap_exits(True)
    left: list[int] = []

    def body() -> None:
        try:
            receive()
        finally:
            clock.sleep(10.0)
            left.append(1)

    with ManualClock() as time:
        ref = spawn(body)
        monitor(ref)
        settle()
        kill(ref)
        told: list[Exit | Down] = [receive(0), receive(0)]
        early = list(left)
        time.advance(10.0)
    assert [(type(message), message.reason) for message in told] == [(Exit, Killed()), (Down, Killed())]
    assert (early, left) == ([], [1])


@pytest.mark.sentence("A7", "A9")
def test_the_name_of_a_killed_actor_is_free_at_once_while_its_finally_blocks_still_run() -> None:
    left: list[int] = []

    def body() -> None:
        try:
            receive()
        finally:
            left.append(1)

    ref = spawn(body, link=False, name="victim")
    settle()
    kill(ref)
    assert whereis("victim") is None
    register("victim", current())
    assert left == []
    settle()
    assert left == [1]
    assert whereis("victim") is current()


@pytest.mark.sentence("A8", "A9")
def test_killed_travels_over_links() -> None:
    one = spawn(receive, link=False)

    def body() -> None:
        link(one)
        receive()

    other = spawn(body, link=False, monitor=True)
    settle()
    kill(one)
    settle()
    assert receive(0).ref is other
    assert not other.alive


@pytest.mark.sentence("A14")
@blocked
def test_a_second_kill_does_not_interrupt_a_finally(block: Callable[[], object]) -> None:
    left: list[str] = []

    def body() -> None:
        try:
            try:
                block()
            finally:
                clock.sleep(10.0)
                left.append("inner")
        finally:
            left.append("outer")

    with ManualClock() as time:
        ref = spawn(body, link=False)
        settle()
        kill(ref)
        settle()
        kill(ref)
        send_exit(ref, Killed())
        time.advance(10.0)
    assert left == ["inner", "outer"]


@pytest.mark.sentence("A9", "A14")
def test_a_kill_interrupts_the_clean_up_of_an_exit_signal() -> None:
    left: list[str] = []

    def body() -> None:
        try:
            try:
                receive()
            finally:
                clock.sleep(EVER)
                left.append("never")
        finally:
            left.append("outer")

    ref = spawn(body, link=False, monitor=True)
    settle()
    send_exit(ref, Crash(Boom()))
    settle()
    kill(ref)
    settle()
    assert left == ["outer"]
    assert receive(0).reason == Killed()


@pytest.mark.sentence("A9")
def test_an_actor_that_is_killed_before_it_began_never_begins() -> None:
    begun: list[int] = []
    ref = spawn(begun.append, 1, link=False, monitor=True)
    kill(ref)
    settle()
    assert receive(0).reason == Killed()
    assert begun == []


@pytest.mark.sentence("A9")
@blocked
def test_a_kill_of_an_actor_that_was_just_given_a_message_wins(block: Callable[[], object]) -> None:
    got: list[Any] = []

    def body() -> None:
        got.append(receive())
        block()

    ref = spawn(body, link=False)
    settle()
    send(ref, "message")
    kill(ref)
    settle()
    assert got == []


@pytest.mark.sentence("A9")
@blocked
def test_a_kill_that_a_foreign_timeout_overtook_is_raised_where_the_body_blocks_next(
    block: Callable[[], object],
) -> None:
    left: list[str] = []

    def body() -> None:
        try:
            receive()
        except gevent.Timeout:
            left.append("timeout")
        try:
            block()
        finally:
            left.append("finally")

    ref = spawn(body, link=False)
    settle()
    throw_next(ref, gevent.Timeout(None))
    kill(ref)
    settle()
    assert left == ["timeout", "finally"]


@pytest.mark.sentence("A9")
def test_killing_oneself_ends_oneself() -> None:
    went_on: list[int] = []

    def body() -> None:
        kill(current())
        went_on.append(1)

    assert run(body) == Killed()
    assert went_on == []


@pytest.mark.sentence("A9")
def test_the_reason_stays_killed_whatever_the_body_does_afterwards() -> None:
    def body() -> None:
        try:
            receive()
        finally:
            raise Boom

    ref = spawn(body, link=False, monitor=True)
    settle()
    kill(ref)
    settle()
    assert receive(0).reason == Killed()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A9")
def test_a_killed_actor_receives_nothing_more() -> None:
    got: list[Any] = []

    def body() -> None:
        try:
            receive()
        finally:
            got.append(receive())

    ref = spawn(body, link=False)
    settle()
    kill(ref)
    send(ref, "late")
    settle()
    assert got == []


def test_killing_a_dead_actor_does_nothing() -> None:
    ref = spawn(give_way, link=False)
    end_of(ref)
    kill(ref)
    assert "Normal" in repr(ref)


@pytest.mark.sentence("A6")
def test_a_greenlet_that_the_runtime_did_not_start_cannot_be_killed() -> None:
    with pytest.raises(ValueError, match="not started by the runtime"):
        kill(current())


# -- a body that swallows its kill


def swallows(first: Callable[[], object], then: Callable[[], object], told: list[str]) -> None:
    try:
        first()
    except ActorExit:
        told.append("swallowed")
    try:
        then()
        told.append("went on")
    finally:
        told.append("switched to again")


@pytest.mark.sentence("A9", "A14")
@blocked
@pytest.mark.parametrize("then", BLOCKED.values(), ids=BLOCKED)
def test_a_body_that_swallows_its_kill_is_abandoned(block: Callable[[], object], then: Callable[[], object]) -> None:
    told: list[str] = []
    events: list[str] = []
    stop = telemetry.subscribe(lambda event, _: events.append(event))
    before = len(scheduler_here().abandoned)
    ref = spawn(swallows, block, then, told, link=False)
    settle()
    kill(ref)
    settle()
    stop()
    assert told == ["swallowed"]
    assert len(scheduler_here().abandoned) == before + 1
    assert events == ["actor abandoned"]


@pytest.mark.sentence("A9")
def test_an_abandoned_body_is_never_switched_to_again_although_its_gevent_sleep_is_over() -> None:
    told: list[str] = []
    ref = spawn(swallows, receive, lambda: gevent.sleep(0.0), told, link=False)
    settle()
    kill(ref)
    settle()
    assert told == ["swallowed"]


@pytest.mark.sentence("A9")
def test_an_abandoned_body_is_never_switched_to_again_out_of_an_event() -> None:
    told: list[str] = []
    event = gevent.event.Event()
    ref = spawn(swallows, receive, event.wait, told, link=False)
    settle()
    kill(ref)
    settle()
    event.set()
    settle()
    assert told == ["swallowed"]


@pytest.mark.sentence("A9")
def test_an_abandoned_body_does_not_hinder_the_others_who_wait_for_the_same_event() -> None:
    told: list[str] = []
    others: list[int] = []
    event = gevent.event.Event()
    ref = spawn(swallows, receive, event.wait, told, link=False)
    settle()
    kill(ref)
    settle()

    def waits() -> None:
        event.wait()
        others.append(1)

    spawn(waits)
    settle()
    event.set()
    settle()
    assert others == [1]


def test_a_body_that_swallows_its_kill_and_returns_is_not_abandoned() -> None:
    def body() -> None:
        try:
            receive()
        except ActorExit:
            pass

    before = len(scheduler_here().abandoned)
    ref = spawn(body, link=False)
    settle()
    kill(ref)
    settle()
    assert len(scheduler_here().abandoned) == before


@pytest.mark.sentence("A3", "A9")
def test_a_message_that_was_chosen_and_not_yet_returned_when_its_receiver_is_killed_is_a_dead_letter() -> None:
    seen: list[object] = []

    def chooses() -> None:
        scheduler_here().budget = 1  # so that others run before the message is returned
        receive(match=lambda message: message == "chosen")

    ref = spawn(chooses, link=False)
    send(ref, "chosen")
    stop = dead_letters.subscribe(lambda _, message: seen.append(message))
    spawn(kill, ref)
    settle()
    stop()
    assert seen == ["chosen"]
