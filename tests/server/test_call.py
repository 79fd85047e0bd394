"""Calls: every reply reaches its own caller, once, and every caller hears of it when there will be none."""

import gc
from collections.abc import Callable, Generator
from typing import Any

import gevent
import pytest
from gevent.event import Event
from structlog.testing import capture_logs

from actors import AsyncComputation, Cancelled, Completed, current, receive, send, spawn, telemetry
from actors.exits import NORMAL, Crash, Killed, NoSuchActorError, Shutdown
from actors.runtime import ActorRef, MailboxFullError, dead_letters, give_way, kill, register, send_exit
from actors.runtime.actor import Actor
from actors.server import (
    AlreadyRepliedError,
    Call,
    CallingSelfError,
    CallTimeoutError,
    Cast,
    NoReply,
    Server,
    ServerExitedError,
    Stop,
    call,
    cast,
    reply,
)
from actors.testing import ManualClock, settle
from tests.garbage import begin_counting, count
from tests.runtime.watching import end_of, start, throw_next
from tests.server.stack import Answered, Boom, Pop, Push

pytestmark = pytest.mark.sentence("A12")

Spawned = Callable[[Callable[[], object]], ActorRef]


@pytest.fixture
def events(observed: bool) -> Generator[list[str]]:
    heard: list[str] = []
    stop = telemetry.subscribe(lambda event, _: heard.append(event))
    yield heard
    stop()


def caught(body: Callable[[], object]) -> list[object]:
    """Start an actor that keeps what the body returns or raises in the list that is returned."""
    result: list[object] = []

    def run() -> None:
        try:
            result.append(body())
        except Exception as error:
            result.append(error)

    spawn(run, link=False)
    return result


def test_a_call_returns_the_reply(server: ActorRef) -> None:
    assert call(server, Push("a")) == 1
    assert call(server, Push("b"), timeout=None) == 2
    assert call(server, Push("c"), timeout=3) == 3
    assert call(server, Pop()) == "c"
    assert call(server, None) is None


def test_actors_runs_and_greenlets_call_alike(server: ActorRef) -> None:
    by_actor = caught(lambda: call(server, "x"))
    by_run = AsyncComputation.start(lambda: call(server, "x"))
    by_greenlet = start(lambda: call(server, "x"))
    assert by_run.result() == "x"
    assert by_greenlet.get(timeout=5) == "x"
    assert by_actor == ["x"]


@pytest.mark.sentence("A5")
def test_the_reply_to_one_whose_mailbox_is_full_is_not_held_back(server: ActorRef) -> None:
    got: list[object] = []

    def body() -> None:
        got.append(call(server, "x"))
        receive(match="goes on".__eq__)

    ref = spawn(body, mailbox=1, link=False)
    send(ref, "fills it")
    with pytest.raises(MailboxFullError):
        send(ref, "no room", timeout=0)
    settle()
    assert got == ["x"]
    kill(ref)


def test_a_busy_server_gives_each_caller_its_own_reply(server: ActorRef) -> None:

    def five_of(number: int) -> Callable[[], object]:
        return lambda: [call(server, (number, turn)) for turn in range(5)]

    replies = [caught(five_of(number)) for number in range(300)]
    settle()
    assert replies == [[[(number, turn) for turn in range(5)]] for number in range(300)]


def test_a_server_is_called_by_its_name(server: ActorRef) -> None:
    register("answered", server)
    assert call("answered", 1) == 1
    cast("answered", 2)
    assert call("answered", 3) == 3


def test_a_name_that_nobody_has_is_a_server_that_has_ended() -> None:
    with pytest.raises(ServerExitedError, match="'nobody'") as caught:
        call("nobody", 1)
    assert isinstance(caught.value.reason, Crash)
    assert isinstance(caught.value.reason.error, NoSuchActorError)


