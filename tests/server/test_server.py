"""The behaviour of a server: its handlers in their order, its start, its end, and what may be asked of any server."""

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import current, receive, send, spawn
from actors.exits import KILLED, NORMAL, ActorExit, Crash, ExitReason, Shutdown
from actors.runtime import (
    ActorRef,
    Down,
    Exit,
    dead_letters,
    kill,
    link,
    monitor,
    register,
    send_exit,
    trap_exits,
    whereis,
)
from actors.server import (
    Call,
    CallTimeoutError,
    Continue,
    NoReply,
    Reply,
    Server,
    ServerExitedError,
    Stop,
    call,
    cast,
    get_state,
    pause,
    reply,
    unpause,
)
from actors.testing import settle
from tests.runtime.watching import end_of
from tests.server.stack import Answered, Boom, Push

pytestmark = pytest.mark.sentence("A13")


def fail(_: Call) -> None:
    raise Boom


def without_requests(log: list[Any]) -> list[Any]:
    return [entry for entry in log if isinstance(entry, tuple)]


def test_each_kind_of_message_has_its_handler(server: ActorRef, log: list[Any]) -> None:
    call(server, "asked")
    cast(server, "told")
    send(server, "sent")
    settle()
    assert log == ["asked", ("cast", "told"), ("info", "sent")]


def test_the_messages_of_a_sender_are_handled_in_order(server: ActorRef, log: list[Any]) -> None:
    cast(server, 1)
    send(server, 2)
    call(server, 3)
    assert log == [("cast", 1), ("info", 2), 3]


def test_a_call_can_be_replied_to_later(server: ActorRef) -> None:
    waiting: list[object] = []
    spawn(lambda: waiting.append(call(server, "later")))
    settle()
    assert call(server, "meanwhile") == "meanwhile"
    assert waiting == []
    reply(get_state(server)["calls"][0], "at last")
    settle()
    assert waiting == ["at last"]


@pytest.mark.parametrize("directive", [Reply("r", then=Continue(1)), Continue(1)], ids=["call", "cast"])
def test_a_continue_runs_before_anything_that_is_queued(server: ActorRef, log: list[Any], directive: Any) -> None:
    if isinstance(directive, Reply):
        spawn(lambda: call(server, directive))
    else:
        cast(server, directive)
    spawn(lambda: cast(server, "queued"))
    settle()
    assert without_requests(log)[-2:] == [("continue", 1), ("cast", "queued")]


def test_continues_follow_one_another_before_anything_that_is_queued(server: ActorRef, log: list[Any]) -> None:
    send(server, Continue(Continue("third")))
    send(server, "queued")
    settle()
    assert log[1:] == [("continue", Continue("third")), ("continue", "third"), ("info", "queued")]


def test_a_later_reply_may_continue_too(server: ActorRef, log: list[Any]) -> None:
    with pytest.raises(CallTimeoutError):
        call(server, NoReply(then=Continue("on")), timeout=0.001)
    assert log[1:] == [("continue", "on")]


