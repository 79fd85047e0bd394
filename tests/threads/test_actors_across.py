"""Every operation of actors, between two threads, whichever way."""

import threading
from functools import partial
from typing import Any

import pytest

from actors import receive, send, spawn
from actors.runtime import (
    ActorRef,
    BackgroundThread,
    Crash,
    Exit,
    Killed,
    LinkedExitError,
    NameTakenError,
    Normal,
    NoSuchActorError,
    Shutdown,
    current,
    dead_letters,
    demonitor,
    kill,
    link,
    monitor,
    register,
    send_exit,
    trap_exits,
    unlink,
    unregister,
    whereis,
)
from tests.runtime.watching import PATIENCE, Boom, boom
from tests.threads.crossing import Crossing, held, in_thread
from tests.threads.obeying import end, ended, obey


def nothing_comes() -> bool:
    """Tell whether the caller's mailbox is empty."""
    try:
        receive(0)
    except TimeoutError:
        return True
    return False


def do_in(ref: ActorRef, *functions: Any) -> list[Any]:
    """Have an actor that obeys call functions, and return what they returned."""
    me = current()
    done: list[Any] = []

    def all_of_them() -> None:
        done.extend(function() for function in functions)
        send(me, done)

    send(ref, all_of_them)
    receive(PATIENCE, match=lambda message: message is done)
    return done


# -- messages


@pytest.mark.sentence("T2", "A2")
def test_messages_of_one_actor_arrive_in_the_order_they_were_sent(crossing: Crossing) -> None:
    def body() -> None:
        me = current()

        def echo() -> None:
            while (message := receive()) is not None:
                send(me, message)

        ref = crossing.spawn(echo)
        for number in range(500):
            send(ref, number)
        send(ref, None)
        assert [receive(PATIENCE) for _ in range(500)] == list(range(500))

    crossing.run(body)


