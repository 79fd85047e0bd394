"""How children stop: in reverse order, each with its time; what ends a supervisor, and that nobody is left."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from gevent.event import Event

from actors import AsyncComputation, Prompt, ask, current, receive, send, spawn
from actors.exits import Crash, ExitReason, Killed, LinkedExitError, Normal, Shutdown
from actors.outcomes import Cancelled
from actors.runtime import ActorRef, give_way, kill, link, monitor, send_exit, trap_exits
from actors.runtime.figures import statistics
from actors.server import CallTimeoutError, ServerExitedError, call, cast
from actors.testing import ManualClock, Probe, live_actors, settle
from supervisors import ChildSpec, DynamicSupervisor, Intensity, Supervisor
from supervisors.errors import GaveUpError
from tests.supervisors.common import NEVER, Book, starting, tell, trapping


def leaves_when_it_may(go: Event, book: Book | None = None) -> None:
    """End when told to and let go; write that down."""
    try:
        receive()
    finally:
        go.wait()
        if book is not None:
            book.lines.append("-l")


def reason_of(ref: ActorRef) -> ExitReason | None:
    reason: ExitReason | None = getattr(ref, "reason", None)
    return reason


@pytest.mark.sentence("S1", "S11")
def test_children_stop_in_reverse_order_each_before_the_next_is_told() -> None:
    order: list[str] = []

    def slow_to_leave(name: str) -> None:
        try:
            receive()
        finally:
            order.append(f"{name} leaves")
            for _ in range(100):  # whoever may run meanwhile has had many turns
                give_way()
            order.append(f"{name} is gone")

    with Supervisor.start([ChildSpec(name, starting(slow_to_leave, name)) for name in "abc"]):
        settle()
    assert order == [f"{name} {what}" for name in "cba" for what in ("leaves", "is gone")]


def stubborn(book: Book, name: str) -> None:
    """Swallow whatever it is told, for ever."""
    book.lines.append(f"+{name}")
    while True:
        try:
            receive()
        except BaseException:
            book.lines.append(f"?{name}")


@pytest.mark.sentence("S1")
@pytest.mark.parametrize(("fields", "seconds"), [({}, 5.0), ({"shutdown": 2.0}, 2.0), ({"shutdown": 7.5}, 7.5)])
def test_a_child_that_swallows_the_signal_is_killed_after_its_time(fields: dict[str, Any], seconds: float) -> None:
    def leaves_slowly() -> None:
        try:
            receive()
        finally:
            never.wait()

    never = Event()
    with ManualClock() as time:
        root = Supervisor.start([ChildSpec("a", starting(leaves_slowly), **fields)])
        child = root.child("a")
        settle()
        spawn(root.stop)
        time.advance(seconds - 0.001)
        assert child.alive
        assert root.ref.alive
        time.advance(0.001)
        assert reason_of(child) == Killed()
        assert not root.ref.alive


@pytest.mark.sentence("S1")
def test_a_child_with_no_time_is_killed_and_never_told() -> None:
    book = Book()
    root = Supervisor.start([ChildSpec("a", starting(trapping, book, "a"), shutdown=0)])
    child = root.child("a")
    settle()
    root.stop()
    assert reason_of(child) == Killed()


@pytest.mark.sentence("S1")
def test_a_child_without_a_limit_and_a_supervisor_are_waited_for() -> None:
    go = Event()

    def nested() -> Supervisor:
        return Supervisor.start([ChildSpec("b", starting(leaves_when_it_may, go), shutdown=None)])

    with ManualClock() as time:
        root = Supervisor.start([ChildSpec("n", nested)])
        settle()
        spawn(root.stop)
        time.advance(NEVER)
        assert root.ref.alive
        go.set()
        settle()
        assert not root.ref.alive


@pytest.mark.sentence("S1", "S2")
def test_a_child_that_traps_exits_is_told_all_the_same() -> None:
    book = Book()
    with Supervisor.start([ChildSpec("a", starting(trapping, book, "a"))]) as root:
        child = root.child("a")
        settle()
    assert book.read() == "+a -a"
    assert isinstance(reason_of(child), Shutdown)


@pytest.mark.sentence("S11")
def test_a_child_that_crashes_in_its_clean_up_does_not_keep_the_others_from_being_stopped() -> None:
    book = Book()

    def crashes() -> None:
        try:
            receive()
        finally:
            raise OSError("in clean-up")

    with Supervisor.start([book.spec("a"), ChildSpec("b", starting(crashes)), book.spec("c")]):
        settle()
    assert book.read() == "+a +c -c -a"


@pytest.mark.sentence("S2")
@pytest.mark.parametrize("reason", [Normal(), Shutdown("enough"), Crash(OSError("now"))])
def test_a_supervisor_ends_with_its_starter_whatever_the_reason(reason: ExitReason) -> None:
    book, roots = Book(), list[Supervisor]()

    def starter() -> None:
        roots.append(Supervisor.start(book.specs("ab")))
        match receive():
            case Crash(error):
                raise error
            case Shutdown() as shutdown:
                send_exit(current(), shutdown)
            case _:
                pass

    probe = Probe()
    ref = spawn(starter, link=False)
    monitor(ref)
    settle()
    send(ref, reason)
    assert book.read() == "+a +b -b -a"
    assert reason_of(roots[0].ref) == (reason if isinstance(reason, Shutdown | Normal) else reason_of(ref))
    assert receive(1.0).ref is ref
    assert probe.messages == []


@pytest.mark.sentence("S2")
@pytest.mark.parametrize("linked", [True, False])
def test_a_strangers_exit_signal_is_ignored(linked: bool) -> None:
    def stranger() -> None:
        if linked:
            link(root.ref)
        else:
            send_exit(root.ref, Shutdown("go away"))
        raise OSError("now")

    with Supervisor.start([Book().spec("a")]) as root:
        monitor(spawn(stranger, link=False))
        settle()
        assert isinstance(receive(0).reason, Crash)
        assert root.count_children().active == 1


@pytest.mark.sentence("S2", "S3")
def test_the_exit_signal_of_a_child_that_lives_is_a_strangers() -> None:
    def signals(root: Supervisor) -> None:
        receive()
        send_exit(root.ref, Crash(OSError("not me")))
        receive()

    with Supervisor.start() as root:
        ref = root.start_child(ChildSpec("a", starting(signals, root)))
        tell(root, "a", "go")
        assert root.child("a") is ref
        assert [info.restarts for info in root.which_children()] == [0]


@pytest.mark.sentence("S8")
def test_what_nobody_understands_does_not_end_a_supervisor() -> None:
    with Supervisor.start([Book().spec("a")]) as root:
        send(root.ref, "hello")
        cast(root.ref, "hello")
        call(root.ref, "hello")
        call(root.ref, None)
        settle()
        assert root.count_children().active == 1


# -- stop, wait and `with`


@pytest.mark.sentence("S8", "S11")
def test_a_supervisor_is_stopped_once_and_the_second_time_nothing_happens() -> None:
    book = Book()
    root = Supervisor.start(book.specs("ab"))
    settle()
    root.stop()
    root.stop()
    root.stop(0.5)
    assert book.read() == "+a +b -b -a"
    assert root.wait() == Normal()
    assert current().alive


@pytest.mark.sentence("S8")
def test_two_may_stop_it_at_the_same_time() -> None:
    go, stopped = Event(), list[int]()

    def stop(number: int) -> None:
        root.stop()
        stopped.append(number)

    root = Supervisor.start([ChildSpec("a", starting(leaves_when_it_may, go))])
    settle()
    for number in range(3):
        spawn(stop, number)
    settle()
    assert stopped == []
    go.set()
    settle()
    assert sorted(stopped) == [0, 1, 2]


@pytest.mark.sentence("S8")
def test_stop_within_a_time_raises_and_the_supervisor_goes_on_ending() -> None:
    go = Event()

    root = Supervisor.start([ChildSpec("a", starting(leaves_when_it_may, go))])
    settle()
    with pytest.raises(CallTimeoutError):
        root.stop(0.001)
    with pytest.raises(TimeoutError, match=r"has not ended within 0\.001 seconds"):
        root.wait(0.001)
    with pytest.raises(ValueError, match="timeout=-1"):
        root.stop(-1)
    go.set()
    assert root.wait(5.0) == Normal()


@pytest.mark.sentence("S8")
def test_a_child_may_stop_its_supervisor_and_ends_with_it() -> None:
    book = Book()

    def stops(root: Supervisor) -> None:
        receive()
        try:
            root.stop()
        finally:
            book.lines.append("-s")

    root = Supervisor.start([book.spec("a")])
    root.start_child(ChildSpec("s", starting(stops, root)))
    tell(root, "s", "now")
    assert book.read() == "+a -s -a"
    assert root.wait() == Normal()


@pytest.mark.sentence("S8")
def test_calls_to_a_supervisor_that_has_ended_raise_at_once() -> None:
    root = Supervisor.start([Book().spec("a")])
    root.stop()
    calls: list[Callable[[], object]] = [
        root.which_children,
        root.count_children,
        lambda: root.child("a"),
        lambda: root.terminate_child("a"),
        lambda: root.restart_child("a"),
        lambda: root.delete_child("a"),
        lambda: root.start_child(Book().spec("b")),
    ]
    for one in calls:
        with pytest.raises(ServerExitedError):
            one()
    assert root.wait() == Normal()


@pytest.mark.sentence("S8")
def test_a_call_that_is_under_way_when_the_supervisor_is_killed_raises_at_once() -> None:
    errors: list[ServerExitedError] = []

    def slow() -> object:
        return receive()

    def asks() -> None:
        with pytest.raises(ServerExitedError) as error:
            root.start_child(ChildSpec("a", slow))
        errors.append(error.value)

    trap_exits(True)
    root = Supervisor.start()
    spawn(asks)
    settle()
    kill(root.ref)
    settle()
    assert errors[0].reason == Killed()
    assert receive(0).reason == Killed()


@pytest.mark.sentence("S11")
def test_a_with_block_stops_the_tree_also_when_an_error_leaves_it() -> None:
    book = Book()

    def fail() -> None:
        with Supervisor.start(book.specs("ab")):
            settle()
            raise OSError("mine")

    with pytest.raises(OSError, match="mine"):
        fail()
    assert book.read() == "+a +b -b -a"


@pytest.mark.sentence("S6", "S11")
def test_wait_of_whoever_started_it_raises_why_it_gave_up_and_nothing_is_left_to_raise() -> None:
    with Supervisor.start([Book().spec("a")], intensity=Intensity(0)) as root:
        spawn(send, root.child("a"), OSError("now"), link=False)
        with pytest.raises(GaveUpError, match="more than 0 restarts") as error:
            root.wait(5.0)
        assert isinstance(error.value.__cause__, OSError)
        assert error.value.child_id == "a"
    settle()
    with pytest.raises(GaveUpError):
        root.wait()


def told_of_the_end(root: Supervisor, ended: Event) -> None:
    """Say when a supervisor has given up."""
    with pytest.raises(GaveUpError):
        root.wait()
    ended.set()


@pytest.mark.sentence("S6")
def test_wait_takes_the_signal_that_came_before_it() -> None:
    root = Supervisor.start([Book().spec("a")], intensity=Intensity(0))
    spawn(send, root.child("a"), OSError("now"), link=False)
    ended = Event()
    spawn(told_of_the_end, root, ended, link=False)
    assert ended.wait(5.0)  # in something of gevent's, where no signal is raised in the main greenlet
    assert not root.ref.alive
    with pytest.raises(GaveUpError):
        root.wait()
    settle()
    with pytest.raises(TimeoutError):
        receive(0)  # no LinkedExitError


@pytest.mark.sentence("S6")
def test_the_main_greenlet_hears_of_the_end_at_its_next_wait() -> None:
    root = Supervisor.start([Book().spec("a")], intensity=Intensity(0))
    child = root.child("a")
    send(child, OSError("now"))
    with pytest.raises(LinkedExitError) as error:
        receive(5.0)
    assert error.value.who is root.ref
    root.stop()


@pytest.mark.sentence("S6")
def test_stop_while_the_supervisor_gives_up_is_no_error() -> None:
    root = Supervisor.start([Book().spec("a")], intensity=Intensity(0))
    settle()
    send(root.child("a"), OSError("now"))
    root.stop()
    settle()
    assert not root.ref.alive


@pytest.mark.sentence("S11")
def test_stopping_the_root_leaves_each_scope_once_and_nothing_behind() -> None:
    left: list[str] = []

    def deep(name: str) -> None:
        try:
            ask(Prompt("?"))
        finally:
            left.append(name)

    def nested(name: str) -> Supervisor:
        return Supervisor.start(
            [AsyncComputation.child(deep, f"{name}{number}", id=number, owner=me) for number in range(3)]
        )

    me, before = current(), statistics().actors
    with ManualClock() as time:
        with Supervisor.start([ChildSpec(name, partial(nested, name)) for name in "ab"]):
            settle()
        assert left == ["b2", "b1", "b0", "a2", "a1", "a0"]
        settle()
        assert time.pending == []
    assert live_actors() == []
    assert statistics().actors == before
    events = [receive(0).outcome for _ in range(12)]
    assert sum(isinstance(outcome, Cancelled) for outcome in events) == 6


@pytest.mark.sentence("S11", "S1")
def test_a_supervisor_told_to_end_while_it_stops_a_child_waits_for_that_child_too() -> None:
    go, book = Event(), Book()

    def nested() -> Supervisor:
        return Supervisor.start([book.spec("a"), ChildSpec("l", starting(leaves_when_it_may, go, book), shutdown=None)])

    root = Supervisor.start([ChildSpec("n", nested)])
    inner: Supervisor = root.child("n")
    settle()
    spawn(ending_call, partial(inner.terminate_child, "l"))
    settle()
    spawn(root.stop)
    settle()
    assert (root.ref.alive, inner.ref.alive) == (True, True)
    go.set()
    assert book.read() == "+a -l -a"
    assert not root.ref.alive


@pytest.mark.sentence("S11", "S1")
@pytest.mark.parametrize("kind", [Supervisor, DynamicSupervisor])
def test_a_supervisor_told_to_end_while_it_ends_stops_the_rest_in_order_too(kind: Any) -> None:
    go, book = Event(), Book()

    def nested() -> Any:
        made = kind.start()
        made.start_child(book.spec("a"))
        made.start_child(ChildSpec("l", starting(leaves_when_it_may, go, book), shutdown=None))
        return made

    root = Supervisor.start([ChildSpec("n", nested)])
    inner = root.child("n")
    settle()
    spawn(ending_call, inner.stop)
    settle()
    spawn(root.stop)
    settle()
    assert (root.ref.alive, inner.ref.alive) == (True, True)
    go.set()
    settle()
    assert sorted(book.read().split()) == ["+a", "-a", "-l"]
    assert not root.ref.alive


def ending_call(function: Any) -> None:
    """Call a supervisor that may be told to end meanwhile."""
    try:
        function()
    except ServerExitedError:
        pass
