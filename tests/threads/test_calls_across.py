"""Servers and their callers in different threads."""

import threading
from functools import partial
from typing import Any

import gevent
import pytest

from actors import receive, send, spawn, telemetry
from actors.runtime import (
    ActorRef,
    BackgroundThread,
    Crash,
    Exit,
    Killed,
    LinkedExitError,
    NameTakenError,
    Shutdown,
    current,
    kill,
    monitor,
    register,
    send_exit,
    trap_exits,
    whereis,
)
from actors.server import (
    AlreadyRepliedError,
    Call,
    CallingSelfError,
    CallTimeoutError,
    NoReply,
    Server,
    ServerExitedError,
    StartTimeoutError,
    Stop,
    call,
    cast,
    get_state,
    pause,
    reply,
    unpause,
)
from actors.testing import settle
from tests.runtime.watching import PATIENCE
from tests.server.stack import Answered, Boom, Push
from tests.threads.crossing import Crossing, PlainThread, held, in_background, in_thread, settle_in


def started(crossing: Crossing, log: list[Any]) -> ActorRef:
    """Start a server there, linked with nobody."""
    return crossing.do(partial(Server.start, Answered, log, link=False))


def stop(server: ActorRef) -> None:
    watch = monitor(server)
    send_exit(server, Shutdown("stop"))
    receive(PATIENCE, match=lambda message: getattr(message, "monitor", None) is watch)


@pytest.mark.sentence("T2", "A12")
def test_a_call_returns_the_reply(crossing: Crossing) -> None:
    def body() -> None:
        log: list[Any] = []
        server = started(crossing, log)
        assert [call(server, Push(number)) for number in range(3)] == [1, 2, 3]
        assert call(server, 7, timeout=None) == 7
        assert log == [Push(0), Push(1), Push(2), 7]
        stop(server)

    crossing.run(body)


@pytest.mark.sentence("T2", "A12")
def test_a_call_by_name_and_a_cast_keep_their_order(crossing: Crossing) -> None:
    def body() -> None:
        log: list[Any] = []
        server = started(crossing, log)
        register("the server", server)
        for number in range(3):
            cast("the server", number)
            call("the server", number)
        assert log == [("cast", 0), 0, ("cast", 1), 1, ("cast", 2), 2]
        stop(server)
        with pytest.raises(ServerExitedError):
            call("the server", 3)

    crossing.run(body)


@pytest.mark.sentence("T2", "A12")
def test_a_late_reply_is_dropped_and_is_never_a_later_calls_answer(crossing: Crossing) -> None:
    def body() -> None:
        server = started(crossing, [])
        with pytest.raises(CallTimeoutError) as caught:
            call(server, "later", timeout=0.001)
        assert (caught.value.server, caught.value.request, caught.value.timeout) == (server, "later", 0.001)

        def answer_the_late_one(_: Call) -> str:
            calls: list[Call] = get_calls()
            reply(calls.pop(), "late")
            return "mine"

        def get_calls() -> list[Call]:
            serving: Any = server
            found: list[Call] = serving.body.server.calls
            return found

        assert call(server, answer_the_late_one) == "mine"
        stop(server)

    crossing.run(body)


@pytest.mark.sentence("T2", "A12")
def test_a_request_whose_caller_does_not_wait_is_handled_all_the_same(crossing: Crossing) -> None:
    def body() -> None:
        log: list[Any] = []
        server = started(crossing, log)
        with pytest.raises(CallTimeoutError):
            call(server, "unawaited", timeout=0)
        assert call(server, "awaited") == "awaited"
        assert log == ["unawaited", "awaited"]
        stop(server)

    crossing.run(body)


@pytest.mark.sentence("T2", "A12")
def test_a_server_that_dies_meanwhile_is_told_with_its_reason(crossing: Crossing) -> None:
    def body() -> None:
        server = started(crossing, [])
        error = Boom()
        with pytest.raises(ServerExitedError) as caught:
            call(server, Stop(Shutdown("enough")))
        assert caught.value.reason == Shutdown("enough")
        with pytest.raises(ServerExitedError) as caught:
            call(server, 1)
        assert caught.value.reason == Shutdown("enough")
        server = started(crossing, [])
        monitor(server)  # somebody who hears of the crash
        with pytest.raises(ServerExitedError) as caught:
            call(server, error)
        assert caught.value.reason == Crash(error)

    crossing.run(body)


