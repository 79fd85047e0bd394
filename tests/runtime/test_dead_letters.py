from collections.abc import Generator
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.runtime import (
    ActorRef,
    Shutdown,
    current,
    dead_letters,
    give_way,
    kill,
    link,
    monitor,
    receive,
    send,
    send_exit,
    spawn,
    trap_exits,
)
from actors.testing import ManualClock, settle
from tests.runtime.watching import Boom, end_of

Letters = list[tuple[ActorRef, Any]]


@pytest.fixture
def letters() -> Generator[Letters]:
    """The dead letters of the test, as a subscriber gets them."""
    got: Letters = []
    stop = dead_letters.subscribe(lambda ref, message: got.append((ref, message)))
    yield got
    stop()


@pytest.fixture
def dead() -> ActorRef:
    ref = spawn(give_way, link=False)
    end_of(ref)
    return ref


@pytest.mark.sentence("A3")
def test_send_to_a_dead_actor_does_not_raise_and_the_message_is_given_to_subscribers(
    dead: ActorRef, letters: Letters
) -> None:
    send(dead, "one")
    send(dead, None)
    assert letters == [(dead, "one"), (dead, None)]


@pytest.mark.sentence("A3")
def test_dead_letters_are_counted(dead: ActorRef) -> None:
    before = dead_letters.count
    for number in range(5):
        send(dead, number)
    assert dead_letters.count - before == 5


@pytest.mark.sentence("A3")
def test_dead_letters_are_logged_at_most_once_a_second(dead: ActorRef) -> None:
    with ManualClock() as time, capture_logs() as logged:
        time.advance(1.0)  # past what earlier tests logged
        send(dead, 0)
        first = len(logged)
        for number in range(100):
            send(dead, number)
        time.advance(0.9)
        send(dead, "held back")
        held = len(logged)
        time.advance(0.1)
        send(dead, "next second")
    assert (first, held, len(logged)) == (1, 1, 2)
    assert logged[1]["held_back"] == 101


@pytest.mark.sentence("A3")
def test_a_message_to_an_actor_that_ended_before_it_began_is_a_dead_letter(letters: Letters) -> None:
    ref = spawn(receive, link=False)
    kill(ref)
    send(ref, "never seen")
    settle()
    assert letters == [(ref, "never seen")]


@pytest.mark.sentence("A3")
def test_a_message_to_a_killed_actor_whose_body_is_still_leaving_is_a_dead_letter(letters: Letters) -> None:
    ref = spawn(receive, link=False)
    settle()
    kill(ref)
    send(ref, "too late")
    settle()
    assert letters == [(ref, "too late")]


@pytest.mark.sentence("A3")
def test_messages_left_in_the_mailbox_become_dead_letters_in_their_order(letters: Letters) -> None:
    ref = spawn(give_way, link=False)
    send(ref, 1)
    send(ref, 2)
    end_of(ref)
    assert letters == [(ref, 1), (ref, 2)]


@pytest.mark.sentence("A3")
def test_a_message_that_was_handed_to_an_actor_that_is_killed_before_it_runs_is_a_dead_letter(letters: Letters) -> None:
    ref = spawn(receive, link=False)
    settle()
    send(ref, "handed over")
    kill(ref)
    settle()
    assert letters == [(ref, "handed over")]


@pytest.mark.sentence("A3")
def test_an_exit_or_a_down_for_a_dead_actor_is_no_dead_letter(letters: Letters) -> None:
    victim = spawn(receive, link=False)

    def body() -> None:
        trap_exits(True)
        link(victim)
        monitor(victim)
        give_way()

    ref = spawn(body, link=False)
    end_of(ref)
    send_exit(victim, Shutdown())
    send_exit(ref, Shutdown())
    settle()
    assert letters == []


@pytest.mark.sentence("A3")
def test_a_subscriber_that_raises_neither_fails_the_send_nor_stops_the_others(dead: ActorRef) -> None:
    def fails(ref: ActorRef, message: object) -> None:
        raise Boom

    got: list[object] = []
    stops = [dead_letters.subscribe(fails), dead_letters.subscribe(lambda _, message: got.append(message))]
    try:
        send(dead, "message")
    finally:
        for stop in stops:
            stop()
    assert got == ["message"]


@pytest.mark.sentence("A3")
def test_after_stop_a_subscriber_gets_nothing(dead: ActorRef) -> None:
    got: list[object] = []
    dead_letters.subscribe(lambda _, message: got.append(message))()
    send(dead, "message")
    assert got == []


def test_a_message_that_was_received_is_no_dead_letter(letters: Letters) -> None:
    send(current(), "alive")
    receive()
    assert letters == []
