"""The end of a thread's runtime: in order by `close`, or at once because the thread is gone."""

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Cancelled, Prompt, Resume, Suspend, Throw, ask, receive, send, spawn, telemetry
from actors.computation import CancelledError, FinishedError
from actors.effects import clock
from actors.runtime import (
    ActorRef,
    BackgroundThread,
    ClosedError,
    Down,
    Exit,
    Killed,
    Normal,
    NoSuchActorError,
    Shutdown,
    background,
    close,
    current,
    dead_letters,
    kill,
    link,
    monitor,
    register,
    send_exit,
    trap_exits,
    whereis,
)
from actors.runtime.closing import CLOSED
from actors.server import Server, ServerExitedError, call
from actors.testing import settle
from tests.computation.common import NEVER, one_question, queued, returning
from tests.runtime.watching import PATIENCE
from tests.server.stack import Answered
from tests.threads.crossing import PlainThread, held, in_background, in_thread, settle_in


def cleaning(left: list[str], how: str) -> None:
    """Suspend, and leave with clean-up that is done in some way."""
    try:
        ask(Prompt("q"))
    finally:
        clean(left, how)


def clean(left: list[str], how: str) -> None:
    left.append(how)
    match how:
        case "block":
            clock.sleep(0.001)
            left.append("blocked")
        case "ask":
            ask(Prompt("in clean-up"))
        case "spawn":
            spawn(clean, left, "spawned", link=False)
        case "crash":
            raise LookupError(how)
        case _:
            pass


def started(thread: BackgroundThread, left: list[str], how: str) -> AsyncComputation[None]:
    """Start a run on another thread and let it suspend."""
    runner, outcome = AsyncComputation.start_sync(cleaning, left, how, on=thread, link=False)
    assert isinstance(outcome, Suspend)
    return runner