def test_a_cast_to_nobody_is_a_dead_letter(server: ActorRef) -> None:
    letters: list[tuple[Any, Any]] = []
    stop = dead_letters.subscribe(lambda ref, message: letters.append((ref, message)))
    cast("nobody", 1)
    kill(server)
    cast(server, 2)
    stop()
    assert [(ref.alive, ref.name, message.request) for ref, message in letters] == [(False, "nobody", 1), (False, None, 2)]
    assert all(isinstance(message, Cast) for _, message in letters)


def test_calling_a_server_that_has_ended_raises_at_once_with_its_reason(server: ActorRef) -> None:
    send_exit(server, Shutdown("enough"))
    end_of(server)
    with pytest.raises(ServerExitedError) as caught:
        call(server, 1, timeout=None)
    assert caught.value.reason == Shutdown("enough")
    assert caught.value.server is server


def test_a_server_that_dies_of_a_request_ends_every_call_at_once(server: ActorRef) -> None:
    error = Boom()
    callers = [caught(lambda: call(server, "later", None)), caught(lambda: call(server, error, None))]
    callers += [caught(lambda: call(server, "queued", None)) for _ in range(3)]
    settle()
    for (raised,) in callers:
        assert isinstance(raised, ServerExitedError)
        assert raised.reason == Crash(error)
        assert raised.__cause__ is error


def test_a_killed_server_ends_its_calls_though_it_hangs_in_its_clean_up(server: ActorRef) -> None:
    def hang(_: Call) -> None:
        try:
            receive(match=lambda message: message == "never")
        finally:
            receive(match=lambda message: message == "go")

    waiting = caught(lambda: call(server, hang, None))
    settle()
    kill(server)
    settle()
    (raised,) = waiting
    assert isinstance(raised, ServerExitedError)
    assert raised.reason == Killed()


def test_calls_that_a_dead_server_leaves_are_no_dead_letters(server: ActorRef) -> None:
    before = dead_letters.count
    waiting = [caught(lambda: call(server, Stop(), None)), caught(lambda: call(server, 1, None))]
    settle()
    assert [type(raised) for (raised,) in waiting] == [ServerExitedError] * 2
    assert dead_letters.count == before


def test_a_reply_that_does_not_come_in_time_is_a_timeout(server: ActorRef) -> None:
    with ManualClock() as time:
        waiting = caught(lambda: call(server, "later"))
        time.advance(4.9)
        assert waiting == []
        time.advance(0.2)
        (raised,) = waiting
        assert isinstance(raised, CallTimeoutError)
        assert isinstance(raised, TimeoutError)
        assert (raised.server, raised.request, raised.timeout) == (server, "later", 5.0)


def held_by(calls: list[Call]) -> Callable[[], object]:
    """A body that takes calls and replies to none."""

    def body() -> None:
        while True:
            calls.append(receive())

    return body


def test_a_late_reply_is_dropped_and_never_the_answer_to_a_later_call(server: ActorRef, events: list[str]) -> None:
    gate = Event()

    def slow(_: Call) -> None:
        gate.wait()

    with pytest.raises(CallTimeoutError):
        call(server, slow, timeout=0.005)
    waiting = caught(lambda: call(server, "next"))
    settle()
    assert waiting == []
    gate.set()
    settle()
    assert waiting == ["next"]
    assert "late reply" in events


def test_a_late_reply_does_not_answer_the_call_that_the_caller_waits_for_now(spawned: Spawned) -> None:
    calls: list[Call] = []
    other = spawned(held_by(calls))

    def twice() -> object:
        with pytest.raises(CallTimeoutError):
            call(other, "first", timeout=0.001)
        return call(other, "second")

    with ManualClock() as time:
        waiting = caught(twice)
        time.advance(0.002)
    settle()
    first, second = calls
    reply(first, "reply to the first")
    settle()
    assert waiting == []
    reply(second, "reply to the second")
    settle()
    assert waiting == ["reply to the second"]


def test_a_call_that_does_not_wait_sends_the_request(server: ActorRef, log: list[Any]) -> None:
    with pytest.raises(CallTimeoutError):
        call(server, "sent", timeout=0)
    settle()
    assert log == ["sent"]


