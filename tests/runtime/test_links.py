from collections.abc import Callable
from typing import Any

import pytest

from actors.runtime import (
    ActorExit,
    ActorRef,
    Crash,
    Exit,
    ExitReason,
    Killed,
    LinkedExitError,
    Normal,
    NoSuchActorError,
    Shutdown,
    current,
    give_way,
    kill,
    link,
    receive,
    send,
    send_exit,
    spawn,
    trap_exits,
    unlink,
)
from actors.testing import Probe, settle
from tests.runtime.watching import PATIENCE, Boom, boom, control, end_of, run

STOP = Shutdown("stop")


def leave(reason: ExitReason) -> None:
    raise ActorExit(reason)


def crash_with(error: BaseException) -> None:
    raise error


def stays() -> ActorRef:
    """Start an actor that waits for a message, and let it come to that."""
    ref = spawn(receive, link=False)
    settle()
    return ref


def tell_to_stop(ref: ActorRef) -> None:
    send_exit(ref, STOP)


def linked_with(other: ActorRef) -> ActorRef:
    """Start an actor that links itself with another and waits."""

    def body() -> None:
        link(other)
        receive()

    ref = spawn(body, link=False)
    settle()
    return ref


# -- links


@pytest.mark.sentence("A8")
@pytest.mark.parametrize("first", [True, False], ids=["the one that linked", "the other one"])
def test_a_link_is_symmetric(first: bool) -> None:
    other = stays()
    one = linked_with(other)
    send_exit(one if first else other, STOP)
    settle()
    assert (one.alive, other.alive) == (False, False)


@pytest.mark.sentence("A8")
def test_there_is_at_most_one_link_for_each_pair() -> None:
    trap_exits(True)
    ref = spawn(receive)
    link(ref)
    link(ref)
    send_exit(ref, STOP)
    settle()
    assert isinstance(receive(0), Exit)
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A8")
def test_of_links_that_both_sides_made_only_one_counts() -> None:
    trap_exits(True)
    me = current()

    def body() -> None:
        link(me)
        receive()

    ref = spawn(body, link=False)
    settle()
    link(ref)
    unlink(ref)
    send(ref, "end")
    settle()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A8")
def test_linking_oneself_does_nothing() -> None:
    seen: list[str] = []

    def body() -> None:
        link(current())
        give_way()
        seen.append("went on")

    assert run(body) == Normal()
    assert seen == ["went on"]


@pytest.mark.sentence("A8")
def test_normal_does_not_end_a_linked_actor() -> None:
    other = stays()
    one = linked_with(other)
    send(one, "return")
    settle()
    before = other.alive
    send(other, "return")
    settle()
    assert (one.alive, before) == (False, True)


@pytest.mark.sentence("A8")
@pytest.mark.parametrize("reason", [Shutdown("why"), Killed(), Crash(Boom())], ids=["shutdown", "killed", "crash"])
def test_every_other_reason_ends_a_linked_actor(reason: ExitReason) -> None:
    one = stays()
    other = linked_with(one)
    probe = spawn_watcher(other)
    send_exit(one, reason)
    settle()
    assert probe == [reason]


def spawn_watcher(ref: ActorRef) -> list[ExitReason]:
    """Collect the exit reason of an actor."""
    seen: list[ExitReason] = []
    spawn(lambda: seen.append(end_of(ref)))
    settle()
    return seen


@pytest.mark.sentence("A8")
def test_along_a_chain_the_reason_stays_as_it_is() -> None:
    first = stays()
    chain = [first]
    for _ in range(20):
        chain.append(linked_with(chain[-1]))
    seen = spawn_watcher(chain[-1])
    reason = Crash(Boom())
    send_exit(first, reason)
    settle()
    assert seen[0] is reason
    assert not any(ref.alive for ref in chain)


@pytest.mark.sentence("A8")
def test_an_exit_goes_round_a_ring_of_links_once() -> None:
    first = stays()
    second = linked_with(first)

    def body() -> None:
        link(first)
        link(second)
        receive()

    third = spawn(body, link=False)
    settle()
    seen = spawn_watcher(first)
    send_exit(third, STOP)
    settle()
    assert seen == [STOP]
    assert not second.alive