@pytest.mark.sentence("T2", "A12")
def test_a_server_that_is_killed_frees_its_callers(crossing: Crossing) -> None:
    def body() -> None:
        server = started(crossing, [])
        me = current()

        def caller() -> None:
            try:
                call(server, "later")
            except ServerExitedError as error:
                send(me, error.reason)

        for _ in range(3):
            spawn(caller, link=False)
        crossing.settle()
        kill(server)
        assert [receive(PATIENCE) for _ in range(3)] == [Killed()] * 3

    crossing.run(body)


@pytest.mark.sentence("T2", "A12")
def test_calls_from_both_threads_at_once_each_get_their_own_reply(thread: BackgroundThread) -> None:
    server = Server.start(Answered, on=thread, link=False)

    def caller(first: int) -> list[Any]:
        return [call(server, number) for number in range(first, first + 100)]

    plain = [PlainThread(partial(caller, number * 1000)) for number in range(3)]
    mine = caller(5000)
    there = in_background(thread, partial(caller, 7000))
    assert mine == list(range(5000, 5100))
    assert there == list(range(7000, 7100))
    assert [one.result() for one in plain] == [list(range(first, first + 100)) for first in (0, 1000, 2000)]
    stop(server)


@pytest.mark.sentence("T2", "A12")
def test_a_reply_may_come_from_any_thread(thread: BackgroundThread) -> None:
    """The server keeps the call, and a plain thread replies to it."""
    calls: list[Call] = []
    kept = threading.Event()

    def keep(one: Call) -> NoReply:
        calls.append(one)
        kept.set()
        return NoReply()

    def replying() -> None:
        kept.wait(PATIENCE)
        reply(calls[0], "from a third thread")

    server = Server.start(Answered, on=thread, link=False)
    other = PlainThread(replying)
    assert call(server, keep) == "from a third thread"
    other.result()
    with pytest.raises(AlreadyRepliedError):
        reply(calls[0], "twice")
    stop(server)


@pytest.mark.sentence("T2", "A12")
def test_a_second_reply_on_its_way_is_reported_and_dropped(thread: BackgroundThread) -> None:
    reported: list[str] = []
    server = Server.start(Answered, on=thread, link=False)

    def twice(one: Call) -> NoReply:
        def replying() -> None:
            reply(one, "first")
            reply(one, "second")

        in_other_thread = threading.Thread(target=replying)
        in_other_thread.start()
        in_other_thread.join()
        return NoReply()

    unsubscribe = telemetry.subscribe(lambda event, _: reported.append(event))
    assert call(server, twice) == "first"
    settle_in(thread.scheduler)
    unsubscribe()
    assert "second reply" in reported
    stop(server)


@pytest.mark.sentence("T2", "A12")
def test_a_call_times_out_while_the_servers_thread_is_held(thread: BackgroundThread) -> None:
    log: list[Any] = []
    server = Server.start(Answered, log, on=thread, link=False)
    with held(thread), pytest.raises(CallTimeoutError):
        call(server, "held", timeout=0.01)
    assert call(server, "free") == "free"
    assert log == ["held", "free"]  # it was sent: only the reply is not waited for
    stop(server)


@pytest.mark.sentence("T2", "A12")
def test_a_caller_that_is_interrupted_or_killed_leaves_nothing_behind(thread: BackgroundThread) -> None:
    server = Server.start(Answered, on=thread, link=False)
    silent: Any = False
    with gevent.Timeout(0.001, silent):
        call(server, "later", timeout=None)
    mine = spawn(call, server, "later", None, link=False)
    settle()
    kill(mine)
    settle()
    settle_in(thread.scheduler)
    assert thread.statistics().actors == 2  # the server, and who counts
    control: Any = server
    assert list(control.ties.awaited) == []
    stop(server)


@pytest.mark.sentence("T2", "A12")
def test_what_a_caller_undoes_is_undone_in_the_servers_thread(thread: BackgroundThread) -> None:
    server = Server.start(Answered, on=thread, link=False)
    control: Any = server
    mine = spawn(call, server, "later", None, link=False)
    settle()
    settle_in(thread.scheduler)
    with held(thread):
        kill(mine)
        settle()
        assert len(list(control.ties.awaited)) == 1  # nobody else touches what is the server's
    settle_in(thread.scheduler)
    assert list(control.ties.awaited) == []
    stop(server)


@pytest.mark.sentence("T2", "A12")
def test_a_server_calls_back_into_the_thread_that_waits_for_it(thread: BackgroundThread) -> None:
    mine = Server.start(Answered, link=False)
    other = Server.start(Answered, on=thread, link=False)

    def through(_: Call) -> Any:
        return call(mine, "inner")

    assert call(other, through) == "inner"
    with pytest.raises(CallingSelfError):
        call(current(), 1)
    stop(mine)
    stop(other)


