"""How children start: in order, each within its time; what a start that fails leaves behind."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, NoReturn

import gevent
import pytest
from gevent.event import Event

from actors import AsyncComputation, Prompt, ask, current, receive, send, spawn, telemetry
from actors.effects import clock
from actors.exits import Killed, Normal, Shutdown
from actors.runtime import ActorRef, give_way, kill, link, send_exit, trap_exits, unlink
from actors.server import CallTimeoutError, Server, ServerExitedError
from actors.testing import ManualClock, Probe, settle
from supervisors import ChildSpec, Restart, Supervisor
from supervisors.errors import StartError, StartTimeoutError
from tests import garbage
from tests.supervisors.common import NEVER, Book, refs, starting, states, tell, trapping


def let_others_run() -> None:
    """Block until whoever may run meanwhile has had many turns."""
    for _ in range(100):
        give_way()


@pytest.mark.sentence("S1")
def test_children_start_in_list_order_each_after_the_one_before() -> None:
    order: list[str] = []

    def start(name: str) -> Callable[[], ActorRef]:
        def slowly() -> ActorRef:
            order.append(f"{name} begins")
            let_others_run()
            order.append(f"{name} is there")
            return spawn(receive)

        return slowly

    with Supervisor.start([ChildSpec(name, start(name)) for name in "abc"]) as root:
        assert order == [f"{name} {what}" for name in "abc" for what in ("begins", "is there")]
        assert [info.id for info in root.which_children()] == ["a", "b", "c"]


@pytest.mark.sentence("S1")
def test_start_is_called_in_the_supervisors_own_actor() -> None:
    seen: list[ActorRef] = []

    def start() -> ActorRef:
        seen.append(current())
        return spawn(receive)

    with Supervisor.start([ChildSpec("a", start)]) as root:
        assert seen == [root.ref]


@pytest.mark.sentence("S2")
@pytest.mark.parametrize("failing", ["a", "b", "c"])
def test_a_start_that_fails_stops_those_before_it_in_reverse_and_tells_which_and_why(failing: str) -> None:
    book = Book()
    book.faults[failing] = 1
    with pytest.raises(StartError, match=f"child '{failing}' did not start: OSError: {failing} cannot") as error:
        Supervisor.start([book.spec("x"), book.spec("y"), *book.specs("abc")])
    assert error.value.child_id == failing
    assert isinstance(error.value.reason, OSError)
    assert error.value.__cause__ is error.value.reason
    started = ["x", "y", *"abc"[: "abc".index(failing)]]
    assert book.read() == " ".join([f"!{failing}"])  # their bodies had not begun: there is nothing to leave
    assert current().alive
    assert started


@pytest.mark.sentence("S2")
def test_the_roll_back_waits_for_the_clean_up_of_each() -> None:
    order: list[str] = []

    def slow_to_leave(name: str) -> None:
        try:
            receive()
        finally:
            let_others_run()
            order.append(name)

    def fail() -> NoReturn:
        settle()
        raise OSError("no")

    with pytest.raises(StartError):
        Supervisor.start([*(ChildSpec(name, starting(slow_to_leave, name)) for name in "abc"), ChildSpec("d", fail)])
    assert order == ["c", "b", "a"]


@pytest.mark.sentence("S2")
def test_the_starter_of_a_supervisor_that_did_not_start_is_not_ended_by_it() -> None:
    def fail() -> NoReturn:
        raise OSError("no")

    with pytest.raises(StartError):
        Supervisor.start([ChildSpec("a", fail)])
    settle()  # a signal would be raised here
    assert current().alive


@pytest.mark.sentence("S2")
def test_the_failure_of_a_nested_supervisor_names_each_child_on_the_way() -> None:
    def fail() -> NoReturn:
        raise OSError("no")

    with pytest.raises(StartError) as error:
        Supervisor.start([ChildSpec("outer", lambda: Supervisor.start([ChildSpec("inner", fail)]))])
    assert isinstance(error.value.reason, StartError)
    assert (error.value.child_id, error.value.reason.child_id) == ("outer", "inner")
    assert isinstance(error.value.reason.__cause__, OSError)


USELESS: list[Callable[[], Any]] = [
    lambda: None,
    lambda: 7,
    lambda: "a",
    lambda: spawn,
    lambda: Probe().ref,  # a greenlet that the runtime did not start
    current,  # the supervisor itself
]


@pytest.mark.sentence("S1")
@pytest.mark.parametrize("start", USELESS, ids=range(len(USELESS)))
def test_a_start_that_returns_nothing_useful_has_failed(start: Callable[[], Any]) -> None:
    with pytest.raises(StartError, match="start returned") as error:
        Supervisor.start([ChildSpec("a", start)])
    assert isinstance(error.value.reason, TypeError)


@pytest.mark.sentence("S1")
def test_a_start_that_returns_a_sibling_or_the_starter_has_failed() -> None:
    made: list[ActorRef] = []

    def first() -> ActorRef:
        made.append(spawn(receive))
        return made[0]

    with Supervisor.start([ChildSpec("a", first)]) as root:
        with pytest.raises(StartError, match="which is no new actor"):
            root.start_child(ChildSpec("b", lambda: made[0]))
        assert made[0].alive
        assert states(root) == {"a": "running"}

    def nest() -> ActorRef:
        me = current()
        return Supervisor.start([ChildSpec("b", lambda: me)]).ref

    with pytest.raises(StartError, match="which is no new actor"):
        Supervisor.start([ChildSpec("a", nest)])


@pytest.mark.sentence("S1")
def test_whatever_has_a_ref_may_be_what_start_returns() -> None:
    class Handle:
        def __init__(self) -> None:
            self.ref = spawn(receive)

    with Supervisor.start([ChildSpec("a", Handle)]) as root:
        assert isinstance(root.child("a"), Handle)
        assert root.child("a").ref is refs(root)["a"]


class Raising(BaseException):
    """Not an `Exception`."""


@pytest.mark.sentence("S2")
@pytest.mark.parametrize("error", [OSError("no"), Raising("no"), gevent.Timeout(1)], ids=["plain", "base", "timeout"])
def test_whatever_start_raises_is_the_reason(error: BaseException) -> None:
    def fail() -> NoReturn:
        raise error

    with pytest.raises(StartError) as caught:
        Supervisor.start([ChildSpec("a", fail)])
    assert caught.value.reason is error


def hang_in_receive() -> object:
    return receive()


def hang_in_gevent() -> None:
    gevent.sleep(NEVER)


def hang_in_a_socket() -> None:
    one, two = socket.socketpair()
    with one, two:
        gevent.get_hub().wait(gevent.get_hub().loop.io(one.fileno(), 1))


def hang_in_an_event() -> None:
    Event().wait()


def hang_in_a_server() -> ActorRef:
    class Never(Server):
        def init(self) -> None:
            receive()

    return Server.start(Never, timeout=None)


def swallow_and_hang() -> None:
    while True:
        try:
            receive()
        except BaseException:
            gevent.sleep(0)
            receive()


HANGING = [hang_in_receive, hang_in_gevent, hang_in_a_socket, hang_in_an_event, hang_in_a_server]


@pytest.mark.sentence("S1")
@pytest.mark.parametrize("hang", HANGING)
def test_a_start_that_hangs_is_given_up_after_its_time(hang: Callable[[], Any]) -> None:
    book = Book()
    with pytest.raises(StartError, match=r"took more than 0\.02 s") as error:
        Supervisor.start([book.spec("a"), ChildSpec("b", hang, start_timeout=0.02)])
    assert isinstance(error.value.reason, StartTimeoutError)
    assert isinstance(error.value.reason, TimeoutError)
    assert error.value.reason.seconds == 0.02
    assert book.read() == "+a -a"


@pytest.mark.sentence("S1")
def test_a_start_that_swallows_the_end_of_its_time_is_interrupted_again() -> None:
    errors: list[StartError] = []

    def starter() -> None:
        try:
            Supervisor.start([ChildSpec("a", swallow_once, start_timeout=1.0)])
        except StartError as error:
            errors.append(error)

    def swallow_once() -> None:
        try:
            receive()
        except BaseException:
            receive()

    with ManualClock() as time:
        spawn(starter)
        time.advance(1.0)
        assert errors == []
        time.advance(5.0)
        assert isinstance(errors.pop().reason, StartTimeoutError)


@pytest.mark.sentence("S1")
def test_a_quick_start_arms_no_timer() -> None:
    with ManualClock() as time, Supervisor.start([ChildSpec("a", starting(receive))]):
        settle()
        assert time.pending == []


@pytest.mark.sentence("S1")
def test_without_a_limit_a_start_may_take_as_long_as_it_likes() -> None:
    done: list[Supervisor] = []

    def slow() -> ActorRef:
        clock.sleep(10_000.0)
        return spawn(receive)

    def starter() -> None:
        root = Supervisor.start([ChildSpec("a", slow, start_timeout=None)])
        done.append(root)
        receive()

    with ManualClock() as time:
        ref = spawn(starter, link=False)
        time.advance(10_001.0)
        assert done[0].ref.alive
        kill(ref)
        settle()
        assert not done[0].ref.alive


@pytest.mark.sentence("S2")
def test_what_a_failed_start_has_spawned_is_ended_and_nobody_else() -> None:
    book, strays = Book(), list[Any]()

    def fail() -> NoReturn:
        strays.extend(
            (spawn(trapping, book, "s"), Supervisor.start([book.spec("t")]), AsyncComputation.start(ask, Prompt("?")))
        )
        settle()
        raise OSError("no")

    def stranger() -> None:
        link(root.ref)
        receive()

    with Supervisor.start([book.spec("a")]) as root:
        other = spawn(stranger, link=False)
        settle()
        with pytest.raises(StartError):
            root.start_child(ChildSpec("b", fail))
        assert [stray.ref.alive if hasattr(stray, "ref") else stray.alive for stray in strays] == [False] * 3
        assert other.alive
        assert sorted(book.read().split()) == sorted(["+a", "+s", "+t", "-t", "-s"])
        assert states(root) == {"a": "running"}
    kill(other)


@pytest.mark.sentence("S2")
def test_an_unlinked_actor_is_linked_and_so_supervised() -> None:
    def start() -> ActorRef:
        return spawn(receive, link=False)

    with Supervisor.start([ChildSpec("a", start)]) as root:
        before = root.child("a")
        kill(before)
        settle()
        assert root.child("a") is not before
        last = root.child("a")
    assert isinstance(last.reason, Shutdown)


@pytest.mark.sentence("S1", "S3")
@pytest.mark.parametrize("linked", [True, False])
def test_an_actor_that_has_ended_already_is_treated_as_one_that_ends_now(linked: bool) -> None:
    started: list[ActorRef] = []

    def start() -> ActorRef:
        ref = spawn(receive if started else int, link=linked)
        give_way()
        started.append(ref)
        return ref

    with Supervisor.start([ChildSpec("a", start)]) as root:
        settle()
        assert [ref.alive for ref in started] == [False, True]
        assert [info.restarts for info in root.which_children()] == [1]


@pytest.mark.sentence("S3")
def test_a_temporary_child_that_has_ended_already_is_forgotten() -> None:
    def start() -> ActorRef:
        ref = spawn(int, link=False)
        give_way()
        return ref

    with Supervisor.start([ChildSpec("a", start, Restart.TEMPORARY)]) as root:
        settle()
        assert root.which_children() == ()


@pytest.mark.sentence("S2")
def test_a_child_that_dies_while_another_starts_is_dealt_with_after_that() -> None:
    book = Book()
    first: list[ActorRef] = []

    def start_first() -> ActorRef:
        first.append(book.start("a"))
        return first[-1]

    def start_second() -> ActorRef:
        settle()
        send(first[0], OSError("now"))
        settle()
        return book.start("b")

    with Supervisor.start([ChildSpec("a", start_first), ChildSpec("b", start_second)]) as root:
        assert book.read() == "+a -a +b +a"
        assert [info.restarts for info in root.which_children()] == [1, 0]


@pytest.mark.sentence("S2")
def test_a_supervisor_is_not_ended_by_a_start_that_unlinks_and_the_child_stays_a_child() -> None:
    def start() -> ActorRef:
        ref = spawn(receive)
        unlink(ref)
        return ref

    with Supervisor.start([ChildSpec("a", start)]) as root:
        send_exit(root.child("a"), Shutdown("away"))
        settle()
        assert [info.restarts for info in root.which_children()] == [1]


@pytest.mark.sentence("S2", "S11")
def test_a_supervisor_that_is_told_to_end_while_a_child_hangs_in_its_start_ends_at_once_with_what_the_start_made() -> None:
    book = Book()

    def hang() -> object:
        spawn(trapping, book, "s")
        return receive()

    def nested() -> Supervisor:
        return Supervisor.start([book.spec("b")])

    with Supervisor.start([ChildSpec("n", nested)]) as root:
        inner: Supervisor = root.child("n")
        spawn(failing_call, lambda: inner.start_child(ChildSpec("c", hang)))
        settle()
        root.terminate_child("n")
        assert book.read() == "+b +s -s -b"
        assert isinstance(inner.ref.reason, Shutdown)  # type: ignore[attr-defined]


def failing_call(function: Callable[[], object]) -> None:
    """Call what fails because the supervisor ends."""
    with pytest.raises((ServerExitedError, StartError)):
        function()


@pytest.mark.sentence("S2")
def test_a_supervisor_that_is_killed_while_a_child_hangs_in_its_start_leaves_no_orphan() -> None:
    book = Book()

    def hang() -> object:
        spawn(trapping, book, "s")
        return receive()

    root = Supervisor.start([book.spec("a")])
    trap_exits(True)
    spawn(failing_call, lambda: root.start_child(ChildSpec("b", hang)))
    settle()
    kill(root.ref)
    assert sorted(book.read().split()) == ["+a", "+s", "-a", "-s"]
    assert receive(1.0).reason == Killed()


@pytest.mark.sentence("S8")
def test_stop_with_a_limit_does_not_wait_for_a_start_that_hangs() -> None:
    go = Event()

    def slow() -> ActorRef:
        go.wait()
        return spawn(receive)

    root = Supervisor.start()
    spawn(root.start_child, ChildSpec("a", slow))
    settle()
    with pytest.raises(CallTimeoutError):
        root.stop(0.001)
    ref: Any = root.ref
    assert ref.alive
    go.set()
    settle()
    assert ref.reason == Normal()  # it was asked to, and goes on ending
    assert root.wait() == Normal()


@pytest.mark.sentence("S2")
def test_start_errors_are_no_garbage() -> None:
    book = Book()
    garbage.begin_counting()
    book.faults["b"] = 1
    with pytest.raises(StartError):
        Supervisor.start(book.specs("ab"))
    settle()
    assert garbage.count() == 0


@pytest.mark.sentence("S2")
@pytest.mark.parametrize("observed", [False, True])
def test_the_refusal_of_a_start_is_no_garbage(observed: bool) -> None:
    book = Book()
    stop = telemetry.subscribe(lambda _event, _data: None) if observed else lambda: None
    garbage.begin_counting()
    book.faults["b"] = 2
    with Supervisor.start() as root:
        for _ in range(2):
            with pytest.raises(StartError):
                root.start_child(book.spec("b"))
    settle()
    stop()
    assert garbage.count() == 0


@pytest.mark.sentence("S5", "S2")
def test_a_child_whose_restart_fails_is_no_reason_to_end() -> None:
    book = Book()
    with Supervisor.start(book.specs("ab")) as root:
        book.faults["b"] = 2
        tell(root, "b", OSError("now"))
        assert book.read() == "+a +b -b !b !b +b"
        assert states(root) == {"a": "running", "b": "running"}
