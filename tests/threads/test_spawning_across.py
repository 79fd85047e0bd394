"""Actors spawned on another thread, and bounded mailboxes there."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, receive, send, spawn
from actors.runtime import (
    ActorRef,
    BackgroundThread,
    Down,
    Exit,
    Killed,
    MailboxFullError,
    NameTakenError,
    Normal,
    Shutdown,
    current,
    dead_letters,
    kill,
    monitor,
    send_exit,
    trap_exits,
    whereis,
)
from actors.server import Server
from actors.testing import settle
from tests.runtime.watching import PATIENCE, Boom, boom
from tests.threads.crossing import PlainThread, settle_in
from tests.threads.obeying import end, ended, obey

# -- spawning on another thread


@pytest.mark.sentence("T1", "A1")
def test_an_actor_belongs_to_the_thread_it_was_spawned_on(thread: BackgroundThread) -> None:
    me = current()
    here = threading.get_ident()

    def body() -> None:
        send(me, threading.get_ident())
        spawn(lambda: send(me, threading.get_ident()))

    spawn(body, on=thread)
    first, second = receive(PATIENCE), receive(PATIENCE)
    assert first == second != here


@pytest.mark.sentence("T2", "A1")
def test_a_body_that_crashes_on_its_first_line_still_delivers_its_true_reason(thread: BackgroundThread) -> None:
    trap_exits(True)
    ref = spawn(boom, monitor=True, on=thread)
    found = [receive(PATIENCE), receive(PATIENCE)]
    assert sorted(type(message).__name__ for message in found) == ["Down", "Exit"]
    assert [message.ref for message in found] == [ref, ref]
    assert [type(message.reason.error) for message in found] == [Boom, Boom]


@pytest.mark.sentence("T2", "A1", "A8")
def test_the_end_of_the_spawner_ends_what_it_spawned_elsewhere(thread: BackgroundThread) -> None:
    refs: list[ActorRef] = []

    def spawner() -> None:
        refs.append(spawn(receive, on=thread))
        receive()

    mine = spawn(spawner, link=False)
    settle()
    monitor(refs[0])
    send_exit(mine, Shutdown("the spawner"))
    assert receive(PATIENCE).reason == Shutdown("the spawner")


@pytest.mark.sentence("T2", "A1")
def test_without_a_link_what_was_spawned_elsewhere_goes_on(thread: BackgroundThread) -> None:
    refs: list[ActorRef] = []
    mine = spawn(lambda: refs.append(spawn(obey, link=False, on=thread)), link=False)
    settle()
    settle_in(thread.scheduler)
    assert (ended(mine), refs[0].alive) == (True, True)
    end(refs[0])


@pytest.mark.sentence("T2", "A1", "A7")
def test_a_name_given_at_the_spawn_is_there_at_once(thread: BackgroundThread) -> None:
    ref = spawn(obey, name="elsewhere", link=False, on=thread)
    assert whereis("elsewhere") is ref
    with pytest.raises(NameTakenError):
        spawn(obey, name="elsewhere", monitor=True, on=thread)
    end(ref)
    assert whereis("elsewhere") is None
    me: Any = current()
    assert (list(me.ties.links), list(me.ties.monitoring)) == ([], [])


@pytest.mark.sentence("T2", "A1")
def test_wrong_arguments_are_refused_where_they_are_given(thread: BackgroundThread) -> None:
    with pytest.raises(TypeError):
        spawn(boom, 1, on=thread)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue]
    with pytest.raises(ValueError, match="mailbox"):
        spawn(boom, mailbox=0, on=thread)


# -- bounded mailboxes


def full(thread: BackgroundThread, most: int = 2) -> ActorRef:
    """Return an actor of the background thread that receives nothing until it is told "go", with a full mailbox."""

    def body() -> None:
        receive(match=lambda message: isinstance(message, Exit))
        while receive() != "end":
            pass

    def trapping() -> None:
        trap_exits(True)
        body()

    ref = spawn(trapping, mailbox=most, link=False, monitor=True, on=thread)
    settle_in(thread.scheduler)
    for number in range(most):
        send(ref, number)
    return ref


@pytest.mark.sentence("T2", "A5")
def test_a_send_from_another_thread_blocks_until_there_is_room(thread: BackgroundThread) -> None:
    ref = full(thread)
    sent: list[str] = []

    def sender() -> None:
        send(ref, "end")
        sent.append("sent")

    mine = spawn(sender, link=False)
    settle()
    settle_in(thread.scheduler)
    settle()
    assert (sent, mine.alive) == ([], True)
    send_exit(ref, Shutdown("go"))  # never held back
    assert receive(PATIENCE).reason == Normal()
    settle_in(thread.scheduler)
    settle()
    assert sent == ["sent"]


@pytest.mark.sentence("T2", "A5")
def test_a_send_that_does_not_wait_or_waits_too_long_raises(thread: BackgroundThread) -> None:
    ref = full(thread)
    for seconds in (0, 0.001):
        with pytest.raises(MailboxFullError) as caught:
            send(ref, "no room", timeout=seconds)
        assert (caught.value.ref, caught.value.message) == (ref, "no room")
    with pytest.raises(ValueError, match="-1"):
        send(ref, "no room", timeout=-1)
    send_exit(ref, Shutdown("go"))
    send(ref, "end")
    assert receive(PATIENCE).reason == Normal()


@pytest.mark.sentence("T2", "A5")
def test_the_death_of_the_receiver_frees_who_waits_in_another_thread(thread: BackgroundThread) -> None:
    ref = full(thread)
    before = dead_letters.count
    me = current()

    def sender(number: int) -> None:
        send(ref, number)
        send(me, number)

    for number in range(3):
        spawn(sender, number)
    settle()
    settle_in(thread.scheduler)
    kill(ref)
    found = [receive(PATIENCE) for _ in range(4)]
    assert sorted(message for message in found if not isinstance(message, Down)) == [0, 1, 2]
    assert dead_letters.count - before == 5


@pytest.mark.sentence("T2", "A5")
def test_a_sender_that_is_interrupted_has_not_sent(thread: BackgroundThread) -> None:
    ref = full(thread)
    mine = spawn(lambda: send(ref, "never"), link=False)
    settle()
    settle_in(thread.scheduler)
    kill(mine)
    settle()
    settle_in(thread.scheduler)
    before = dead_letters.count
    kill(ref)
    assert receive(PATIENCE).reason == Killed()
    settle_in(thread.scheduler)
    assert dead_letters.count - before == 2


@pytest.mark.sentence("T2", "A2", "A5")
def test_all_that_several_threads_send_to_a_bounded_mailbox_arrives_in_order(thread: BackgroundThread) -> None:
    def take(count: int) -> None:
        found = [receive() for _ in range(count)]
        send(me, [[number for who, number in found if who == sender] for sender in range(4)])

    me = current()
    ref = spawn(take, 200, mailbox=3, link=False, on=thread)

    def sender(who: int) -> None:
        for number in range(50):
            send(ref, (who, number))

    for who in range(4):
        spawn(sender, who, link=False)
    assert receive(PATIENCE) == [list(range(50))] * 4


@pytest.mark.sentence("T2", "A4")
def test_a_message_goes_round_a_ring_of_three_threads(thread: BackgroundThread) -> None:
    me = current()

    def hop(to: ActorRef) -> None:
        while (number := receive(PATIENCE)) is not None:
            send(to, number + 1)
        send(to, None)

    def plain() -> None:
        send(me, current())
        hop(me)

    other = PlainThread(plain)
    last = receive(PATIENCE)
    middle = spawn(hop, last, link=False, on=thread)
    first = spawn(hop, middle, link=False)
    for number in range(50):
        send(first, number)
        assert receive(PATIENCE) == number + 3
    send(first, None)
    assert receive(PATIENCE) is None
    other.result()


@pytest.mark.parametrize(
    "start",
    [partial(spawn, print), partial(AsyncComputation.start, print), partial(Server.start, Server)],
    ids=["spawn", "start", "server"],
)
def test_what_is_no_thread_of_the_runtime_is_refused_where_it_is_given(start: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match=r"on=.*give background\(\)"):
        start(on=threading.current_thread())
