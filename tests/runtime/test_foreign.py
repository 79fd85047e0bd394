import gc
from typing import Any

import gevent
import gevent.event
import pytest
from greenlet import greenlet

from actors.runtime import (
    ActorExit,
    ActorRef,
    Crash,
    Down,
    Exit,
    LinkedExitError,
    Normal,
    Shutdown,
    actor,
    current,
    give_way,
    link,
    monitor,
    receive,
    send,
    send_exit,
    spawn,
    trap_exits,
)
from actors.testing import settle
from tests.garbage import begin_counting, count
from tests.runtime.watching import PATIENCE, Boom, boom, end_of, start

STOP = Shutdown("stop")


# -- a mailbox for everyone


@pytest.mark.sentence("A6")
def test_the_main_greenlet_is_one_and_the_same_actor() -> None:
    assert current() is current()
    assert current().alive


@pytest.mark.sentence("A6")
def test_the_main_greenlet_exchanges_messages_with_actors() -> None:
    me = current()
    ref = spawn(lambda: send(me, receive() + 1))
    send(ref, 1)
    assert receive(PATIENCE) == 2


@pytest.mark.sentence("A6")
def test_a_gevent_greenlet_exchanges_messages_with_actors() -> None:
    def body() -> int:
        me = current()
        ref = spawn(lambda: send(me, receive() + 1))
        send(ref, 1)
        got: int = receive(PATIENCE)
        return got

    assert gevent.spawn(body).get() == 2


@pytest.mark.sentence("A6")
def test_a_raw_greenlet_exchanges_messages_with_actors() -> None:
    got: list[int] = []

    def body() -> None:
        me = current()
        ref = spawn(lambda: send(me, receive() + 1))
        send(ref, 1)
        got.append(receive(PATIENCE))

    raw = greenlet(body, gevent.get_hub())
    gevent.get_hub().loop.run_callback(raw.switch)
    settle()
    assert got == [2]


@pytest.mark.sentence("A6")
def test_each_greenlet_has_a_mailbox_of_its_own() -> None:
    refs: list[ActorRef] = [current()]
    greenlets = [start(lambda: refs.append(current())) for _ in range(2)]
    gevent.joinall(greenlets)
    assert len(set(refs)) == 3


@pytest.mark.sentence("A4", "A6")
def test_a_foreign_greenlet_that_waits_in_vain_gets_a_timeout_error() -> None:
    with pytest.raises(TimeoutError):
        receive(0.001)


@pytest.mark.sentence("A6")
def test_a_foreign_timeout_in_a_foreign_greenlet_loses_nothing() -> None:
    got: list[Any] = []
    waiting: list[ActorRef] = []

    def body() -> None:
        waiting.append(current())
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.0):
            receive()
        got.append(receive())
        got.append(receive())

    one = start(body)
    settle()
    send(waiting[0], 1)
    send(waiting[0], 2)
    one.join()
    assert got == [1, 2]


@pytest.mark.sentence("A6")
def test_a_greenlet_that_is_killed_by_gevent_while_it_receives_is_a_dead_actor() -> None:
    refs: list[ActorRef] = []

    def body() -> None:
        refs.append(current())
        receive()

    one = start(body)
    settle()
    one.kill()
    settle()
    assert not refs[0].alive


# -- signals


@pytest.mark.sentence("A6")
@pytest.mark.parametrize(
    "wait",
    [receive, lambda: receive(PATIENCE), lambda: receive(match=lambda _: False), give_way, lambda: receive(0)],
    ids=["receive", "receive with a limit", "receive match", "give_way", "receive what is there"],
)
def test_the_signal_of_a_link_is_raised_from_the_next_wait(wait: Any) -> None:
    ref = spawn(boom)
    settle()
    with pytest.raises(LinkedExitError) as raised:
        wait()
    assert raised.value.who is ref
    assert isinstance(raised.value.__cause__, Boom)


@pytest.mark.sentence("A6")
@pytest.mark.parametrize(
    "wait",
    [receive, lambda: receive(PATIENCE), lambda: receive(match=lambda _: False)],
    ids=["receive", "receive with a limit", "receive match"],
)
def test_the_signal_of_a_link_is_raised_from_a_wait_that_has_begun(wait: Any) -> None:
    spawn(boom)
    with pytest.raises(LinkedExitError) as raised:
        wait()
    assert isinstance(raised.value.reason, Crash)


@pytest.mark.sentence("A6")
def test_the_signal_of_a_link_is_raised_once() -> None:
    spawn(boom)
    settle()
    with pytest.raises(LinkedExitError):
        receive(0)
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A6")
def test_the_signal_of_a_link_loses_no_message() -> None:
    me = current()

    def body() -> None:
        send(me, "before the end")
        raise Boom

    spawn(body)
    settle()
    with pytest.raises(LinkedExitError):
        receive(0)
    assert receive(0) == "before the end"


@pytest.mark.sentence("A6")
def test_the_signal_of_a_link_is_raised_from_the_wait_of_a_gevent_greenlet() -> None:
    def body() -> object:
        ref = spawn(receive)
        spawn(send_exit, ref, STOP)
        try:
            return receive(PATIENCE)
        except LinkedExitError as error:
            return error.reason

    assert gevent.spawn(body).get() == STOP


@pytest.mark.sentence("A6")
def test_a_foreign_greenlet_that_traps_exits_gets_a_message() -> None:
    trap_exits(True)
    ref = spawn(boom)
    message = receive(PATIENCE)
    assert isinstance(message, Exit)
    assert message.ref is ref


