"""S8: calls to a supervisor while it starts a child, by that child and by others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from gevent.event import Event

from actors import receive, send, spawn
from actors.runtime import ActorRef
from actors.server import CallingSelfError, Server
from actors.testing import Probe, settle
from supervisors import ChildSpec, Supervisor
from supervisors.errors import StartError, SupervisorBusyError
from tests.supervisors.common import CallsUp, starting


@pytest.mark.sentence("S8")
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_child_that_calls_its_own_supervisor_during_its_start_gets_an_error_and_no_deadlock(depth: int) -> None:
    with Supervisor.start() as root:

        def start() -> ActorRef:
            return Server.start(CallsUp, root.which_children, timeout=None)

        def below() -> Any:
            return Supervisor.start([ChildSpec("inner", start if depth == 1 else lower)])

        def lower() -> Any:
            return Supervisor.start([ChildSpec("innermost", start)])

        with pytest.raises(StartError) as error:
            root.start_child(ChildSpec("a", start if depth == 0 else below))
        reason: BaseException | None = error.value.reason
        while isinstance(reason, StartError):
            reason = reason.reason
        assert isinstance(reason, SupervisorBusyError)
        assert reason.child_id == "a"
        assert root.which_children() == ()


def calling_up(up: Callable[[], object]) -> Callable[[], ActorRef]:
    return lambda: Server.start(CallsUp, up)


@pytest.mark.sentence("S8")
def test_so_it_is_for_each_call_and_for_stop() -> None:
    with Supervisor.start() as root:
        calls: list[Callable[[], object]] = [
            root.count_children,
            root.stop,
            lambda: root.child("a"),
            lambda: root.terminate_child("a"),
            lambda: root.restart_child("a"),
            lambda: root.delete_child("a"),
            lambda: root.start_child(ChildSpec("b", starting(receive))),
        ]
        for up in calls:
            with pytest.raises(StartError) as error:
                root.start_child(ChildSpec("a", calling_up(up)))
            assert isinstance(error.value.reason, SupervisorBusyError)


@pytest.mark.sentence("S8")
def test_a_start_that_itself_calls_the_supervisor_gets_an_error() -> None:
    with Supervisor.start() as root, pytest.raises(StartError) as error:
        root.start_child(ChildSpec("a", root.which_children))
    assert isinstance(error.value.reason, CallingSelfError)


@pytest.mark.sentence("S8")
def test_others_that_call_while_a_child_is_started_wait_for_that() -> None:
    go, told = Event(), list[int]()

    def slow() -> ActorRef:
        go.wait()
        return spawn(receive)

    with Supervisor.start([ChildSpec("a", starting(receive))]) as root:
        spawn(root.start_child, ChildSpec("b", slow))
        spawn(lambda: told.append(len(root.which_children())))
        settle()
        assert told == []
        go.set()
        settle()
        assert told == [2]


@pytest.mark.sentence("S8")
def test_a_child_that_runs_may_call_its_supervisor() -> None:
    told = Probe()

    def asking(root: Supervisor) -> None:
        send(told.ref, root.count_children().active)
        receive()

    with Supervisor.start() as root:
        root.start_child(ChildSpec("a", starting(asking, root)))
        assert told.receive() == 1