class Careful(Server):
    """Begins with a continue, which is told what was queued before."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def init(self) -> Continue:
        cast(current(), "queued in init")
        return Continue("after init")

    def handle_continue(self, value: Any) -> None:
        self.log.append(value)

    def handle_cast(self, request: Any) -> None:
        self.log.append(request)


def test_a_continue_of_init_runs_before_what_was_queued_meanwhile() -> None:
    log: list[Any] = []
    ref = Server.start(Careful, log)
    settle()
    assert log == ["after init", "queued in init"]
    kill_quietly(ref)


def kill_quietly(ref: ActorRef) -> None:
    with trapping():
        kill(ref)
        settle()


class trapping:  # noqa: N801  reads as a word
    def __enter__(self) -> None:
        self.before = trap_exits(True)

    def __exit__(self, *_: object) -> None:
        trap_exits(self.before)
        while True:
            try:
                receive(0)
            except TimeoutError:
                return


# -- the end


def stop_by_call(ref: ActorRef) -> None:
    assert call(ref, Stop(Shutdown("asked"), reply="bye")) == "bye"


def stop_by_cast(ref: ActorRef) -> None:
    cast(ref, Stop(Shutdown("asked")))


def stop_by_info(ref: ActorRef) -> None:
    send(ref, Stop(Shutdown("asked")))


def stop_by_continue(ref: ActorRef) -> None:
    cast(ref, Continue(Stop(Shutdown("asked"))))


def stop_by_signal(ref: ActorRef) -> None:
    send_exit(ref, Shutdown("asked"))


def stop_by_exit(ref: ActorRef) -> None:
    cast(ref, ActorExit(Shutdown("asked")))


@pytest.mark.parametrize(
    "stop",
    [stop_by_call, stop_by_cast, stop_by_info, stop_by_continue, stop_by_signal, stop_by_exit],
    ids=lambda f: f.__name__,
)
def test_terminate_runs_once_with_the_reason_however_it_ends(
    server: ActorRef, log: list[Any], stop: Callable[[ActorRef], None]
) -> None:
    stop(server)
    settle()
    assert not server.alive
    assert [entry for entry in log if isinstance(entry, tuple) and entry[0] == "terminate"] == [
        ("terminate", Shutdown("asked"))
    ]
    with pytest.raises(ServerExitedError) as caught:
        call(server, 1)
    assert caught.value.reason == Shutdown("asked")


@pytest.mark.parametrize("how", ["call", "cast", "continue"])
def test_terminate_runs_after_a_crash_in_any_handler(server: ActorRef, log: list[Any], how: str) -> None:
    error = Boom()
    if how == "call":
        with pytest.raises(ServerExitedError):
            call(server, error)
    else:
        cast(server, error if how == "cast" else Continue(error))
    settle()
    assert log[-1] == ("terminate", Crash(error))


def test_terminate_does_not_run_after_a_kill(server: ActorRef, log: list[Any]) -> None:
    kill(server)
    settle()
    assert log == []


def test_a_reply_that_stops_comes_when_the_server_has_ended(server: ActorRef, log: list[Any]) -> None:
    register("stops", server)
    assert call(server, Stop(reply="bye")) == "bye"
    assert whereis("stops") is None
    assert not server.alive
    assert log[-1] == ("terminate", NORMAL)


def test_a_stop_without_a_reply_is_an_end_to_its_caller(server: ActorRef) -> None:
    with pytest.raises(ServerExitedError) as caught:
        call(server, Stop())
    assert caught.value.reason == NORMAL


class Ending(Server):
    """Raises, or hangs, as it terminates."""

    def __init__(self, end: Callable[[], object]) -> None:
        self.end = end

    def handle_call(self, request: Any, call: Call) -> Any:
        return request(call) if callable(request) else request

    def terminate(self, reason: ExitReason) -> None:
        self.end()


def explode() -> None:
    raise Boom("in terminate")


def watched(make: Callable[..., Server], *args: Any) -> ActorRef:
    ref = Server.start(make, *args, link=False)
    monitor(ref)
    return ref


def test_what_terminate_raises_is_the_reason_and_has_the_crash_before_it_as_context() -> None:
    ref = watched(Ending, explode)
    with pytest.raises(ServerExitedError) as caught:
        call(ref, fail)
    assert str(caught.value.__cause__) == "in terminate"
    assert isinstance(caught.value.__cause__.__context__ if caught.value.__cause__ else None, Boom)
    assert isinstance(receive(1.0), Down)


def test_a_reply_that_stops_comes_even_if_terminate_raises() -> None:
    ref = watched(Ending, explode)
    assert call(ref, Stop(reply="bye")) == "bye"
    down = receive(1.0)
    assert isinstance(down.reason, Crash)


def test_a_signal_keeps_its_reason_when_terminate_raises() -> None:
    ref = watched(Ending, explode)
    send_exit(ref, Shutdown("told to"))
    assert receive(1.0).reason == Shutdown("told to")


def test_a_server_that_hangs_in_terminate_can_be_killed_and_its_callers_hear_of_it() -> None:
    ref = watched(Ending, lambda: receive(match=lambda _: False))
    waiting: list[BaseException] = []

    def caller() -> None:
        try:
            call(ref, Stop(), None)
        except ServerExitedError as error:
            waiting.append(error)

    spawn(caller)
    settle()
    assert waiting == []
    assert ref.alive
    kill(ref)
    settle()
    assert [error.reason for error in waiting if isinstance(error, ServerExitedError)] == [KILLED]
    assert receive(1.0).reason == KILLED


# -- unusual requests


def test_what_no_handler_takes_ends_the_server_with_a_clear_error(server: ActorRef) -> None:
    uses: list[tuple[Callable[[ActorRef], Any], str]] = [
        (lambda ref: call(ref, 1), "no handle_call and was called with 1"),
        (lambda ref: cast(ref, 2), "no handle_cast and was cast 2"),
    ]
    for use, text in uses:
        ref = watched(Server)
        with suppress(ServerExitedError):
            use(ref)
        reason = receive(1.0).reason
        assert isinstance(reason, Crash)
        assert isinstance(reason.error, NotImplementedError)
        assert text in str(reason.error)


def test_a_message_that_no_handler_takes_is_a_dead_letter() -> None:
    letters: list[Any] = []
    stop = dead_letters.subscribe(lambda _, message: letters.append(message))
    ref = Server.start(Server, link=False)
    send(ref, "stray")
    settle()
    stop()
    assert letters == ["stray"]
    assert ref.alive
    kill(ref)


def call_wrongly(ref: ActorRef) -> None:
    call(ref, Continue(1))


def send_wrongly(ref: ActorRef) -> None:
    send(ref, "wrong")


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (call_wrongly, "is no reply; return Reply"),
        (send_wrongly, "handle_info returned 3"),
    ],
)
def test_a_handler_that_returns_what_it_may_not_is_told_so(use: Callable[[ActorRef], Any], text: str) -> None:
    class Wrong(Answered):
        def handle_info(self, message: Any) -> Any:
            return 3

    ref = watched(Wrong)
    with suppress(ServerExitedError):
        use(ref)
    reason = receive(1.0).reason
    assert isinstance(reason.error, TypeError)
    assert text in str(reason.error)


def trap(_: Call) -> None:
    trap_exits(True)


def test_a_server_that_traps_exits_gets_them_as_messages(server: ActorRef, log: list[Any]) -> None:
    call(server, trap)
    send_exit(server, Shutdown("try"))
    settle()
    match log[-1]:
        case ("info", Exit(_, reason)):
            assert reason == Shutdown("try")
        case other:
            pytest.fail(f"{other!r} is no exit")


# -- what may be asked of any server


def test_get_state_shows_the_attributes(server: ActorRef) -> None:
    call(server, Push("a"))
    assert get_state(server)["items"] == ["a"]


def test_get_state_shows_what_the_server_says_it_is() -> None:
    class Short(Server):
        def state(self) -> str:
            return "short"

    ref = Server.start(Short, name="short", link=False)
    assert get_state("short") == "short"
    kill(ref)


def test_a_paused_server_leaves_its_messages_until_it_goes_on(server: ActorRef, log: list[Any]) -> None:
    pause(server)
    pause(server)
    cast(server, "first")
    with pytest.raises(CallTimeoutError):
        call(server, "second", timeout=0.001)
    assert get_state(server)["log"] == []
    unpause(server)
    assert call(server, "third") == "third"
    assert log == [("cast", "first"), "second", "third"]
    unpause(server)


def test_a_signal_ends_a_paused_server_and_terminate_runs(server: ActorRef, log: list[Any]) -> None:
    pause(server)
    send_exit(server, Shutdown("enough"))
    settle()
    assert log == [("terminate", Shutdown("enough"))]


def test_only_a_server_has_a_state(spawned: Callable[[Callable[[], object]], ActorRef]) -> None:
    with pytest.raises(TypeError, match="is not a server"):
        get_state(spawned(receive))


# -- telemetry


@pytest.fixture
def requests(observed: bool) -> Generator[list[dict[str, Any]]]:
    from actors import telemetry  # noqa: PLC0415  beside its use

    heard: list[dict[str, Any]] = []
    stop = telemetry.subscribe(lambda event, data: heard.append(dict(data)) if event == "server request" else None)
    yield heard
    stop()


def test_each_request_is_an_event(server: ActorRef, requests: list[dict[str, Any]]) -> None:
    error = Boom()
    call(server, "a")
    cast(server, "b")
    send(server, "c")
    with pytest.raises(ServerExitedError):
        call(server, error)
    assert [(event["kind"], event["request"], event["error"]) for event in requests] == [
        ("call", "a", None),
        ("cast", "b", None),
        ("info", "c", None),
        ("call", error, error),
    ]
    assert all(event["server"] is server and event["seconds"] >= 0.0 for event in requests)


def test_a_linked_server_that_crashes_ends_its_starter_too() -> None:
    def starter() -> None:
        ref = Server.start(Answered)
        link(ref)
        cast(ref, Boom())
        receive()

    with capture_logs():
        assert isinstance(end_of(spawn(starter, link=False)), Crash)