@pytest.mark.sentence("T2", "A3")
def test_a_message_to_the_dead_is_a_dead_letter(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(lambda: None)
        crossing.settle()
        found: list[Any] = []
        stop = dead_letters.subscribe(lambda who, message: found.append((who, message)))
        send(ref, "late")
        crossing.settle()
        stop()
        assert found == [(ref, "late")]

    crossing.run(body)


@pytest.mark.sentence("T2", "A5")
def test_messages_left_in_a_dead_actors_mailbox_are_dead_letters(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(receive, None)
        before = dead_letters.count
        for number in range(3):
            send(ref, number)
        crossing.settle()
        assert (ref.alive, dead_letters.count - before) == (False, 2)

    crossing.run(body)


# -- links


@pytest.mark.sentence("T2", "A8")
def test_an_error_travels_over_a_link(crossing: Crossing) -> None:
    def body() -> None:
        trap_exits(True)
        ref = crossing.spawn(obey)
        link(ref)
        error = Boom()

        def crash() -> None:
            raise error

        send(ref, crash)
        message = receive(PATIENCE)
        assert isinstance(message, Exit)
        assert (message.ref, message.reason) == (ref, Crash(error))

    crossing.run(body)


@pytest.mark.sentence("T2", "A8")
def test_a_link_is_symmetric(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(obey)
        watch = monitor(ref)

        def near() -> None:
            link(ref)
            receive()

        mine = spawn(near, link=False)
        crossing.settle()
        send_exit(mine, Shutdown("mine"))
        down = receive(PATIENCE)
        assert (down.monitor, down.reason) == (watch, Shutdown("mine"))

    crossing.run(body)


@pytest.mark.sentence("T2", "A8")
def test_at_most_one_link_a_pair_and_normal_is_no_signal(crossing: Crossing) -> None:
    def body() -> None:
        trap_exits(True)
        ref = crossing.spawn(obey)
        link(ref)
        link(ref)
        do_in(ref, partial(link, current()))
        send_exit(ref, Normal())
        send_exit(ref, Shutdown("once"))
        message = receive(PATIENCE)
        crossing.settle()
        assert (message.ref, message.reason) == (ref, Shutdown("once"))
        assert nothing_comes()

    crossing.run(body)


@pytest.mark.sentence("T2", "A8", "A9")
def test_normal_travels_only_to_who_traps_exits(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(obey)
        link(ref)
        end(ref)
        assert nothing_comes()
        trap_exits(True)
        ref = crossing.spawn(obey)
        link(ref)
        send(ref, lambda: True)
        message = receive(PATIENCE)
        assert (message.ref, message.reason) == (ref, Normal())

    crossing.run(body)


@pytest.mark.sentence("T2", "A8")
def test_a_link_with_the_dead_is_a_crash(crossing: Crossing) -> None:
    def body() -> None:
        trap_exits(True)
        ref = crossing.spawn(lambda: None)
        crossing.settle()
        link(ref)
        message = receive(PATIENCE)
        assert isinstance(message.reason, Crash)
        assert isinstance(message.reason.error, NoSuchActorError)
        unlink(ref)
        crossing.settle()
        assert nothing_comes()

    crossing.run(body)


@pytest.mark.sentence("T2", "A8")
def test_a_reason_is_unchanged_along_a_chain_to_and_fro(crossing: Crossing) -> None:
    def body() -> None:
        trap_exits(True)
        reason = Shutdown(object())
        last = crossing.spawn(obey)

        def middle() -> None:
            link(last)
            receive()

        first = spawn(middle)
        crossing.settle()
        send_exit(last, reason)
        message = receive(PATIENCE)
        assert message.ref is first
        assert message.reason is reason

    crossing.run(body)


@pytest.mark.sentence("T2", "A10")
def test_after_unlink_no_signal_of_that_link_arrives(crossing: Crossing) -> None:
    def body() -> None:
        trap_exits(True)
        ref = crossing.spawn(obey)
        link(ref)
        unlink(ref)
        send_exit(ref, Shutdown("gone"))
        crossing.settle()
        assert (ended(ref), nothing_comes()) == (True, True)

    crossing.run(body)


@pytest.mark.sentence("T2", "A10")
def test_after_unlink_ones_own_end_is_not_signalled(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(obey)

        def near() -> None:
            link(ref)
            unlink(ref)
            receive()

        mine = spawn(near, link=False)
        crossing.settle()
        send_exit(mine, Shutdown("mine"))
        crossing.settle()
        assert (ended(mine), ref.alive) == (True, True)
        end(ref)

    crossing.run(body)


@pytest.mark.sentence("T2", "A10")
def test_a_link_made_anew_after_an_unlink_is_in_force(crossing: Crossing) -> None:
    def body() -> None:
        trap_exits(True)
        ref = crossing.spawn(obey)
        for _ in range(3):
            link(ref)
            unlink(ref)
        link(ref)
        send_exit(ref, Shutdown("heard"))
        assert receive(PATIENCE).reason == Shutdown("heard")

    crossing.run(body)


@pytest.mark.sentence("T2", "A8", "A10")
def test_links_that_cross_one_another_agree_on_both_sides(crossing: Crossing) -> None:
    """Both link and unlink at once, again and again; afterwards each half is there or neither is."""

    def body() -> None:
        me = current()
        go = threading.Barrier(2)

        def far() -> None:
            go.wait()
            for number in range(300):
                (link if number % 3 else unlink)(me)

        trap_exits(True)
        ref = crossing.spawn(obey)
        send(ref, far)
        go.wait()
        for number in range(300):
            (unlink if number % 2 else link)(ref)
        crossing.settle()
        linked = has_link(me, ref)
        assert do_in(ref, lambda: has_link(ref, me)) == [linked]
        send_exit(ref, Shutdown("over"))
        crossing.settle()
        assert nothing_comes() is not linked

    crossing.run(body)


def has_link(one: Any, other: Any) -> bool:
    """Tell whether an actor has its half of a link with another."""
    return one.ties is not None and other in one.ties.links


@pytest.mark.sentence("T2", "A6", "A8")
def test_a_signal_is_raised_from_the_next_wait_of_who_was_not_started_by_the_runtime(thread: BackgroundThread) -> None:
    def in_plain_thread() -> None:
        spawn(boom, on=thread)
        receive(PATIENCE)

    with pytest.raises(LinkedExitError) as caught:
        in_thread(in_plain_thread)
    assert isinstance(caught.value.__cause__, Boom)


# -- monitors


@pytest.mark.sentence("T2", "A10", "A11")
def test_monitors_stack_and_each_gets_one_down(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(obey)
        monitors = [monitor(ref) for _ in range(3)]
        send(ref, lambda: True)
        downs = [receive(PATIENCE) for _ in monitors]
        crossing.settle()
        assert [(down.monitor, down.ref, down.reason) for down in downs] == [(one, ref, Normal()) for one in monitors]
        assert nothing_comes()

    crossing.run(body)


@pytest.mark.sentence("T2", "A11")
def test_a_monitor_of_the_dead_gives_a_down_at_once(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(lambda: None)
        crossing.settle()
        watch = monitor(ref)
        down = receive(PATIENCE)
        assert down.monitor is watch
        assert isinstance(down.reason.error, NoSuchActorError)

    crossing.run(body)


@pytest.mark.sentence("T2", "A10")
def test_no_down_comes_after_demonitor_with_flush_even_if_it_was_on_its_way(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(obey)
        queued, on_its_way, other = monitor(ref), monitor(ref), monitor(ref)
        send(ref, lambda: True)
        first = receive(PATIENCE, match=lambda message: message.monitor is other)
        assert first.ref is ref
        demonitor(queued, flush=True)
        demonitor(on_its_way, flush=True)
        crossing.settle()
        assert nothing_comes()

    crossing.run(body)


@pytest.mark.sentence("T2", "A10")
def test_a_monitor_that_was_dropped_leaves_nothing_behind(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(obey)
        watch = monitor(ref)
        demonitor(watch)
        crossing.settle()
        me: Any = current()
        watched: Any = ref
        assert (list(me.ties.monitoring), watched.monitors) == ([], [])
        end(ref)
        assert nothing_comes()

    crossing.run(body)


@pytest.mark.sentence("T2", "A11")
def test_the_end_of_a_watcher_ends_its_monitor(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(obey)
        spawn(lambda: monitor(ref), link=False)
        crossing.settle()
        watched: Any = ref
        assert watched.monitors == []
        end(ref)

    crossing.run(body)


# -- signals


@pytest.mark.sentence("T2", "A9")
def test_an_actor_that_traps_exits_gets_the_signal_as_a_message(crossing: Crossing) -> None:
    def body() -> None:
        me = current()

        def trapping() -> None:
            trap_exits(True)
            send(me, "ready")
            send(me, receive())

        ref = crossing.spawn(trapping)
        receive(PATIENCE)
        send_exit(ref, Normal())
        message = receive(PATIENCE)
        assert (message.ref, message.reason) == (me, Normal())

    crossing.run(body)


@pytest.mark.sentence("T2", "A9", "A14")
def test_a_kill_cannot_be_trapped_and_every_finally_runs_once(crossing: Crossing) -> None:
    def body() -> None:
        left: list[str] = []
        me = current()

        def stubborn() -> None:
            trap_exits(True)
            try:
                send(me, "ready")
                receive()
            finally:
                left.append("left")

        ref = crossing.spawn(stubborn)
        watch = monitor(ref)
        receive(PATIENCE)
        kill(ref)
        kill(ref)
        down = receive(PATIENCE)
        crossing.settle()
        assert (down.monitor, down.reason, left) == (watch, Killed(), ["left"])

    crossing.run(body)


@pytest.mark.sentence("T2", "A9")
def test_the_first_of_several_signals_is_the_reason(crossing: Crossing) -> None:
    def body() -> None:
        ref = crossing.spawn(receive)
        monitor(ref)
        for number in range(3):
            send_exit(ref, Shutdown(number))
        assert receive(PATIENCE).reason == Shutdown(0)

    crossing.run(body)


@pytest.mark.sentence("T2", "A9")
def test_an_actor_killed_before_its_first_line_never_runs_it(thread: BackgroundThread) -> None:
    ran: list[str] = []
    with held(thread):
        ref = spawn(lambda: ran.append("ran"), link=False, monitor=True, on=thread)
        kill(ref)
    assert (receive(PATIENCE).reason, ran) == (Killed(), [])


# -- names


@pytest.mark.sentence("T2", "A7")
def test_a_name_is_given_found_and_freed(crossing: Crossing) -> None:
    def body() -> None:
        ref, other = crossing.spawn(obey), crossing.spawn(obey)
        register("the name", ref)
        assert (whereis("the name"), ref.name) == (ref, "the name")
        with pytest.raises(NameTakenError) as caught:
            register("the name", other)
        assert caught.value.holder is ref
        with pytest.raises(ValueError, match="without a name"):
            register("another", ref)
        unregister("the name")
        register("the name", other)
        end(other)
        assert whereis("the name") is None
        end(ref)
        with pytest.raises(ValueError, match="live actor"):
            register("the name", ref)

    crossing.run(body)


@pytest.mark.sentence("T2", "A7")
def test_a_name_is_free_before_anyone_learns_that_its_holder_ended(crossing: Crossing) -> None:
    def body() -> None:
        for _ in range(20):
            ref = crossing.spawn(obey)
            register("the name", ref)
            monitor(ref)
            send(ref, lambda: True)
            assert (receive(PATIENCE).ref, whereis("the name")) == (ref, None)

    crossing.run(body)


def claimed(go: threading.Barrier, ref: ActorRef) -> str:
    """Claim a name at the same moment as another thread."""
    go.wait()
    try:
        register("the name", ref)
    except NameTakenError:
        return "taken"
    return "mine"


def tell(to: ActorRef, go: threading.Barrier, ref: ActorRef) -> None:
    send(to, claimed(go, ref))


@pytest.mark.sentence("T2", "A7")
def test_of_two_threads_that_want_a_name_one_gets_it(crossing: Crossing) -> None:
    def body() -> None:
        me = current()
        for _ in range(20):
            go = threading.Barrier(2)

            ref = crossing.spawn(obey)
            send(ref, partial(tell, me, go, ref))
            mine = claimed(go, me)
            assert sorted([mine, receive(PATIENCE)]) == ["mine", "taken"]
            assert whereis("the name") is (me if mine == "mine" else ref)
            unregister("the name")
            end(ref)

    crossing.run(body)