@pytest.mark.sentence("A6", "A8")
def test_normal_over_a_link_is_no_signal_for_a_foreign_greenlet() -> None:
    spawn(give_way)
    settle()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("A6", "A9")
def test_send_exit_reaches_a_foreign_greenlet_as_a_linked_exit_error() -> None:
    me = current()
    spawn(lambda: send_exit(me, STOP), link=False)
    with pytest.raises(LinkedExitError) as raised:
        receive()
    assert raised.value.reason == STOP


# -- the end


def watched(ref: ActorRef) -> list[Any]:
    """Collect, in an actor, the messages that tell of the end of `ref`."""
    told: list[Any] = []

    def body() -> None:
        trap_exits(True)
        link(ref)
        monitor(ref)
        told.append(receive())
        told.append(receive())

    spawn(body, link=False)
    settle()
    return told


def reasons(told: list[Any]) -> dict[type, Any]:
    return {type(message): message.reason for message in told}


@pytest.mark.sentence("A6")
def test_the_end_of_a_gevent_greenlet_is_noticed() -> None:
    refs: list[ActorRef] = []
    go = gevent.event.Event()

    def body() -> None:
        refs.append(current())
        go.wait()

    gevent.spawn(body)
    settle()
    told = watched(refs[0])
    go.set()
    settle()
    assert reasons(told) == {Exit: Normal(), Down: Normal()}


@pytest.mark.sentence("A6")
def test_the_end_of_a_gevent_greenlet_that_raised_is_noticed_with_its_error() -> None:
    refs: list[ActorRef] = []
    go = gevent.event.Event()
    error = Boom()

    def body() -> None:
        refs.append(current())
        go.wait()
        raise error

    one = start(body)
    settle()
    told = watched(refs[0])
    go.set()
    with pytest.raises(Boom):
        one.get()
    settle()
    assert reasons(told) == {Exit: Crash(error), Down: Crash(error)}


@pytest.mark.sentence("A6")
def test_the_end_of_a_raw_greenlet_is_noticed() -> None:
    refs: list[ActorRef] = []

    def body() -> None:
        refs.append(current())
        receive()

    gevent.get_hub().loop.run_callback(greenlet(body, gevent.get_hub()).switch)
    settle()
    told = watched(refs[0])
    send(refs[0], "end")
    settle()
    assert reasons(told) == {Exit: Normal(), Down: Normal()}


@pytest.mark.sentence("A6")
def test_an_actor_linked_to_a_greenlet_that_crashed_ends_with_it() -> None:
    refs: list[ActorRef] = []

    def body() -> None:
        refs.append(spawn(receive))
        give_way()
        raise Boom

    one = start(body)
    gevent.sleep(0.0)  # until it has spawned
    watch = monitor(refs[0])
    with pytest.raises(Boom):
        one.get()
    down = receive(PATIENCE)
    assert down.monitor is watch
    assert isinstance(down.reason, Crash)


# -- with actor():


@pytest.mark.sentence("A6")
def test_inside_the_block_one_is_another_actor() -> None:
    outer = current()
    with actor() as inner:
        assert current() is inner
        assert inner is not outer
    assert current() is outer


@pytest.mark.sentence("A6")
def test_the_end_of_the_block_is_the_end_of_its_actor() -> None:
    with actor() as inner:
        told = watched(inner)
    settle()
    assert reasons(told) == {Exit: Normal(), Down: Normal()}


@pytest.mark.sentence("A6")
def test_a_block_that_raises_ends_its_actor_with_the_error() -> None:
    error = Boom()
    told: list[Any] = []

    def fails() -> None:
        with actor() as inner:
            told.append(watched(inner))
            raise error

    with pytest.raises(Boom):
        fails()
    settle()
    assert reasons(told[0]) == {Exit: Crash(error), Down: Crash(error)}


@pytest.mark.sentence("A6", "A9")
def test_a_block_left_by_actor_exit_ends_its_actor_with_that_reason() -> None:
    told: list[Any] = []

    def leaves() -> None:
        with actor() as inner:
            told.append(watched(inner))
            raise ActorExit(STOP)

    with pytest.raises(ActorExit):
        leaves()
    settle()
    assert reasons(told[0]) == {Exit: STOP, Down: STOP}


@pytest.mark.sentence("A6")
def test_the_block_has_a_mailbox_of_its_own() -> None:
    send(current(), "outer")
    with actor() as inner:
        send(inner, "inner")
        got = receive(0)
        with pytest.raises(TimeoutError):
            receive(0)
    assert (got, receive(0)) == ("inner", "outer")


@pytest.mark.sentence("A6")
def test_blocks_nest() -> None:
    with actor() as one:
        with actor() as two:
            assert current() is two
        assert (current(), two.alive) == (one, False)


@pytest.mark.sentence("A6")
def test_actor_in_an_actor_of_the_runtime_is_refused() -> None:
    def body() -> None:
        with pytest.raises(RuntimeError, match="spawn"), actor():
            pass

    assert end_of(spawn(body, link=False)) == Normal()


def test_a_block_that_raises_leaves_no_cycle() -> None:
    def traps() -> None:
        trap_exits(True)
        receive()

    def fails() -> None:
        with actor():
            spawn(traps)
            settle()
            raise Boom

    begin_counting()
    try:
        for _ in range(10):
            try:
                fails()
            except Boom:
                pass
            settle()
        assert count() == 0
    finally:
        gc.enable()