def reported() -> tuple[list[tuple[str, Mapping[str, Any]]], Any]:
    """Collect what is reported; call the second to stop."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    return found, telemetry.subscribe(lambda event, data: found.append((event, data)))


# -- closing the calling thread


@pytest.mark.sentence("T2", "R11", "R12")
@pytest.mark.parametrize("how", ["return", "block", "ask", "spawn", "crash"])
def test_close_leaves_every_scope_once_whatever_clean_up_does(how: str) -> None:
    left: list[str] = []
    runner, _ = AsyncComputation.start_sync(cleaning, left, how, link=False)
    assert close() == []
    outcome = runner.outcome
    assert isinstance(outcome, Cancelled)
    assert (outcome.reason, outcome.killed) == (CLOSED, False)
    assert isinstance(outcome.error, LookupError) is (how == "crash")
    assert left == [how, *{"block": ["blocked"], "spawn": ["spawned"]}.get(how, [])]
    assert [event.outcome for event in queued()] == [outcome]
    assert AsyncComputation.start(returning, 1).result(PATIENCE) == 1  # it can be used again


@pytest.mark.sentence("T2", "A9")
def test_close_asks_before_it_kills() -> None:
    def trapping() -> None:
        trap_exits(True)
        got.append(receive())

    def swallowing() -> None:
        try:
            receive()
        except BaseException:
            clock.sleep(NEVER)

    got: list[Any] = []
    polite = spawn(trapping)
    rude = spawn(swallowing, link=False, monitor=True)
    settle()
    new = spawn(got.append, "new", link=False)
    assert close(0.01) == [rude]
    assert (polite.alive, new.alive, receive(0).reason) == (False, False, Killed())
    assert [message.reason for message in got if isinstance(message, Exit)] == [CLOSED]


@pytest.mark.sentence("T2")
def test_close_is_refused_where_it_would_end_its_caller_and_with_a_negative_time(thread: BackgroundThread) -> None:
    def inside() -> None:
        close()

    runner = AsyncComputation.start(inside)
    outcome = runner.wait(PATIENCE)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, RuntimeError)
    with pytest.raises(RuntimeError, match="thread that it runs on"):
        in_background(thread, thread.close)
    for closing in (close, thread.close):
        with pytest.raises(ValueError, match="-1"):
            closing(-1)
    assert not thread.closed


@pytest.mark.sentence("T2")
def test_a_plain_thread_closes_what_it_started() -> None:
    left: list[str] = []

    def plain() -> list[ActorRef]:
        AsyncComputation.start_sync(cleaning, left, "block", link=False)
        return close()

    assert in_thread(plain) == []
    assert left == ["block", "blocked"]


# -- closing the background thread


@pytest.mark.sentence("T1", "T2", "R11", "R12")
@pytest.mark.parametrize("how", ["return", "block", "ask", "spawn", "crash"])
def test_closing_a_thread_leaves_every_scope_once_whatever_clean_up_does(thread: BackgroundThread, how: str) -> None:
    left: list[str] = []
    runner = started(thread, left, how)
    assert thread.close() == []
    outcome = runner.outcome
    assert isinstance(outcome, Cancelled)
    assert (outcome.reason, outcome.killed) == (CLOSED, False)
    assert left == [how, *{"block": ["blocked"], "spawn": ["spawned"]}.get(how, [])]
    assert [event.outcome for event in queued()] == [outcome]


@pytest.mark.sentence("T2")
def test_closing_a_thread_kills_what_does_not_leave_in_time(thread: BackgroundThread) -> None:
    left: list[str] = []

    def stubborn() -> None:
        try:
            ask(Prompt("q"))
        finally:
            try:
                clock.sleep(NEVER)
            finally:
                left.append("left")

    runner, _ = AsyncComputation.start_sync(stubborn, on=thread)
    assert thread.close(0.01) == [runner.ref]
    assert (runner.outcome, left) == (Cancelled(CLOSED, killed=True), ["left"])
    assert [event.outcome for event in queued()] == [runner.outcome]


@pytest.mark.sentence("T2")
def test_closing_a_thread_does_not_signal_who_closes_it_and_signals_others(thread: BackgroundThread) -> None:
    got: list[Any] = []
    refs: list[ActorRef] = []

    def other() -> None:
        trap_exits(True)
        refs.append(spawn(receive, on=thread))
        got.append(receive(PATIENCE))

    mine = spawn(receive, on=thread)  # linked with this thread, which traps nothing
    spawn(other, link=False)
    settle()
    thread.close()
    settle()
    assert not mine.alive
    assert [(message.ref, message.reason) for message in got] == [(refs[0], CLOSED)]
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("T2")
def test_two_threads_may_close_a_thread_at_once_and_both_wait_for_its_end(thread: BackgroundThread) -> None:
    left: list[str] = []
    started(thread, left, "block")
    go = threading.Barrier(3)

    def closing() -> tuple[list[ActorRef], list[str]]:
        go.wait()
        return thread.close(), [*left]

    others = [PlainThread(closing) for _ in range(2)]
    assert closing() == ([], ["block", "blocked"])
    assert [other.result() for other in others] == [([], ["block", "blocked"])] * 2
    assert thread.close() == []
    queued()


@pytest.mark.sentence("T2")
def test_who_is_interrupted_while_closing_a_thread_may_close_it_again(thread: BackgroundThread) -> None:
    def stubborn() -> None:
        try:
            receive()
        finally:
            clock.sleep(NEVER)

    ref = spawn(stubborn, link=False, on=thread)
    settle_in(thread.scheduler)
    silent: Any = False
    with gevent.Timeout(0.01, silent):
        thread.close(None)
    assert thread.close(0.01) == [ref]


def asking_then_sleeping() -> None:
    ask(Prompt("q"))
    clock.sleep(NEVER)


@pytest.mark.sentence("T2")
def test_who_waits_in_a_thread_that_is_closed_learns_of_it(thread: BackgroundThread) -> None:
    """Whatever they wait for there: a call, a leg, an end, room in a mailbox, a start."""
    got: list[Any] = []

    def waiting(what: Any) -> None:
        try:
            what()
        except (ClosedError, ServerExitedError, CancelledError) as error:
            got.append(type(error))
        else:
            got.append(what)

    def leg() -> None:
        legs.append(runner.resume_sync(1, timeout=None))  # the run has one final outcome, and this is it
        raise CancelledError(runner, legs[0])

    legs: list[Any] = []

    class Blocked(Server):
        def init(self) -> None:
            receive()

    server = Server.start(Answered, link=False, on=thread)
    runner, _ = AsyncComputation.start_sync(asking_then_sleeping, on=thread)
    full = spawn(lambda: receive(match=lambda _: False), mailbox=1, link=False, on=thread)
    send(full, "first")
    waits = [
        partial(call, server, "later", None),
        leg,
        partial(runner.result, None),
        partial(send, full, "second"),
        partial(Server.start, Blocked, timeout=None, on=thread),
    ]
    actors = [spawn(waiting, wait, link=False, monitor=True) for wait in waits]
    settle()
    settle_in(thread.scheduler)
    thread.close()
    found = [receive(PATIENCE) for _ in range(len(actors) + 1)]
    assert sorted(type(message).__name__ for message in found) == ["ComputationEvent"] + ["Down"] * 5
    assert {message.reason for message in found if isinstance(message, Down)} == {Normal()}
    assert len([one for one in got if one in {ClosedError, ServerExitedError, CancelledError}]) >= 4
    assert legs == [Cancelled(CLOSED)]
    assert set(got) <= {ClosedError, ServerExitedError, CancelledError, waits[3]}  # freed, it was sent to the dead


@pytest.mark.sentence("T2")
def test_a_closed_thread_refuses_all_that_would_begin_there(thread: BackgroundThread) -> None:
    ref = spawn(receive, link=False, on=thread)
    suspended, _ = AsyncComputation.start_sync(one_question, on=thread)
    server = Server.start(Answered, link=False, on=thread)
    thread.close()
    assert [event.outcome for event in queued()] == [Cancelled(CLOSED)]
    begin: list[Any] = [
        partial(spawn, receive, on=thread),
        partial(AsyncComputation.start, one_question, on=thread),
        partial(AsyncComputation.start_sync, one_question, on=thread),
        partial(Server.start, Answered, on=thread),
        thread.statistics,
        lambda: thread.scheduler,
    ]
    for one in begin:
        with pytest.raises(ClosedError, match="background"):
            one()
    with pytest.raises(FinishedError):
        suspended.resume(1)
    with pytest.raises(FinishedError):
        suspended.resume_sync(1)
    with pytest.raises(ServerExitedError) as caught:
        call(server, 1)
    assert caught.value.reason == CLOSED
    with pytest.raises((ClosedError, ValueError)):
        register("closed", ref)
    assert whereis("closed") is None
    suspended.cancel("late")
    assert suspended.cancel_sync("late") == Cancelled(CLOSED)


@pytest.mark.sentence("T2", "A3", "A8", "A11")
def test_what_is_sent_to_a_closed_thread_finds_only_the_dead(thread: BackgroundThread) -> None:
    trap_exits(True)
    ref = spawn(receive, link=False, on=thread)
    bounded = spawn(receive, link=False, mailbox=1, on=thread)
    runner = AsyncComputation.start(one_question, link=False, on=thread)
    thread.close()
    queued()
    letters: list[Any] = []
    stop = dead_letters.subscribe(lambda _, message: letters.append(message))
    send(ref, "message")
    answer = Resume(1)
    send(runner.ref, answer)
    stop()
    assert letters == ["message", answer]
    with pytest.raises(ClosedError):
        send(bounded, "message")
    kill(ref)
    send_exit(ref, Shutdown("late"))
    link(ref)
    watch = monitor(ref)
    found = [receive(PATIENCE), receive(PATIENCE)]
    assert {type(message) for message in found} == {Exit, Down}
    assert [type(message.reason.error) for message in found] == [NoSuchActorError] * 2
    assert watch in [getattr(message, "monitor", None) for message in found]


@pytest.mark.sentence("T1")
def test_after_a_thread_was_closed_background_gives_a_new_one(thread: BackgroundThread) -> None:
    assert background() is thread
    thread.close()
    other = background()
    try:
        assert other is not thread
        assert (thread.closed, other.closed, "closed" in repr(thread)) == (True, False, True)
        assert AsyncComputation.start(returning, 1, on=other).result(PATIENCE) == 1
    finally:
        other.close()


@pytest.mark.sentence("T2")
def test_what_is_started_while_a_thread_closes_begins_or_is_told(thread: BackgroundThread) -> None:
    """Another thread starts runs without pause while this one closes: each has an outcome, or was refused."""
    begun = threading.Event()

    def starting() -> list[Any]:
        found: list[Any] = []
        try:
            while True:
                found.append(AsyncComputation.start(one_question, on=thread, link=False))
                begun.set()
        except ClosedError:
            return found

    other = PlainThread(starting)
    begun.wait(PATIENCE)
    thread.close()
    runners = other.result()
    assert len(runners) > 0
    for runner in runners:
        assert isinstance(runner.outcome, Cancelled | Throw), runner
        if isinstance(runner.outcome, Throw):
            assert isinstance(runner.outcome.error, ClosedError)


# -- a thread that ends by itself


@pytest.mark.sentence("T2", "A6")
@pytest.mark.leaves_actors("the thread ends with actors on purpose")
def test_a_thread_that_ends_with_actors_is_reported_and_its_watchers_hear() -> None:
    def plain() -> None:
        ref = spawn(receive, link=False)
        runner, _ = AsyncComputation.start_sync(one_question, link=False, owner=me)
        send(me, (ref, current(), runner))
        receive(PATIENCE, match=lambda message: message == "go")

    me = current()
    other = threading.Thread(target=plain)
    other.start()
    ref, main, runner = receive(PATIENCE)
    trap_exits(True)
    of_ref, of_main = monitor(ref), monitor(main)
    link(ref)
    found, stop = reported()
    send(main, "go")
    messages = [receive(PATIENCE) for _ in range(4)]
    other.join()
    stop()
    downs = {message.monitor: message.reason for message in messages if isinstance(message, Down)}
    assert downs == {of_ref: Killed(), of_main: Normal()}
    assert [message.reason for message in messages if isinstance(message, Exit)] == [Killed()]
    assert runner.outcome == Cancelled(Killed(), killed=True)
    assert [data["actors"] for event, data in found if event == "thread ended with actors"] == [2]
    with pytest.raises(FinishedError):
        runner.resume(1)


@pytest.mark.sentence("T2", "A3", "A6", "A11")
def test_what_a_thread_never_looked_at_before_it_ended_finds_the_dead() -> None:
    ready, go = threading.Event(), threading.Event()
    refs: list[ActorRef] = []

    def plain() -> None:
        refs.append(current())
        ready.set()
        go.wait(PATIENCE)

    other = threading.Thread(target=plain)
    other.start()
    ready.wait(PATIENCE)
    letters: list[Any] = []
    stop = dead_letters.subscribe(lambda _, message: letters.append(message))
    monitor(refs[0])
    send(refs[0], "unread")
    go.set()
    other.join()
    down = receive(PATIENCE)
    stop()
    assert (down.ref, letters) == (refs[0], ["unread"])
    assert isinstance(down.reason.error, NoSuchActorError)


@pytest.mark.sentence("T2", "A14")
def test_an_actor_that_holds_its_thread_is_waited_for_until_it_lets_go(thread: BackgroundThread) -> None:
    left: list[str] = []
    started(thread, left, "return")
    with held(thread):
        silent: Any = False
        with gevent.Timeout(0.01, silent):
            thread.close()
        assert left == []
    assert thread.close() == []
    assert left == ["return"]
    queued()
