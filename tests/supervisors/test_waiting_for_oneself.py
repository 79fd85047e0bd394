"""S8: who would wait for itself, by a call to its own supervisor, is told so at once, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import pytest
from gevent.event import Event

from actors import AsyncComputation, Prompt, ask, receive, send, shielded, spawn
from actors.exits import Normal, Shutdown
from actors.runtime import ActorRef, BackgroundThread, background, send_exit
from actors.server import Call, CallingSelfError, Server, cast
from actors.testing import ManualClock, settle
from supervisors import ChildSpec, DynamicSupervisor, Supervisor
from supervisors.errors import StartError, SupervisorStoppingError
from supervisors.handle import Handle
from tests.runtime.watching import PATIENCE
from tests.supervisors.common import Book, starting

pytestmark = pytest.mark.sentence("S8")

Asks = Callable[[Any], object]
ASKS = pytest.mark.parametrize("asks", [Handle.stop, Handle.which_children], ids=["stop", "which_children"])
LONG = 3600.0  # seconds; a test that waits for it hangs


class Clerk(Server):
    """Calls a supervisor as it ends."""

    def __init__(self, asks: Asks, whom: list[Any], told: list[Any]) -> None:
        self.asks = asks
        self.whom = whom
        self.told = told

    def handle_call(self, request: Any, call: Call) -> Any:
        return request

    def handle_cast(self, request: Any) -> None:
        raise request

    def terminate(self, reason: object) -> None:
        try:
            self.told.append(self.asks(self.whom[0]))
        except SupervisorStoppingError as error:
            self.told.append(error)


def clerk(asks: Asks, whom: list[Any], told: list[Any], on: BackgroundThread | None = None) -> ChildSpec[ActorRef]:
    return ChildSpec("clerk", lambda: Server.start(Clerk, asks, whom, told, on=on), shutdown=LONG)


def the_error(told: list[Any]) -> SupervisorStoppingError:
    (error,) = told
    assert isinstance(error, SupervisorStoppingError)
    return error


@ASKS
def test_who_is_being_stopped_and_calls_its_supervisor_is_told_so_at_once(asks: Asks) -> None:
    whom: list[Any] = []
    told: list[Any] = []
    with Supervisor.start([clerk(asks, whom, told)]) as root:
        whom.append(root)
        stopped = [root.child("clerk")]
    assert "send_exit" in str(the_error(told))
    assert the_error(told).child in stopped
    assert root.wait() == Normal()


@ASKS
def test_so_is_one_of_several_that_are_stopped_at_once(asks: Asks) -> None:
    whom: list[Any] = []
    told: list[Any] = []
    with DynamicSupervisor.start() as many:
        whom.append(many)
        many.start_child(ChildSpec("first", starting(receive)))
        many.start_child(clerk(asks, whom, told))
    the_error(told)


@ASKS
def test_so_is_one_that_calls_a_supervisor_further_up(asks: Asks) -> None:
    whom: list[Any] = []
    told: list[Any] = []
    inner = ChildSpec("inner", partial(Supervisor.start, [clerk(asks, whom, told)]))
    with Supervisor.start([inner]) as root:
        whom.append(root)
    the_error(told)


@ASKS
def test_so_is_one_in_another_thread(asks: Asks) -> None:
    whom: list[Any] = []
    told: list[Any] = []
    with Supervisor.start([clerk(asks, whom, told, on=background())]) as root:
        whom.append(root)
    the_error(told)


def test_so_is_a_run_in_its_clean_up() -> None:
    told: list[Any] = []

    def asking() -> None:
        try:
            ask(Prompt("q"))
        finally:
            try:
                root.stop()
            except SupervisorStoppingError as error:
                told.append(error)

    owner = spawn(receive, link=False)
    with Supervisor.start([AsyncComputation.child(asking, owner=owner, shutdown=LONG)]) as root:
        settle()
    the_error(told)
    send(owner, "leave")


def test_who_ends_for_another_reason_may_not_wait_for_the_end_of_its_supervisor_either() -> None:
    whom: list[Any] = []
    told: list[Any] = []
    with Supervisor.start([clerk(Handle.stop, whom, told)]) as root:
        whom.append(root)
        send_exit(root.child("clerk"), Shutdown("by a stranger"))
        settle()
        assert root.ref.alive
    assert [type(each) for each in told] == [SupervisorStoppingError] * 2  # it was restarted meanwhile


def test_who_ends_for_another_reason_may_ask_its_supervisor_for_other_things() -> None:
    whom: list[Any] = []
    told: list[Any] = []
    with Supervisor.start([clerk(Handle.which_children, whom, told)]) as root:
        whom.append(root)
        send_exit(root.child("clerk"), Shutdown("by a stranger"))
        settle()
        assert len(told) == 1
        assert told[0][0].id == "clerk"
        told.clear()


def test_a_child_that_crashed_may_stop_the_tree_in_its_clean_up() -> None:
    whom: list[Any] = []
    told: list[Any] = []
    root = Supervisor.start([clerk(Handle.stop, whom, told)])
    whom.append(root)
    cast(root.child("clerk"), ValueError("why"))
    settle()
    assert not root.ref.alive
    assert told == []  # the supervisor's signal comes out of the wait


def test_what_does_not_wait_is_allowed() -> None:
    whom: list[Any] = []
    told: list[Any] = []

    def sends(root: Supervisor) -> str:
        send_exit(root.ref, Shutdown("all of it"))
        return "sent"

    def owner() -> None:
        with Supervisor.start([clerk(sends, whom, told)]) as root:
            whom.append(root)

    settle_owner = spawn(owner, link=False)
    settle()
    assert (told, settle_owner.alive) == (["sent"], False)


# -- the start


@ASKS
@pytest.mark.parametrize("thread", [None, "background"])
def test_a_start_that_calls_its_own_supervisor_is_told_what_to_do_instead(asks: Asks, thread: str | None) -> None:
    on: BackgroundThread | None = background() if thread else None
    with Supervisor.start(on=on) as root:
        with pytest.raises(StartError) as error:
            root.start_child(ChildSpec("a", partial(asks, root)))
        reason = error.value.reason
        assert isinstance(reason, CallingSelfError)
        assert "start of child 'a'" in str(reason)
        assert "handle_continue" in str(reason)
        assert root.which_children() == ()


# -- a call that waits already when its supervisor comes to tell the caller


def told_by_a_stranger(made: Any, child: ActorRef, *, behind: ActorRef, go: Event) -> None:
    """Stop a supervisor whose child is told to end by another, while it waits for one that leaves when it may."""
    stopping = spawn(made.stop, link=False)
    settle()
    send_exit(child, Shutdown("by a stranger"))
    settle()
    assert [one.alive for one in (child, stopping, behind)] == [True, True, True]
    go.set()
    waited_for = (child, stopping, made.ref)
    until = perf_counter() + PATIENCE  # the clock of the program is a manual one
    while any(one.alive for one in waited_for) and perf_counter() < until:
        settle()  # of this thread; the news of another may be on the way
    assert [one.alive for one in waited_for] == [False, False, False]


def leaving(go: Event) -> None:
    """Leave when it may."""
    try:
        receive()
    finally:
        go.wait()


@pytest.mark.parametrize("thread", [None, "background"])
def test_a_call_that_waits_already_is_refused_when_its_caller_s_turn_comes(thread: str | None) -> None:
    go, whom, told = Event(), list[Any](), list[Any]()
    on = background() if thread else None
    root = Supervisor.start([clerk(Handle.which_children, whom, told, on), ChildSpec("slow", starting(leaving, go))])
    whom.append(root)
    with ManualClock():
        told_by_a_stranger(root, root.child("clerk"), behind=root.child("slow"), go=go)
    the_error(told)


def test_so_is_a_call_to_a_supervisor_further_up() -> None:
    go, whom, told = Event(), list[Any](), list[Any]()
    inner = ChildSpec("inner", partial(Supervisor.start, [clerk(Handle.which_children, whom, told)]))
    root = Supervisor.start([inner, ChildSpec("slow", starting(leaving, go))])
    whom.append(root)
    told_by_a_stranger(root, root.child("inner").child("clerk"), behind=root.child("slow"), go=go)
    the_error(told)


@ASKS
def test_so_is_the_call_of_a_run_that_holds_the_signal_off(asks: Asks) -> None:
    go, may_ask, told = Event(), Event(), list[Any]()

    def asking() -> None:
        with shielded():
            may_ask.wait()
            try:
                told.append(asks(root))
            except SupervisorStoppingError as error:
                told.append(error)

    owner = spawn(receive, link=False)
    root = Supervisor.start(
        [AsyncComputation.child(asking, owner=owner, shutdown=LONG), ChildSpec("slow", starting(leaving, go))]
    )
    settle()
    stopping = spawn(root.stop, link=False)
    settle()
    may_ask.set()
    settle()
    assert told == []
    go.set()
    settle()
    the_error(told)
    assert not stopping.alive
    send(owner, "leave")


def test_a_run_that_holds_the_signal_off_may_stop_its_supervisor_and_is_told_not_to_wait() -> None:
    told: list[Any] = []

    def asking() -> None:
        with shielded():
            go.wait()
            try:
                root.stop()
            except SupervisorStoppingError as error:
                told.append(error)

    go = Event()
    owner = spawn(receive, link=False)
    root = Supervisor.start([AsyncComputation.child(asking, owner=owner, shutdown=LONG)])
    settle()
    go.set()
    settle()
    assert (the_error(told).child_id, root.wait()) == (None, Normal())
    send(owner, "leave")


def test_what_was_refused_is_not_done_later() -> None:
    go, whom, told, book = Event(), list[Any](), list[Any](), Book()
    asks = partial(Supervisor.start_child, spec=book.spec("late"))
    with Supervisor.start([clerk(asks, whom, told), ChildSpec("slow", starting(leaving, go))]) as root:
        whom.append(root)
        child = root.child("clerk")
        settle()
        spawn(root.terminate_child, "slow")
        spawn(root.terminate_child, "clerk")
        settle()
        send_exit(child, Shutdown("by a stranger"))
        settle()
        go.set()
        settle()
        assert [info.state for info in root.which_children()] == ["stopped", "stopped"]
    the_error(told)
    assert book.read() == ""