def test_calling_oneself_is_an_error(server: ActorRef) -> None:
    with pytest.raises(CallingSelfError, match="called itself"):
        call(current(), 1)

    def call_again(_: Call) -> None:
        call(server, 1)

    with pytest.raises(ServerExitedError) as caught:
        call(server, call_again)
    assert isinstance(caught.value.__cause__, CallingSelfError)


def test_a_plain_actor_can_serve(spawned: Spawned) -> None:
    def serve() -> None:
        one = receive()
        assert isinstance(one, Call)
        reply(one, one.request + 1)
        receive()
        raise Boom

    ref = spawned(serve)
    assert call(ref, 1) == 2
    with pytest.raises(ServerExitedError) as caught:
        call(ref, 1)
    assert isinstance(caught.value.__cause__, Boom)


def test_another_actor_may_reply(spawned: Spawned) -> None:
    def serve() -> None:
        one = receive()
        spawn(lambda: reply(one, "from a third"))
        receive()

    assert call(spawned(serve), 1) == "from a third"


def test_replying_twice_is_an_error_where_the_second_reply_is(server: ActorRef) -> None:
    def twice(one: Call) -> str:
        reply(one, "first")
        return "second"

    assert call(server, twice) == "first"
    settle()
    with pytest.raises(ServerExitedError) as caught:
        call(server, 1)
    assert isinstance(caught.value.__cause__, AlreadyRepliedError)
    assert "'second'" in str(caught.value.__cause__)


def test_a_reply_after_the_server_has_ended_is_dropped(server: ActorRef, events: list[str]) -> None:
    calls: list[Call] = []

    def hang(one: Call) -> None:
        calls.append(one)
        receive(match=lambda message: message == "never")

    waiting = caught(lambda: call(server, hang, None))
    settle()
    kill(server)
    reply(calls[0], "too late")
    settle()
    assert isinstance(waiting[0], ServerExitedError)
    assert "late reply" in events


def test_a_caller_that_was_ended_while_it_waits_gets_nothing_more(spawned: Spawned, events: list[str]) -> None:
    calls: list[Call] = []
    other = spawned(held_by(calls))
    caller = spawned(lambda: call(other, 1, None))
    settle()
    send_exit(caller, Shutdown("leave"))
    assert end_of(caller) == Shutdown("leave")
    reply(calls[0], 1)
    assert events.count("late reply") == 1


def test_a_killed_caller_is_gone_at_once(server: ActorRef) -> None:
    caller = spawn(lambda: call(server, "later", None), link=False)
    settle()
    kill(caller)
    settle()
    assert call(server, "on") == "on"


def test_a_cancel_ends_the_call_of_a_run(server: ActorRef) -> None:
    run = AsyncComputation.start(lambda: call(server, "later", None))
    settle()
    run.cancel("enough")
    assert run.cancel_sync() == Cancelled("enough")
    assert call(server, 1) == 1


def test_a_run_may_call_in_its_clean_up(server: ActorRef) -> None:
    got: list[object] = []

    def body() -> None:
        try:
            call(server, "later", None)
        finally:
            got.append(call(server, "cleaned"))

    run = AsyncComputation.start(body)
    settle()
    run.cancel("enough")
    run.cancel_sync()
    assert got == ["cleaned"]


def test_a_gevent_timeout_ends_the_wait_and_the_next_call_gets_its_own_reply(server: ActorRef) -> None:
    def impatient() -> object:
        with gevent.Timeout(0.005, exception=False):  # type: ignore[arg-type]  # the stubs do not know it
            call(server, "later", None)
        return call(server, "next")

    assert AsyncComputation.start(impatient).wait() == Completed("next")
    assert impatient() == "next"


def test_an_error_thrown_in_as_the_reply_comes_loses_only_that_reply(spawned: Spawned) -> None:
    calls: list[Call] = []
    other = spawned(held_by(calls))

    def body() -> object:
        with pytest.raises(Boom):
            call(other, "first")
        return call(other, "second")

    waiting = caught(body)
    settle()
    caller = calls[0].caller
    assert caller is not None
    throw_next(caller, Boom())
    reply(calls[0], "lost")
    settle()
    reply(calls[1], "second")
    settle()
    assert waiting == ["second"]