@pytest.mark.sentence("T2", "A13")
def test_a_server_shows_its_state_and_pauses_for_another_thread(crossing: Crossing) -> None:
    def body() -> None:
        log: list[Any] = []
        server = started(crossing, log)
        pause(server)
        cast(server, "queued")
        crossing.settle()
        assert (log, get_state(server)["items"]) == ([], [])
        unpause(server)
        assert call(server, Push("x")) == 1
        assert get_state(server)["items"] == ["x"]
        assert log == [("cast", "queued"), Push("x")]
        stop(server)
        assert log[-1] == ("terminate", Shutdown("stop"))

    crossing.run(body)


class Failing(Server):
    """Its `init` raises, stops or blocks."""

    def __init__(self, what: Any, begun: threading.Event | None = None) -> None:
        self.what = what
        self.begun = begun

    def init(self) -> Stop | None:
        if self.begun is not None:
            self.begun.set()
        if isinstance(self.what, BaseException):
            raise self.what
        if self.what == "block":
            receive()
        return self.what if isinstance(self.what, Stop) else None


@pytest.mark.sentence("T1", "T2", "A13")
def test_a_server_is_started_on_another_thread_with_its_name(thread: BackgroundThread) -> None:
    server = Server.start(Answered, name="far", on=thread)
    assert whereis("far") is server

    def where(_: Call) -> int:
        return threading.get_ident()

    assert call("far", where) != threading.get_ident()
    with pytest.raises(NameTakenError):
        Server.start(Answered, name="far", on=thread)
    stop(server)
    with pytest.raises(LinkedExitError):
        receive(PATIENCE)


@pytest.mark.sentence("T2", "A13")
def test_an_init_that_fails_elsewhere_is_raised_and_the_link_signals_nothing(thread: BackgroundThread) -> None:
    trap_exits(True)
    with pytest.raises(Boom):
        Server.start(Failing, Boom(), on=thread)
    with pytest.raises(ServerExitedError) as caught:
        Server.start(Failing, Stop(Shutdown("no")), on=thread)
    assert caught.value.reason == Shutdown("no")
    with pytest.raises(TypeError):
        Server.start(Failing, on=thread)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    settle_in(thread.scheduler)
    settle()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("T2", "A13")
def test_an_init_that_takes_too_long_elsewhere_is_killed_and_the_link_signals_nothing(thread: BackgroundThread) -> None:
    trap_exits(True)
    with pytest.raises(StartTimeoutError):
        Server.start(Failing, "block", timeout=0.001, on=thread)
    settle_in(thread.scheduler)
    settle()
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("T2", "A13")
def test_a_start_times_out_while_the_thread_is_held_and_leaves_no_server(thread: BackgroundThread) -> None:
    trap_exits(True)
    with held(thread), pytest.raises(StartTimeoutError):
        Server.start(Answered, name="far", timeout=0.01, on=thread)
    settle_in(thread.scheduler)
    settle()
    assert (whereis("far"), thread.statistics().actors) == (None, 1)
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("T2", "A13")
def test_a_starter_that_is_interrupted_leaves_no_server(thread: BackgroundThread) -> None:
    trap_exits(True)
    silent: Any = False
    begun = threading.Event()
    with gevent.Timeout(0.01, silent):
        Server.start(Failing, "block", begun, on=thread, timeout=None)
    settle_in(thread.scheduler)
    settle()
    assert (begun.is_set(), thread.statistics().actors) == (True, 1)
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("T2", "A8", "A13")
def test_a_server_started_elsewhere_is_linked_with_its_starter(thread: BackgroundThread) -> None:
    servers: list[ActorRef] = []
    me = current()

    def starter() -> None:
        servers.append(Server.start(Answered, on=thread))
        send(me, "started")
        receive()

    mine = spawn(starter, link=False)
    receive(PATIENCE)
    monitor(servers[0])
    send_exit(mine, Shutdown("starter"))
    assert receive(PATIENCE).reason == Shutdown("starter")
    trap_exits(True)
    server = Server.start(Answered, on=thread)
    send_exit(server, Shutdown("server"))
    message = receive(PATIENCE)
    assert isinstance(message, Exit)
    assert (message.ref, message.reason) == (server, Shutdown("server"))


@pytest.mark.sentence("T2", "A12")
def test_a_plain_thread_starts_and_calls_a_server(thread: BackgroundThread) -> None:
    def plain() -> Any:
        server = Server.start(Answered, on=thread, link=False)
        found = [call(server, Push(number)) for number in range(3)]
        stop(server)
        return found

    assert in_thread(plain) == [1, 2, 3]