@pytest.mark.sentence("A8")
def test_linking_a_dead_actor_ends_the_caller_with_no_such_actor() -> None:
    dead = spawn(give_way, link=False)
    end_of(dead)

    def body() -> None:
        link(dead)
        receive()

    reason = run(body)
    assert isinstance(reason, Crash)
    assert isinstance(reason.error, NoSuchActorError)


@pytest.mark.sentence("A8")
def test_linking_a_dead_actor_gives_an_exit_to_a_caller_that_traps() -> None:
    trap_exits(True)
    dead = spawn(give_way, link=False)
    end_of(dead)
    link(dead)
    message = receive(0)
    assert isinstance(message, Exit)
    assert message.ref is dead
    assert isinstance(message.reason, Crash)
    assert isinstance(message.reason.error, NoSuchActorError)


@pytest.mark.sentence("A8")
def test_an_actor_that_traps_stops_an_exit_from_going_on() -> None:
    first = stays()
    got: list[Any] = []

    def body() -> None:
        trap_exits(True)
        link(first)
        got.append(receive())
        receive()

    middle = spawn(body, link=False)
    settle()
    last = linked_with(middle)
    send_exit(first, STOP)
    settle()
    before = (middle.alive, last.alive)
    kill(middle)
    settle()
    assert before == (True, True)
    assert [(message.ref, message.reason) for message in got] == [(first, STOP)]


# -- unlink


@pytest.mark.sentence("A10")
@pytest.mark.parametrize("spawned", [True, False], ids=["of spawn", "of link"])
def test_after_unlink_that_link_delivers_no_signal(spawned: bool) -> None:
    trap_exits(True)
    ref = spawn(receive, link=spawned)
    link(ref)
    unlink(ref)
    send_exit(ref, STOP)
    settle()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A8", "A10")
def test_unlink_works_from_the_other_side_too() -> None:
    trap_exits(True)
    parent = current()

    def body() -> None:
        unlink(parent)
        raise ActorExit(STOP)

    spawn(body)
    settle()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A10")
def test_an_exit_already_in_the_mailbox_survives_unlink() -> None:
    trap_exits(True)
    ref = spawn(leave, STOP)
    settle()
    unlink(ref)
    message = receive(0)
    assert isinstance(message, Exit)
    assert message.reason == STOP


def test_unlinking_what_is_not_linked_does_nothing() -> None:
    ref = stays()
    unlink(ref)
    assert ref.alive
    send(ref, "end")
    settle()


# -- trapping


@pytest.mark.sentence("A9")
def test_trap_exits_returns_the_setting_that_it_replaces() -> None:
    assert [trap_exits(True), trap_exits(True), trap_exits(False), trap_exits(False)] == [False, True, True, False]


@pytest.mark.sentence("A9")
@pytest.mark.parametrize(
    "reason", [Normal(), Shutdown("why"), Killed(), Crash(Boom())], ids=["normal", "shutdown", "killed", "crash"]
)
def test_an_actor_that_traps_gets_every_exit_as_a_message(reason: ExitReason) -> None:
    trap_exits(True)
    ref = spawn(leave, reason)
    message = receive(PATIENCE)
    assert isinstance(message, Exit)
    assert (message.ref, message.reason) == (ref, reason)


@pytest.mark.sentence("A9")
def test_an_actor_that_traps_gets_the_end_of_a_body_that_returned() -> None:
    trap_exits(True)
    ref = spawn(give_way)
    message = receive(PATIENCE)
    assert isinstance(message, Exit)
    assert (message.ref, message.reason) == (ref, Normal())


@pytest.mark.sentence("A9")
def test_after_trapping_was_turned_off_an_exit_ends_the_actor_again() -> None:
    def body() -> None:
        trap_exits(True)
        trap_exits(False)
        receive()

    ref = spawn(body, link=False)
    settle()
    seen = spawn_watcher(ref)
    send_exit(ref, STOP)
    settle()
    assert seen == [STOP]


# -- send_exit and ActorExit


@pytest.mark.sentence("A9")
def test_send_exit_tells_an_actor_that_traps_who_sent_it() -> None:
    probe = Probe()
    sender = spawn(send_exit, probe.ref, STOP)
    message = probe.expect(Exit)
    assert (message.ref, message.reason) == (sender, STOP)


