"""Bounded mailboxes: who waits, in which order, and what lets them go."""

from collections.abc import Generator
from typing import Any

import gevent
import pytest
from gevent.event import Event

from actors import AsyncComputation, Cancelled, Completed, ask, telemetry
from actors.effects import clock
from actors.ops import Prompt
from actors.runtime import (
    ActorRef,
    Down,
    Exit,
    LinkedExitError,
    MailboxFullError,
    Normal,
    Shutdown,
    actor,
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
from tests.runtime.filling import bounded, queued, sender
from tests.runtime.watching import PATIENCE, control, end_of, start, throw_next

pytestmark = pytest.mark.leaves_actors("a receiver that never takes its message is what most of these tests are about")


def taking(got: list[Any]) -> None:
    """Pause until told, then take everything."""
    while True:
        got.append(receive())
        give_way()


def idle(got: list[Any], go: Event) -> None:
    """Wait for something that is no message, then take everything."""
    go.wait()
    taking(got)


@pytest.fixture(autouse=True)
def own_log_of_dead_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is logged under a clock of the test hold nothing back from others."""
    monkeypatch.setattr(dead_letters, "_log", telemetry.OncePerSecond("warning", "dead letter"))


@pytest.fixture
def full() -> ActorRef:
    """An actor that has not begun to receive, with one message, and room for no other."""
    ref = bounded(1, clock.sleep, 1e6)
    settle()
    send(ref, "first")
    return ref


@pytest.fixture
def letters() -> Generator[list[Any]]:
    got: list[Any] = []
    stop = dead_letters.subscribe(lambda _, message: got.append(message))
    yield got
    stop()


@pytest.mark.sentence("A5")
def test_send_does_not_block_as_long_as_there_is_room() -> None:
    ref = bounded(3)
    for number in range(3):
        send(ref, number)
    assert queued(ref) == [0, 1, 2]


@pytest.mark.sentence("A5")
def test_send_to_a_full_mailbox_blocks_its_sender_until_there_is_room() -> None:
    got: list[Any] = []
    done: list[Any] = []

    def body() -> None:
        clock.sleep(1.0)
        got.append(receive())
        clock.sleep(1.0)
        got.append(receive())
        clock.sleep(1.0)

    with ManualClock() as time:
        ref = bounded(1, body)
        settle()
        sender(ref, 1, 2, 3, done=done)
        settle()
        assert (got, done) == ([], [1])
        time.advance(1.0)
        assert (got, done) == ([1], [1, 2])
        time.advance(1.0)
        assert (got, done, queued(ref)) == ([1, 2], [1, 2, 3], [3])
        time.advance(1.0)


@pytest.mark.sentence("A5")
def test_with_timeout_0_a_full_mailbox_raises_at_once(full: ActorRef) -> None:
    with pytest.raises(MailboxFullError, match="1 of at most 1") as raised:
        send(full, "second", timeout=0)
    assert (raised.value.ref, raised.value.message, queued(full)) == (full, "second", ["first"])


@pytest.mark.sentence("A5")
def test_with_timeout_0_a_mailbox_with_room_takes_the_message() -> None:
    ref = bounded(1)
    send(ref, "first", timeout=0)
    assert queued(ref) == ["first"]


@pytest.mark.sentence("A5")
def test_a_send_with_a_timeout_raises_when_it_is_over() -> None:
    ended: list[Any] = []

    def body(to: ActorRef) -> None:
        with pytest.raises(MailboxFullError, match=r"2\.0 seconds"):
            send(to, "second", timeout=2.0)
        ended.append(1)

    with ManualClock() as time:
        ref = bounded(1, clock.sleep, 10.0)
        settle()
        send(ref, "first")
        spawn(body, ref)
        time.advance(1.9)
        early = list(ended)
        time.advance(0.1)
        assert (early, ended, queued(ref)) == ([], [1], ["first"])
        time.advance(10.0)


@pytest.mark.sentence("A5")
@pytest.mark.parametrize("timeout", [-1.0, float("nan")])
def test_a_timeout_that_is_no_duration_is_refused(full: ActorRef, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout"):
        send(full, "second", timeout=timeout)


@pytest.mark.parametrize("timeout", [0, 1.0, None])
def test_without_a_bound_a_timeout_changes_nothing(timeout: float | None) -> None:
    for message in ("first", "second", "third"):
        send(current(), message, timeout=timeout)
    assert [receive(0), receive(0), receive(0)] == ["first", "second", "third"]


@pytest.mark.sentence("A5")
def test_senders_that_wait_go_in_the_order_in_which_they_came() -> None:
    got: list[Any] = []
    go = Event()
    ref = bounded(1, idle, got, go)
    settle()
    for name in "abc":
        sender(ref, name + "1", name + "2")
    settle()
    sender(ref, "d1")  # the last to come, though there may be room when it runs
    go.set()
    settle()
    first = [got.index(message) for message in ("a1", "b1", "c1")]
    assert first == sorted(first)
    assert got.index("c1") < got.index("d1")
    assert sorted(got) == ["a1", "a2", "b1", "b2", "c1", "c2", "d1"]


@pytest.mark.sentence("A5")
def test_a_newcomer_does_not_pass_those_who_wait(full: ActorRef) -> None:
    sender(full, "waits")
    settle()
    waiting = control(full)
    assert waiting.mailbox is not None
    waiting.mailbox.popleft()
    with pytest.raises(MailboxFullError):
        send(full, "newcomer", timeout=0)
    assert queued(full) == ["waits"]


@pytest.mark.sentence("A5", "A2")
def test_the_order_of_one_sender_is_kept_across_its_waits() -> None:
    got: list[Any] = []
    ref = bounded(2, taking, got)
    sender(ref, *range(50))
    settle()
    assert got == list(range(50))


@pytest.mark.sentence("A5")
def test_exits_and_downs_are_not_held_back() -> None:
    victim = spawn(receive, link=False)

    def body() -> None:
        trap_exits(True)
        monitor(victim)
        link(victim)
        clock.sleep(1e6)

    ref = bounded(1, body)
    settle()
    send(ref, "fills it")
    kill(victim)
    send_exit(ref, Shutdown("asked"))
    settle()
    assert queued(ref)[0] == "fills it"
    assert sorted(type(message).__name__ for message in queued(ref)[1:]) == ["Down", "Exit", "Exit"]


@pytest.mark.sentence("A5")
def test_computation_events_are_not_held_back() -> None:
    def body() -> None:
        AsyncComputation.start(lambda: ask(Prompt("name")), tag="run")
        AsyncComputation.start(lambda: 7, tag="other")
        clock.sleep(1e6)

    ref = bounded(1, body)
    send(ref, "fills it")
    settle()
    assert queued(ref)[0] == "fills it"
    assert [message.tag for message in queued(ref)[1:]] == ["run", "other"]


@pytest.mark.sentence("A5")
def test_replies_of_sync_calls_are_not_held_back() -> None:
    got: list[Any] = []

    def body() -> None:
        got.append(AsyncComputation.start_sync(lambda: 7)[1])

    ref = bounded(1, body)
    send(ref, "fills it")
    settle()
    assert isinstance(got[0], Completed)
    assert ref.alive is False


@pytest.mark.sentence("A5")
@pytest.mark.parametrize("how", ["killed", "told", "returns"])
def test_the_death_of_the_receiver_frees_those_who_wait_and_all_becomes_dead_letters(how: str, letters: list[Any]) -> None:
    done: list[Any] = []
    with ManualClock() as time:
        ref = bounded(1, clock.sleep, 5.0)
        settle()
        send(ref, "first")
        senders = [sender(ref, name, done=done) for name in ("a", "b")]
        settle()
        assert done == []
        if how == "killed":
            kill(ref)
        elif how == "told":
            send_exit(ref, Shutdown())
        time.advance(5.0)
    assert (letters, done) == (["first", "a", "b"], ["a", "b"])
    assert [ref.alive for ref in senders] == [False, False]


@pytest.mark.sentence("A5", "A3")
def test_send_to_a_dead_actor_with_a_bound_does_not_block(letters: list[Any]) -> None:
    ref = bounded(1, give_way)
    end_of(ref)
    send(ref, 1)
    send(ref, 2, timeout=0)
    assert letters == [1, 2]


@pytest.mark.sentence("A5")
def test_to_oneself_a_full_mailbox_raises_and_does_not_wait_for_ever() -> None:
    def body() -> None:
        send(current(), "first")
        with pytest.raises(MailboxFullError, match="the sender's own"):
            send(current(), "second")
        with pytest.raises(MailboxFullError, match="the sender's own"):
            send(current(), "second", timeout=5.0)

    assert end_of(bounded(1, body)) == Normal()


@pytest.mark.sentence("A5")
def test_from_the_hub_a_full_mailbox_raises(full: ActorRef) -> None:
    raised: list[BaseException] = []

    def callback() -> None:
        try:
            send(full, "from the hub")
        except MailboxFullError as error:
            raised.append(error)

    gevent.get_hub().loop.run_callback(callback)
    settle()
    assert "the hub" in str(raised[0])
    assert queued(full) == ["first"]


@pytest.mark.sentence("A5", "A6")
def test_a_greenlet_that_the_runtime_did_not_start_waits_too(full: ActorRef) -> None:
    done: list[Any] = []

    def body() -> None:
        send(full, "second")
        done.append(1)

    greenlet = start(body)
    settle()
    assert done == []
    kill(full)
    settle()
    assert (done, greenlet.dead) == ([1], True)


@pytest.mark.sentence("A5", "A6")
def test_a_link_signal_is_raised_from_the_wait_of_a_greenlet(full: ActorRef) -> None:
    victim = spawn(receive, link=False)
    raised: list[Any] = []

    def body() -> None:
        with actor():
            link(victim)
            with pytest.raises(LinkedExitError):
                send(full, "second")
            raised.append(1)

    start(body)
    settle()
    kill(victim)
    settle()
    assert (raised, queued(full)) == ([1], ["first"])
    assert control(full).line == []  # type: ignore[attr-defined]


@pytest.mark.sentence("A5")
@pytest.mark.parametrize("how", ["killed", "told", "foreign timeout"])
def test_a_sender_that_leaves_the_line_lets_those_behind_it_go(how: str, full: ActorRef, letters: list[Any]) -> None:
    done: list[Any] = []
    first = sender(full, "a", done=done)
    sender(full, "b", done=done)
    settle()
    if how == "killed":
        kill(first)
    elif how == "told":
        send_exit(first, Shutdown())
    else:
        throw_next(first, gevent.Timeout(None))
        settle()
    mailbox = control(full).mailbox
    assert mailbox is not None
    mailbox.popleft()
    settle()
    assert (queued(full), done) == (["b"], ["b"])
    assert letters == []


@pytest.mark.sentence("A5")
def test_a_sender_whose_time_ran_out_as_room_came_is_not_counted_as_having_sent() -> None:
    ended: list[Any] = []

    def body(to: ActorRef) -> None:
        try:
            send(to, "late", timeout=1.0)
            ended.append("sent")
        except MailboxFullError:
            ended.append("full")

    with ManualClock() as time:
        ref = bounded(1, clock.sleep, 10.0)
        settle()
        send(ref, "first")
        me = spawn(body, ref)
        settle()
        control(me).timed_out()  # woken for that, and not yet run
        mailbox = control(ref).mailbox
        assert mailbox is not None
        mailbox.popleft()
        settle()
        assert (ended, queued(ref)) == (["full"], [])
        send(ref, "next", timeout=0)
        assert queued(ref) == ["next"]
        time.advance(10.0)


@pytest.mark.sentence("A5", "R10")
def test_a_cancel_reaches_a_computation_that_waits_to_send(full: ActorRef) -> None:
    run_ = AsyncComputation.start(send, full, "second", link=False)
    settle()
    assert run_.state == "running"
    assert run_.cancel_sync() == Cancelled("cancelled")
    kill(full)


@pytest.mark.sentence("A5")
def test_clean_up_of_a_sender_that_was_told_to_end_may_wait_to_send_again(full: ActorRef) -> None:
    done: list[Any] = []

    def body() -> None:
        try:
            send(full, "never")
        finally:
            send(full, "farewell")
            done.append(1)

    ref = spawn(body, link=False)
    settle()
    send_exit(ref, Shutdown())
    settle()
    assert done == []
    mailbox = control(full).mailbox
    assert mailbox is not None
    mailbox.popleft()
    settle()
    assert (done, queued(full), ref.alive) == ([1], ["farewell"], False)


@pytest.mark.sentence("A5")
def test_a_message_handed_over_to_one_that_is_killed_is_a_dead_letter_and_the_line_goes_free(letters: list[Any]) -> None:
    ref = bounded(1, receive)
    settle()
    send(ref, "handed over")
    send(ref, "queued")
    done: list[Any] = []
    waiting = sender(ref, "waits", done=done)
    control(waiting)
    kill(ref)
    settle()
    assert letters == ["handed over", "queued", "waits"]
    assert done == ["waits"]


def test_a_mailbox_that_fills_up_is_one_telemetry_event_until_nobody_waits_any_more(full: ActorRef) -> None:
    events: list[Any] = []
    stop = telemetry.subscribe(lambda event, data: events.append((event, data["actor"], data["messages"])))
    for _ in range(3):
        with pytest.raises(MailboxFullError):
            send(full, "no", timeout=0)
    stop()
    assert events == [("mailbox full", full, 1)]


@pytest.mark.sentence("A5", "A1")
@pytest.mark.parametrize("most", [0, -1])
def test_a_bound_below_1_is_a_value_error(most: int) -> None:
    with pytest.raises(ValueError, match="mailbox"):
        spawn(receive, mailbox=most)


@pytest.mark.sentence("A5", "A1")
@pytest.mark.parametrize("most", [1.5, "3", True])
def test_a_bound_that_is_no_number_of_messages_is_a_type_error(most: Any) -> None:
    with pytest.raises(TypeError, match="mailbox"):
        spawn(receive, mailbox=most)


@pytest.mark.sentence("A5", "A1")
def test_a_bounded_actor_is_linked_monitored_and_named_like_any_other() -> None:
    trap_exits(True)
    ref = spawn(give_way, monitor=True, name="bounded", mailbox=3)
    assert ref.name == "bounded"
    kinds: set[Any] = {type(receive(PATIENCE)), type(receive(PATIENCE))}
    assert kinds == {Down, Exit}


@pytest.mark.sentence("A5")
def test_one_that_is_killed_before_it_begins_frees_who_waits(letters: list[Any]) -> None:
    done: list[Any] = []
    ref = bounded(1, give_way)
    send(ref, "first")

    def body() -> None:
        send(ref, "second")
        done.append(1)

    waiting = control(spawn(body, link=False))
    waiting.scheduler.ready.rotate(1)  # the sender begins before its receiver
    give_way()
    kill(ref)
    settle()
    assert (letters, done) == (["first", "second"], [1])