def test_a_call_in_the_hub_is_an_error(server: ActorRef) -> None:
    raised: list[BaseException] = []

    def callback() -> None:
        try:
            call(server, 1)
        except RuntimeError as error:
            raised.append(error)

    gevent.get_hub().loop.run_callback(callback)
    settle()
    assert "in the hub" in str(raised[0])


def test_wrong_arguments_are_refused_where_they_are_given(server: ActorRef) -> None:
    run = AsyncComputation.start(lambda: receive_forever(server))
    settle()
    uses: list[tuple[Callable[[], Any], type[Exception], str]] = [
        (lambda: call(7, 1), TypeError, "7 is neither an ActorRef nor a name"),  # type: ignore[call-overload]
        (lambda: cast(7, 1), TypeError, "neither an ActorRef nor a name"),  # type: ignore[arg-type]
        (lambda: reply(7, 1), TypeError, "the call that handle_call was given"),  # type: ignore[arg-type]
        (lambda: call(server, 1, -1.0), ValueError, "timeout=-1.0"),
        (lambda: call(server, 1, float("nan")), ValueError, "timeout=nan"),
        (lambda: call(server, 1, "5"), TypeError, "timeout='5'"),  # type: ignore[call-overload]
        (lambda: call(run.ref, 1), TypeError, "is a run"),
    ]
    for body, error, text in uses:
        with pytest.raises(error, match=text):
            body()
    run.cancel_sync()


def receive_forever(server: ActorRef) -> None:
    call(server, "later", None)


def test_servers_call_one_another(server: ActorRef) -> None:
    other = Server.start(Answered, link=False)

    def ask_the_other(_: Call) -> int:
        return call(server, Push("x"))

    assert call(other, ask_the_other) == 1
    kill(other)


def test_nobody_starves_beside_two_who_only_call(server: ActorRef) -> None:
    done: list[str] = []

    def busy() -> None:
        while not done:
            call(server, 1)

    def pausing() -> None:
        for _ in range(10):
            give_way()
        done.append("another")

    caller = spawn(busy, link=False)
    spawn(pausing)
    assert end_of(caller) == NORMAL
    assert done == ["another"]


def test_a_crash_that_only_callers_hear_of_is_reported() -> None:
    lonely = Server.start(Answered, link=False)
    with capture_logs() as logged, pytest.raises(ServerExitedError):
        call(lonely, fail)
    assert [entry["event"] for entry in logged] == ["actor crashed"]


def fail(_: Call) -> None:
    raise Boom


class Forgetful(Server):
    """Keeps nothing: what it is given would lead back to it."""

    def handle_call(self, request: Any, call: Call) -> Any:
        return request(call) if callable(request) else request


def test_calls_leave_no_cyclic_garbage_however_they_end() -> None:
    def all_ways() -> None:
        server = Server.start(Forgetful, link=False)
        call(server, "x")
        with pytest.raises(CallTimeoutError):
            call(server, NoReply(), timeout=0.0001)
        with capture_logs(), pytest.raises(ServerExitedError):
            call(server, fail)
        with pytest.raises(ServerExitedError):
            call(server, 1)
        caller = spawn(lambda: call(server, 1), link=False)
        with capture_logs():
            assert isinstance(end_of(caller), Crash)

    all_ways()
    begin_counting()
    try:
        for _ in range(20):
            all_ways()
        assert count() == 0
    finally:
        gc.enable()


def test_a_server_forgets_calls_that_are_over(server: ActorRef) -> None:
    assert isinstance(server, Actor)
    for request in ("later", "x"):
        with pytest.raises(CallTimeoutError):
            call(server, request, timeout=0.0 if request == "x" else 0.001)
    call(server, "y")
    assert server.tied().awaited == {}
