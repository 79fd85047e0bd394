from collections.abc import Callable
from typing import Any

import gevent
import pytest

from actors.effects import clock
from actors.runtime import ActorRef, Down, Exit, Normal, current, give_way, receive, send, spawn, trap_exits
from actors.testing import ManualClock, settle
from tests.runtime.watching import PATIENCE, Boom, end_of, run, throw_next


def take(count: int, into: list[Any]) -> None:
    for _ in range(count):
        into.append(receive())  # noqa: PERF401  each is seen as soon as it was taken


# -- order


@pytest.mark.sentence("A2")
@pytest.mark.parametrize("parked", [False, True], ids=["before its first line", "parked"])
def test_messages_of_one_sender_arrive_in_the_order_in_which_it_sent_them(parked: bool) -> None:
    got: list[int] = []
    ref = spawn(take, 300, got)
    if parked:
        settle()
    for number in range(300):
        send(ref, number)
    end_of(ref)
    assert got == list(range(300))


@pytest.mark.sentence("A2")
@pytest.mark.parametrize("parked", [False, True], ids=["busy", "parked"])
def test_messages_exit_and_down_of_one_actor_arrive_in_the_order_of_its_life(parked: bool) -> None:
    trap_exits(True)
    me = current()

    def body() -> None:
        send(me, "first")
        send(me, "second")

    spawn(body, monitor=True)
    if not parked:
        settle()
    kinds = [receive(PATIENCE) for _ in range(4)]
    assert kinds[:2] == ["first", "second"]
    assert {type(message) for message in kinds[2:]} == {Exit, Down}


@pytest.mark.sentence("A2")
def test_a_message_from_oneself_is_received() -> None:
    send(current(), "me")
    assert receive(0) == "me"


@pytest.mark.sentence("A2")
@pytest.mark.parametrize("parked", [False, True], ids=["queued", "parked"])
def test_none_is_a_message(parked: bool) -> None:
    got: list[Any] = []
    ref = spawn(take, 2, got)
    if parked:
        settle()
    send(ref, None)
    send(ref, None)
    end_of(ref)
    assert got == [None, None]


def test_none_is_a_message_for_a_receive_with_a_limit() -> None:
    got: list[Any] = []
    ref = spawn(lambda: got.append(receive(PATIENCE)))
    settle()
    send(ref, None)
    end_of(ref)
    assert got == [None]


# -- receive


@pytest.mark.sentence("A4")
def test_receive_takes_the_oldest_message() -> None:
    send(current(), 1)
    send(current(), 2)
    assert receive() == 1


@pytest.mark.sentence("A4")
def test_receive_match_takes_the_first_that_holds_and_leaves_the_others_where_they_are() -> None:
    for number in (1, 3, 4, 5, 6):
        send(current(), number)
    matched = receive(match=lambda number: number % 2 == 0)
    assert [matched, *(receive(0) for _ in range(4))] == [4, 1, 3, 5, 6]


@pytest.mark.sentence("A4")
def test_a_parked_receive_match_leaves_what_does_not_match_in_its_place() -> None:
    got: list[Any] = []

    def body() -> None:
        got.append(receive(match=lambda message: message == "wanted"))
        take(3, got)

    ref = spawn(body)
    settle()
    for message in ("a", "b", "wanted", "c"):
        send(ref, message)
        settle()
    end_of(ref)
    assert got == ["wanted", "a", "b", "c"]


@pytest.mark.sentence("A4")
def test_a_parked_receive_match_looks_at_each_message_once() -> None:
    looked: list[int] = []

    def wanted(message: int) -> bool:
        looked.append(message)
        return message == 3

    ref = spawn(lambda: receive(match=wanted))
    for number in range(4):
        settle()
        send(ref, number)
    end_of(ref)
    assert looked == [0, 1, 2, 3]


@pytest.mark.sentence("A4")
def test_an_error_of_the_predicate_comes_out_of_receive_and_leaves_the_mailbox_as_it_was() -> None:
    def refuse(message: Any) -> bool:
        raise Boom

    send(current(), 1)
    send(current(), 2)
    with pytest.raises(Boom):
        receive(match=refuse)
    assert [receive(0), receive(0)] == [1, 2]


