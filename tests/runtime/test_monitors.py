from typing import Any

import pytest

from actors.runtime import (
    ActorExit,
    ActorRef,
    Crash,
    Down,
    Exit,
    ExitReason,
    Killed,
    Normal,
    NoSuchActorError,
    Shutdown,
    current,
    demonitor,
    give_way,
    kill,
    monitor,
    receive,
    send,
    send_exit,
    spawn,
    trap_exits,
)
from actors.testing import settle
from tests.runtime.watching import PATIENCE, Boom, boom, end_of


def leave(reason: ExitReason) -> None:
    raise ActorExit(reason)


def no_message() -> None:
    settle()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A10")
@pytest.mark.parametrize("reason", [Normal(), Shutdown("why"), Killed(), Crash(Boom())], ids=lambda r: type(r).__name__)
def test_a_monitor_delivers_one_down_with_the_reason(reason: ExitReason) -> None:
    ref = spawn(leave, reason, link=False)
    watch = monitor(ref)
    down = receive(PATIENCE)
    assert isinstance(down, Down)
    assert (down.monitor, down.ref, down.reason) == (watch, ref, reason)
    no_message()


@pytest.mark.sentence("A10")
def test_the_down_of_a_crash_carries_the_very_error() -> None:
    error = Boom()

    def body() -> None:
        raise error

    spawn(body, link=False, monitor=True)
    down = receive(PATIENCE)
    assert isinstance(down.reason, Crash)
    assert down.reason.error is error


@pytest.mark.sentence("A10")
def test_the_down_of_a_killed_actor_comes_at_once() -> None:
    ref = spawn(receive, link=False, monitor=True)
    settle()
    kill(ref)
    assert receive(0).reason == Killed()
    settle()


@pytest.mark.sentence("A10")
def test_after_demonitor_no_down_comes() -> None:
    ref = spawn(receive, link=False)
    watch = monitor(ref)
    demonitor(watch)
    send(ref, "end")
    no_message()
    assert not ref.alive


@pytest.mark.sentence("A10")
def test_demonitor_leaves_a_down_that_is_already_queued() -> None:
    ref = spawn(give_way, link=False)
    watch = monitor(ref)
    settle()
    demonitor(watch)
    down = receive(0)
    assert isinstance(down, Down)
    assert down.monitor is watch


@pytest.mark.sentence("A10")
def test_demonitor_with_flush_takes_only_its_own_down_out_of_the_mailbox() -> None:
    ref = spawn(give_way, link=False)
    first, second = monitor(ref), monitor(ref)
    send(current(), "before")
    settle()
    send(current(), "after")
    demonitor(first, flush=True)
    kept = [receive(0) for _ in range(3)]
    assert [kept[0], kept[1].monitor, kept[2]] == ["before", second, "after"]
    no_message()


@pytest.mark.sentence("A10")
def test_demonitor_with_flush_of_a_living_actor_keeps_the_mailbox() -> None:
    ref = spawn(receive, link=False)
    send(current(), "message")
    demonitor(monitor(ref), flush=True)
    send(ref, "end")
    settle()
    assert receive(0) == "message"
    no_message()


def test_demonitor_twice_does_nothing_more() -> None:
    ref = spawn(give_way, link=False)
    first, second = monitor(ref), monitor(ref)
    demonitor(first)
    demonitor(first)
    assert receive(PATIENCE).monitor is second


@pytest.mark.parametrize("made", [None, "monitor", 3], ids=["None", "text", "number"])
def test_demonitor_of_what_is_no_monitor_is_a_type_error(made: Any) -> None:
    with pytest.raises(TypeError, match="monitor"):
        demonitor(made)


@pytest.mark.parametrize("ref", [None, "name", 3], ids=["None", "text", "number"])
def test_monitor_of_what_is_no_ref_is_a_type_error(ref: Any) -> None:
    with pytest.raises(TypeError, match="ActorRef"):
        monitor(ref)


@pytest.mark.sentence("A11")
def test_monitoring_a_dead_actor_brings_a_down_at_once() -> None:
    ref = spawn(give_way, link=False)
    end_of(ref)
    watch = monitor(ref)
    down = receive(0)
    assert isinstance(down, Down)
    assert (down.monitor, down.ref) == (watch, ref)
    assert isinstance(down.reason, Crash)
    assert isinstance(down.reason.error, NoSuchActorError)


@pytest.mark.sentence("A11")
def test_monitors_add_up() -> None:
    ref = spawn(give_way, link=False, monitor=True)
    made = [monitor(ref), monitor(ref)]
    downs = [receive(PATIENCE) for _ in range(3)]
    assert [down.monitor for down in downs][1:] == made
    no_message()


@pytest.mark.sentence("A11")
@pytest.mark.parametrize("reason", [Normal(), Shutdown(), Crash(Boom())], ids=lambda r: type(r).__name__)
def test_the_end_of_the_watcher_does_not_affect_the_watched_actor(reason: ExitReason) -> None:
    ref = spawn(receive, link=False)

    def watcher() -> None:
        monitor(ref)
        raise ActorExit(reason)

    end_of(spawn(watcher, link=False))
    settle()
    before = ref.alive
    send(ref, "end")
    settle()
    assert (before, ref.alive) == (True, False)


@pytest.mark.sentence("A11")
def test_an_actor_may_monitor_itself() -> None:
    def body() -> None:
        monitor(current())
        receive(0, match=lambda message: message == "go")

    ref = spawn(body, link=False, monitor=True)
    send(ref, "go")
    assert receive(PATIENCE).reason == Normal()


@pytest.mark.sentence("A2")
def test_exit_and_down_of_one_end_both_arrive() -> None:
    trap_exits(True)
    ref = spawn(boom, monitor=True)
    got = [receive(PATIENCE), receive(PATIENCE)]
    assert {type(message) for message in got} == {Exit, Down}
    assert {message.ref for message in got} == {ref}


@pytest.mark.sentence("A10")
def test_a_thousand_watchers_each_get_their_down() -> None:
    ref: ActorRef = spawn(receive, link=False)
    reasons: list[ExitReason] = []
    for _ in range(1000):
        spawn(lambda: reasons.append(end_of(ref)))
    settle()
    send_exit(ref, Shutdown("all"))
    settle()
    assert reasons == [Shutdown("all")] * 1000
