"""A13: the start of a server waits for its `init`, and fails as that does."""

from collections.abc import Callable
from typing import Any

import gevent
import pytest
from structlog.testing import capture_logs

from actors import current, receive, spawn
from actors.exits import ActorExit, ExitReason, Shutdown
from actors.runtime import (
    ActorRef,
    NameTakenError,
    kill,
    register,
    send_exit,
    whereis,
)
from actors.server import (
    Server,
    ServerExitedError,
    StartTimeoutError,
    Stop,
)
from actors.testing import settle
from tests.runtime.watching import end_of
from tests.server.stack import Answered, Boom

pytestmark = pytest.mark.sentence("A13")


class Odd(Server):
    """Does in `init` what it is told."""

    def __init__(self, what: Callable[[], Any]) -> None:
        self.what = what

    def init(self) -> Any:
        return self.what()


def test_start_returns_when_init_is_done(server: ActorRef) -> None:
    done: list[str] = []

    def init() -> None:
        gevent.sleep(0)
        done.append("init")

    ref = Server.start(Odd, init, link=False)
    assert done == ["init"]
    kill(ref)


@pytest.mark.parametrize("link", [True, False])
def test_what_init_raises_is_raised_where_it_was_started_and_nothing_else_happens(link: bool) -> None:
    error = Boom()

    def init() -> None:
        raise error

    with capture_logs() as logged, pytest.raises(Boom) as caught:
        Server.start(Odd, init, name="odd", link=link)
    assert caught.value is error
    settle()
    assert logged == []
    assert whereis("odd") is None


@pytest.mark.parametrize("how", ["raise", "stop", "take too long"])
def test_terminate_does_not_run_when_the_start_failed(how: str) -> None:
    terminated: list[ExitReason] = []

    def fails() -> None:
        raise Boom

    begins: dict[str, Callable[[], object]] = {"raise": fails, "stop": Stop, "take too long": receive}

    class Never(Odd):
        def terminate(self, reason: ExitReason) -> None:
            terminated.append(reason)

    with pytest.raises((Boom, ServerExitedError, StartTimeoutError)):
        Server.start(Never, begins[how], timeout=0.002 if how == "take too long" else 5.0)
    settle()
    assert terminated == []


def test_the_constructor_runs_in_the_server_too() -> None:
    actors: list[ActorRef] = []

    class Where(Server):
        def __init__(self) -> None:
            actors.append(current())

    ref = Server.start(Where, link=False)
    assert actors == [ref]
    kill(ref)


@pytest.mark.parametrize("how", ["stop", "exit"])
def test_an_init_that_stops_is_an_exit_where_it_was_started(how: str) -> None:
    def leave() -> Stop:
        if how == "stop":
            return Stop(Shutdown("no"))
        raise ActorExit(Shutdown("no"))

    with pytest.raises(ServerExitedError) as caught:
        Server.start(Odd, leave)
    assert caught.value.reason == Shutdown("no")


def test_a_server_that_is_not_ready_in_time_is_killed() -> None:
    with pytest.raises(StartTimeoutError, match="not ready within") as caught:
        Server.start(Odd, receive, name="slow", timeout=0.002)
    assert isinstance(caught.value, TimeoutError)
    assert whereis("slow") is None
    settle()


def test_a_starter_that_is_interrupted_takes_its_server_with_it() -> None:
    with gevent.Timeout(0.002, exception=False):  # type: ignore[arg-type]  # the stubs do not know it
        Server.start(Odd, receive, name="slow")
    assert whereis("slow") is None
    settle()


def test_a_server_dies_with_its_starter_from_the_first_moment(log: list[Any]) -> None:
    started: list[ActorRef] = []

    def starter() -> None:
        started.append(Server.start(Answered, log))
        receive()

    ref = spawn(starter, link=False)
    settle()
    send_exit(ref, Shutdown("all"))
    end = end_of(started[0])
    assert end == Shutdown("all")
    assert log == [("terminate", Shutdown("all"))]


def test_wrong_arguments_of_start_are_refused(server: ActorRef) -> None:
    register("taken", server)
    with pytest.raises(NameTakenError):
        Server.start(Answered, name="taken")
    with pytest.raises(TypeError, match="not callable"):
        Server.start(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="timeout=-1"):
        Server.start(Answered, timeout=-1)
    with pytest.raises(TypeError, match="not a Server"):
        Server.start(dict)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Server"):
        Server.start(Server, 1)  # type: ignore[arg-type]