@pytest.mark.sentence("A4")
def test_an_error_of_the_predicate_keeps_a_message_that_was_handed_over() -> None:
    got: list[Any] = []

    def refuse(message: Any) -> bool:
        raise Boom

    def body() -> None:
        with pytest.raises(Boom):
            receive(match=refuse)
        take(2, got)

    ref = spawn(body)
    settle()
    send(ref, 1)
    send(ref, 2)
    end_of(ref)
    assert got == [1, 2]


# -- nobody starves


def feed_itself(stop: list[int]) -> None:
    send(current(), "again")
    while not stop:
        send(current(), receive())


@pytest.mark.sentence("A4")
def test_a_receiver_that_always_finds_messages_does_not_starve_other_actors() -> None:
    stop: list[int] = []
    ref = spawn(feed_itself, stop)
    spawn(stop.append, 1)
    assert end_of(ref) == Normal()


@pytest.mark.sentence("A4")
def test_a_receiver_that_always_finds_a_match_does_not_starve_other_actors() -> None:
    stop: list[int] = []

    def body() -> None:
        send(current(), "again")
        while not stop:
            send(current(), receive(match=lambda _: True))

    ref = spawn(body)
    spawn(stop.append, 1)
    assert end_of(ref) == Normal()


@pytest.mark.sentence("A4")
@pytest.mark.parametrize("seconds", [0.0, 0.001], ids=["0", "1 ms"])
def test_a_receiver_that_always_finds_messages_does_not_starve_the_timers_of_others(seconds: float) -> None:
    stop: list[int] = []
    ref = spawn(feed_itself, stop)
    gevent.spawn_later(seconds, stop.append, 1)
    assert end_of(ref) == Normal()


@pytest.mark.sentence("A4")
def test_two_actors_that_always_have_a_message_for_each_other_do_not_starve_the_hub() -> None:
    stop: list[int] = []

    def player() -> None:
        while not stop:
            send(receive(), current())

    one = spawn(player, link=False)
    two = spawn(player)
    send(one, two)
    gevent.spawn_later(0.0, stop.append, 1)
    assert end_of(one) == Normal()
    send(two, current())
    settle()


# -- a foreign gevent.Timeout


WAITS: dict[str, Callable[[], Any]] = {
    "receive": receive,
    "receive with a limit": lambda: receive(60.0),
    "receive match": lambda: receive(match=lambda message: message != "other"),
    "receive match with a limit": lambda: receive(60.0, match=lambda message: message != "other"),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_foreign_timeout_out_of_a_receive_loses_nothing(wait: Callable[[], Any]) -> None:
    got: list[Any] = []
    limit = gevent.Timeout(None)

    def body() -> None:
        with pytest.raises(gevent.Timeout) as raised:
            wait()
        got.append(raised.value is limit)
        take(2, got)

    ref = spawn(body)
    settle()
    throw_next(ref, limit)
    settle()
    send(ref, 1)
    send(ref, 2)
    settle()
    assert got == [True, 1, 2]


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_message_that_was_handed_over_is_put_back_in_its_place_by_a_foreign_timeout(wait: Callable[[], Any]) -> None:
    got: list[Any] = []

    def body() -> None:
        with pytest.raises(gevent.Timeout):
            wait()
        take(2, got)

    ref = spawn(body)
    settle()
    throw_next(ref, gevent.Timeout(None))
    send(ref, 1)
    send(ref, 2)
    settle()
    assert got == [1, 2]


@pytest.mark.parametrize("wait", [WAITS["receive match"], WAITS["receive match with a limit"]], ids=["plain", "limit"])
def test_a_message_that_was_handed_over_is_put_back_behind_those_that_did_not_match(wait: Callable[[], Any]) -> None:
    got: list[Any] = []

    def body() -> None:
        with pytest.raises(gevent.Timeout):
            wait()
        take(3, got)

    ref = spawn(body)
    settle()
    send(ref, "other")
    settle()
    throw_next(ref, gevent.Timeout(None))
    send(ref, 1)
    send(ref, 2)
    settle()
    assert got == ["other", 1, 2]


def test_a_foreign_timeout_takes_back_the_limit_of_the_receive_that_it_interrupts() -> None:
    got: list[Any] = []

    def body() -> None:
        with pytest.raises(gevent.Timeout):
            receive(10.0)
        got.append(receive())

    with ManualClock() as time:
        ref = spawn(body)
        settle()
        throw_next(ref, gevent.Timeout(None))
        time.advance(60.0)
        send(ref, 1)
        settle()
    assert got == [1]


def test_a_foreign_timeout_out_of_pause_loses_nothing() -> None:
    got: list[Any] = []

    def pause_for_ever() -> None:
        while True:
            give_way()

    def body() -> None:
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.0):
            pause_for_ever()
        take(2, got)

    ref = spawn(body)
    send(ref, 1)
    send(ref, 2)
    end_of(ref)
    assert got == [1, 2]