@pytest.mark.sentence("A9")
def test_normal_from_another_actor_is_dropped() -> None:
    ref = stays()
    send_exit(ref, Normal())
    settle()
    before = ref.alive
    send(ref, "end")
    settle()
    assert before


@pytest.mark.sentence("A9")
def test_normal_from_another_actor_reaches_one_that_traps() -> None:
    probe = Probe()
    send_exit(probe.ref, Normal())
    assert probe.expect(Exit, 0).reason == Normal()


@pytest.mark.sentence("A9")
@pytest.mark.parametrize("reason", [Normal(), STOP], ids=["normal", "shutdown"])
def test_send_exit_to_oneself_ends_oneself(reason: ExitReason) -> None:
    went_on: list[int] = []

    def body() -> None:
        send_exit(current(), reason)
        went_on.append(1)

    assert run(body) == reason
    assert went_on == []


@pytest.mark.sentence("A9")
def test_send_exit_to_oneself_is_a_message_when_one_traps() -> None:
    trap_exits(True)
    send_exit(current(), Normal())
    assert isinstance(receive(0), Exit)


@pytest.mark.sentence("A9")
@pytest.mark.parametrize(
    "reason", [Normal(), Shutdown("why"), Killed(), Crash(Boom())], ids=["normal", "shutdown", "killed", "crash"]
)
def test_raising_actor_exit_ends_oneself_with_its_reason(reason: ExitReason) -> None:
    assert run(leave, reason) == reason


@pytest.mark.sentence("A9")
def test_an_actor_that_was_told_to_end_before_it_began_never_begins() -> None:
    begun: list[int] = []
    ref = spawn(begun.append, 1, link=False, monitor=True)
    send_exit(ref, STOP)
    settle()
    assert receive(0).reason == STOP
    assert begun == []


@pytest.mark.sentence("A9")
def test_only_the_first_signal_counts() -> None:
    ref = stays()
    seen = spawn_watcher(ref)
    send_exit(ref, Shutdown("first"))
    send_exit(ref, Shutdown("second"))
    settle()
    assert seen == [Shutdown("first")]


def returns() -> None: ...


def returns_after_a_wait() -> None:
    receive(0, match=lambda _: True)


ENDINGS: dict[str, Callable[[], object]] = {
    "returns": returns,
    "crashes": boom,
    "raises another ActorExit": lambda: leave(Normal()),
}


@pytest.mark.sentence("A9")
@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_the_reason_stays_that_of_the_signal_whatever_the_body_does_afterwards(ending: Callable[[], object]) -> None:
    def body() -> None:
        try:
            receive()
        except ActorExit:
            pass
        ending()

    ref = spawn(body, link=False, monitor=True)
    settle()
    send_exit(ref, STOP)
    settle()
    assert receive(0).reason == STOP


# -- foreign greenlets


@pytest.mark.sentence("A6")
def test_the_signal_of_a_link_is_raised_from_the_next_wait_of_a_foreign_greenlet() -> None:
    ref = spawn(boom)
    settle()
    with pytest.raises(LinkedExitError) as raised:
        receive()
    assert raised.value.who is ref
    assert isinstance(raised.value.reason, Crash)
    assert isinstance(raised.value.__cause__, Boom)


# -- what is given


@pytest.mark.parametrize("function", [link, unlink, kill, tell_to_stop])
@pytest.mark.parametrize("ref", [None, "name", 3], ids=["None", "text", "number"])
def test_what_is_no_ref_is_a_type_error(function: Callable[[Any], object], ref: Any) -> None:
    with pytest.raises(TypeError, match="ActorRef"):
        function(ref)


@pytest.mark.parametrize("reason", [None, "shutdown", Boom(), Normal])
def test_what_is_no_exit_reason_is_a_type_error(reason: Any) -> None:
    ref = stays()
    with pytest.raises(TypeError, match="exit reason"):
        send_exit(ref, reason)
    with pytest.raises(TypeError, match="exit reason"):
        ActorExit(reason)
    send(ref, "end")
    settle()


def test_a_link_is_forgotten_by_both_sides_when_one_ends() -> None:
    ref = spawn(give_way)
    link(ref)
    end_of(ref)
    ties = control(current()).ties
    assert ties is not None
    assert ref not in ties.links
