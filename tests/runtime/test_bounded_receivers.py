"""A5: what a receiver does with a bounded mailbox, and that nothing is lost whatever both sides do."""

from typing import Any

import pytest
from gevent.event import Event
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.effects import clock
from actors.runtime import (
    ActorRef,
    Exit,
    Killed,
    Normal,
    Shutdown,
    current,
    dead_letters,
    kill,
    monitor,
    receive,
    send,
    send_exit,
    spawn,
    trap_exits,
)
from actors.runtime.bounded import Bounded, Held
from actors.testing import ManualClock, settle
from tests.runtime.filling import bounded, queued, sender
from tests.runtime.watching import PATIENCE, control

pytestmark = pytest.mark.leaves_actors("a receiver that never takes its message is what most of these tests are about")


@pytest.mark.sentence("A5", "A4")
def test_a_receive_that_waits_for_a_match_holds_no_more_than_the_bound_and_what_it_was_handed() -> None:
    ref = bounded(2)
    settle()
    done: list[Any] = []
    for number in range(6):
        sender(ref, number, done=done)
    settle()
    assert (queued(ref), done) == ([0, 1, 2], [0, 1, 2])
    kill(ref)


@pytest.mark.sentence("A5", "A4")
def test_a_full_receiver_that_waits_for_a_match_still_gets_what_is_never_held_back() -> None:
    got: list[Any] = []

    def body() -> None:
        trap_exits(True)
        got.append(receive(match=lambda message: isinstance(message, Exit)))
        got.append(receive(0))

    ref = bounded(1, body)
    settle()
    send(ref, "fills it")
    settle()
    send_exit(ref, Shutdown("now"))
    settle()
    assert [type(got[0]), got[1]] == [Exit, "fills it"]


@pytest.mark.sentence("A5", "A4")
def test_a_full_receiver_that_waits_for_a_match_still_times_out() -> None:
    def body() -> None:
        with pytest.raises(TimeoutError):
            receive(1.0, match=lambda message: message is Ellipsis)

    with ManualClock() as time:
        ref = bounded(1, body)
        settle()
        send(ref, "fills it")
        watch = monitor(ref)
        time.advance(1.0)
        down = receive(PATIENCE)
    assert (down.monitor, down.reason) == (watch, Normal())


@pytest.mark.sentence("A5")
def test_taking_from_the_middle_makes_room() -> None:
    got: list[Any] = []
    go = Event()

    def body() -> None:
        go.wait()
        got.append(receive(match=lambda message: message == 2))
        clock.sleep(1e6)

    ref = bounded(2, body)
    settle()
    sender(ref, 1, 2, 3)
    settle()
    go.set()
    settle()
    assert (got, queued(ref)) == ([2], [1, 3])


Steps = list[tuple[str, int]]


steps = st.lists(
    st.tuples(st.sampled_from(["send", "take", "kill sender", "exit", "time out"]), st.integers(0, 3)), max_size=25
)


@pytest.mark.sentence("A2", "A5")
@settings(max_examples=150, deadline=None)
@given(most=st.integers(1, 3), script=steps)
def test_every_message_arrives_once_in_the_order_of_its_sender_or_its_sender_was_told(most: int, script: Steps) -> None:
    arrived: list[Any] = []
    sent: list[Any] = []
    stop = dead_letters.subscribe(lambda _, message: arrived.append(message))
    ref = spawn(clock.sleep, 1e6, link=False, mailbox=most)
    settle()
    waiting: dict[int, ActorRef] = {}

    def body(message: tuple[int, int]) -> None:
        send(ref, message)
        sent.append(message)

    for count, (step, number) in enumerate(script):
        mailbox: Any = control(ref).mailbox
        if step == "send" and not (number in waiting and waiting[number].alive):
            waiting[number] = spawn(body, (number, count), link=False)
        elif step == "take" and mailbox:
            arrived.append(mailbox.popleft())
        elif step == "kill sender" and number in waiting:
            kill(waiting[number])
        elif step == "time out" and number in waiting:
            send_exit(waiting[number], Killed())
        if step != "exit":
            settle()
        assert len(queued(ref)) <= most
    settle()
    kill(ref)
    settle()
    stop()
    assert sorted(arrived) == sorted(sent)
    for number in range(4):
        mine = [message for message in arrived if message[0] == number]
        assert mine == sorted(mine)


@pytest.mark.sentence("A2", "A5")
def test_who_is_let_in_because_another_gave_up_wakes_a_receiver_that_waits_by_then() -> None:
    got: list[object] = []

    def busy() -> None:
        clock.sleep(1.0)
        got.append(receive())

    with ManualClock() as time:
        ref = spawn(busy, mailbox=1)
        settle()
        full = control(ref)
        assert isinstance(full, Bounded)
        full.line.append(Held(control(current()), "of one whose time is over and who has not run since"))
        spawn(send, ref, "in line")
        settle()
        time.advance(1.0)
        settle()
        full.line.pop(0)  # as it does when it runs
        full.let_in()
        settle()
    assert got == ["in line"]