@pytest.mark.parametrize("take", [receive, lambda: receive(match=lambda _: True)], ids=["receive", "receive match"])
def test_a_foreign_timeout_out_of_a_busy_receive_loses_nothing(take: Callable[[], int]) -> None:
    got: list[int] = []

    def body(me: ActorRef) -> None:
        number = 0
        send(me, number)
        try:
            with gevent.Timeout(0.0):
                while True:
                    number += 1
                    send(me, number)
                    got.append(take())
        except gevent.Timeout:
            pass
        while len(got) <= number:
            got.append(receive(0))

    run(lambda: body(current()))
    assert got == list(range(len(got)))
    assert len(got) > 1


def test_a_foreign_timeout_out_of_a_sleep_takes_its_timer_back() -> None:
    got: list[Any] = []

    def body() -> None:
        with pytest.raises(gevent.Timeout):
            clock.sleep(10.0)
        take(2, got)

    with ManualClock() as time:
        ref = spawn(body)
        settle()
        throw_next(ref, gevent.Timeout(None))
        time.advance(60.0)
        send(ref, 1)
        send(ref, 2)
        settle()
    assert got == [1, 2]


def test_a_sleep_blocks_only_the_actor_that_sleeps() -> None:
    done: list[str] = []

    def body(name: str, seconds: float) -> None:
        clock.sleep(seconds)
        done.append(name)

    with ManualClock() as time:
        spawn(body, "long", 2.0)
        spawn(body, "short", 1.0)
        time.advance(1.0)
        early = list(done)
        time.advance(1.0)
    assert (early, done) == (["short"], ["short", "long"])


def test_a_message_does_not_wake_an_actor_out_of_its_sleep() -> None:
    got: list[Any] = []

    def body() -> None:
        clock.sleep(10.0)
        got.append(receive(0))

    with ManualClock() as time:
        ref = spawn(body)
        settle()
        send(ref, 1)
        time.advance(9.0)
        early = list(got)
        time.advance(1.0)
    assert (early, got) == ([], [1])


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_a_negative_sleep_is_a_value_error(seconds: float) -> None:
    refused: list[int] = []

    def body() -> None:
        with pytest.raises(ValueError, match="seconds"):
            clock.sleep(seconds)
        refused.append(1)

    run(body)
    assert refused == [1]


def test_a_sleep_of_0_lets_the_others_run() -> None:
    order: list[str] = []

    def body() -> None:
        order.append("before")
        clock.sleep(0.0)
        order.append("after")

    ref = spawn(body)
    spawn(order.append, "other")
    end_of(ref)
    assert order == ["before", "other", "after"]


@pytest.mark.sentence("A4")
def test_in_an_actor_a_receive_with_timeout_0_raises_at_once() -> None:
    raised: list[int] = []

    def body() -> None:
        with pytest.raises(TimeoutError):
            receive(0)
        raised.append(1)

    spawn(body)
    give_way()
    assert raised == [1]
