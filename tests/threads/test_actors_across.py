"""Every operation of actors, between two threads, whichever way."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, receive, send, spawn
from actors.runtime import (
    ActorRef,
    BackgroundThread,
    Crash,
    Down,
    Exit,
    Killed,
    LinkedExitError,
    MailboxFullError,
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
from actors.server import Server
from actors.testing import settle
from tests.runtime.watching import PATIENCE, Boom, boom
from tests.threads.crossing import Crossing, PlainThread, held, in_thread, settle_in


def nothing_comes() -> bool:
    """Tell whether the caller's mailbox is empty."""
    try:
        receive(0)
    except TimeoutError:
        return True
    return False


def ended(ref: ActorRef) -> bool:
    return not ref.alive


def obey() -> None:
    """Do what each message says, a function to call, until one returns True."""
    while receive()() is not True:
        pass


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


def end(ref: ActorRef) -> None:
    """Have an actor that obeys return, and wait for that."""
    watch = monitor(ref)
    send(ref, lambda: True)
    receive(PATIENCE, match=lambda message: isinstance(message, Down) and message.monitor is watch)


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
