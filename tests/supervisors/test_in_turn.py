"""Children that are stopped one after the other, of which the end of one tells the next."""

from __future__ import annotations

import gc
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from weakref import ref

import pytest
from gevent.event import Event

from actors import clock, receive, send, spawn, telemetry
from actors.effects.clock import sleep
from actors.exits import Killed, Shutdown
from actors.runtime import ActorRef, give_way, kill, send_exit
from actors.server import ServerExitedError
from actors.testing import ManualClock, live_actors, settle
from supervisors import ChildSpec, Strategy, Supervisor
from supervisors.errors import StartError
from tests.supervisors.common import Book, starting, tell


def leaving(go: Event) -> None:
    """Wait, and leave when it may."""
    try:
        receive()
    finally:
        go.wait()


def reasons(children: list[Any]) -> list[Any]:
    return [child.reason for child in children]


@pytest.mark.sentence("S1", "S2")
def test_thousands_that_have_not_begun_are_stopped_and_never_begin() -> None:
    began: list[int] = []
    made: list[Any] = []

    def start(number: int) -> ActorRef:
        if number == 3000:
            raise OSError("not this one")
        made.append(spawn(began.append, number))
        return made[-1]  # type: ignore[no-any-return]  # a list of anything

    with pytest.raises(StartError):
        Supervisor.start([ChildSpec(number, partial(start, number)) for number in range(3001)])
    assert {type(reason) for reason in reasons(made)} == {Shutdown}
    settle()
    assert (began, len(made)) == ([], 3000)


@pytest.mark.sentence("S1")
def test_the_time_of_each_counts_from_when_it_was_told() -> None:
    go, never = Event(), Event()
    with ManualClock() as time:
        root = Supervisor.start(
            [
                ChildSpec("deaf", starting(leaving, never), shutdown=2.0),
                ChildSpec("slow", starting(leaving, go), shutdown=2.0),
            ]
        )
        deaf, slow = root.child("deaf"), root.child("slow")
        settle()
        spawn(root.stop)
        time.advance(1.5)
        assert reasons([deaf, slow]) == [None, None]
        go.set()
        settle()
        assert isinstance(slow.reason, Shutdown)
        time.advance(1.999)
        assert deaf.alive
        time.advance(0.001)
        assert (deaf.reason, root.ref.alive) == (Killed(), False)


@pytest.mark.sentence("S1")
@pytest.mark.parametrize(("first", "then"), [(9.0, 1.0), (1.0, 9.0), (None, 1.0)])
def test_those_with_other_times_have_their_own(first: float | None, then: float) -> None:
    go, never = Event(), Event()
    with ManualClock() as time:
        root = Supervisor.start(
            [
                ChildSpec("deaf", starting(leaving, never), shutdown=then),
                ChildSpec("slow", starting(leaving, go), shutdown=first),
            ]
        )
        deaf = root.child("deaf")
        settle()
        spawn(root.stop)
        time.advance(0.5)
        go.set()
        settle()
        time.advance(then - 0.001)
        assert deaf.alive
        time.advance(0.001)
        assert (deaf.reason, root.ref.alive) == (Killed(), False)


@pytest.mark.sentence("S2", "S11")
def test_a_supervisor_killed_in_the_midst_leaves_nobody_and_tells_nobody_twice() -> None:
    go, book = Event(), Book()
    root = Supervisor.start([*book.specs("ab"), ChildSpec("slow", starting(leaving, go)), *book.specs("cd")])
    children = [root.child(child_id) for child_id in ("a", "b", "slow", "c", "d")]
    settle()
    spawn(root.stop, link=False)
    settle()
    assert [child.alive for child in children] == [True, True, True, False, False]
    kill(root.ref)
    go.set()
    settle()
    assert not any(child.alive for child in children)
    assert sorted(book.read().split()) == sorted(["+a", "+b", "+c", "+d", "-a", "-b", "-c", "-d"])


@pytest.mark.sentence("S16")
def test_those_that_have_ended_are_reported_while_the_next_takes_its_time() -> None:
    go, book = Event(), Book()
    stopped: list[Any] = []

    def hear(event: str, data: Mapping[str, Any]) -> None:
        if event == "child stopped":
            stopped.append(data["child"])

    root = Supervisor.start([*book.specs("ab"), ChildSpec("slow", starting(leaving, go)), *book.specs("cd")])
    settle()
    unsubscribe = telemetry.subscribe(hear)
    try:
        spawn(root.stop)
        settle()
        assert stopped == ["d", "c"]
        go.set()
        settle()
        assert stopped == ["d", "c", "slow", "b", "a"]
    finally:
        unsubscribe()


@pytest.mark.sentence("S8")
def test_what_is_told_of_a_child_keeps_no_actor_that_has_ended() -> None:
    book = Book()
    with Supervisor.start(book.specs("a")) as root:
        first = root.which_children()[0]
        assert root.which_children()[0] is first
        gone = ref(root.child("a"))
        del first
        tell(root, "a", "return")
        assert root.child("a") is not None  # the last message that the supervisor got is another now
        gc.collect()
        assert gone() is None
        assert root.which_children()[0] == ("a", root.child("a"), "running", False, 1)


@pytest.mark.sentence("S1")
def test_a_subscriber_that_lets_others_run_keeps_no_supervisor_waiting() -> None:
    """The child that is waited for ends while its sibling's end is told: there is no limit that would end that wait."""

    def slow() -> None:
        try:
            receive()
        finally:
            give_way()

    def gives_way(event: str, _: Mapping[str, Any]) -> None:
        if event == "child stopped":
            for _round in range(5):
                give_way()

    root = Supervisor.start([ChildSpec(number, starting(slow), shutdown=None) for number in range(4)])
    children = [root.child(number) for number in range(4)]
    settle()
    unsubscribe = telemetry.subscribe(gives_way)
    try:
        root.stop()
    finally:
        unsubscribe()
    assert {type(reason) for reason in reasons(children)} == {Shutdown}


@pytest.mark.sentence("S1")
def test_one_that_has_not_begun_is_stopped_between_others_that_have() -> None:
    """The end of `c` tells `b`, which ends then and there."""
    book = Book()
    root = Supervisor.start(book.specs("abc"))
    settle()
    last = root.child("c")
    root.terminate_child("b")
    assert book.read() == "+a +b +c -b"
    for does in (partial(root.restart_child, "b"), root.stop, partial(kill, last)):
        spawn(does, link=False)  # so that an error in one of them fails the test
    assert book.read() == "-c -a"
    assert not root.ref.alive


@contextmanager
def messages_to(root: Supervisor) -> Generator[list[Any]]:
    """Note what a supervisor gets that is no call."""

    def hear(event: str, data: Mapping[str, Any]) -> None:
        if event == "server request" and data["server"] is root.ref and data["kind"] != "call":
            heard.append(data["request"])

    heard: list[Any] = []
    unsubscribe = telemetry.subscribe(hear)
    try:
        yield heard
    finally:
        unsubscribe()


@pytest.mark.sentence("S1")
def test_the_end_of_one_that_was_told_is_no_message_for_its_supervisor() -> None:
    with Supervisor.start(Book().specs("ab")) as root, messages_to(root) as heard:
        settle()
        root.terminate_child("b")
        settle()
        assert root.count_children().active == 1
        assert heard == []


@pytest.mark.sentence("S1")
def test_a_supervisor_that_has_stopped_several_is_not_woken_once_more() -> None:
    book = Book()
    with Supervisor.start(book.specs("abcd"), strategy=Strategy.ONE_FOR_ALL) as root, messages_to(root) as heard:
        settle()
        tell(root, "a", OSError("now"))
        assert sorted(root.count_children()) == [0, 4, 4, 4]
        (message,) = heard
        assert isinstance(message.reason.error, OSError)


@pytest.mark.sentence("S1")
def test_nor_does_that_end_a_wait_of_what_follows() -> None:
    """The second to end wakes the supervisor before what the first had asked for, which is to have no effect then."""
    started: list[str] = []

    def start(name: str) -> ActorRef:
        if started[2:]:
            sleep(1.0)
            time_of_start.append(clock.monotonic())
        started.append(name)
        return spawn(book.worker, name)

    book, time_of_start = Book(), list[float]()
    specs = [ChildSpec(name, partial(start, name)) for name in "abc"]
    with ManualClock() as time, Supervisor.start(specs, strategy=Strategy.ONE_FOR_ALL) as root:
        settle()
        began = clock.monotonic()
        tell(root, "a", OSError("now"))
        for _ in "abc":
            time.advance(1.0)
        assert [at - began for at in time_of_start] == pytest.approx([1.0, 2.0, 3.0])


@pytest.mark.sentence("S2")
def test_a_supervisor_that_was_killed_is_not_woken_by_the_end_of_a_child_instead() -> None:
    go = Event()
    root: Any = Supervisor.start([ChildSpec("slow", starting(leaving, go))])
    settle()
    spawn(root.stop, link=False)
    settle()
    child, in_turn = next(iter(root.ref.ties.supervised)), root.ref.waiting
    kill(root.ref)
    in_turn.summon()  # what the end of a child before had asked for
    settle()
    assert live_actors() == [child]
    go.set()


@pytest.mark.sentence("S1")
def test_the_end_of_the_time_of_one_does_not_kill_the_next() -> None:
    """The time is over at the very moment at which the child leaves, and the next was told."""
    go = Event()

    def begins_to_leave(root: list[Any]) -> None:
        try:
            receive()
        finally:
            root[0].ref.timed_out()  # what the timer would do that was started for the one before
            go.wait()

    made: list[Any] = []
    with ManualClock():
        root = Supervisor.start([ChildSpec("next", starting(begins_to_leave, made)), *Book().specs("z")])
        made.append(root)
        child = root.child("next")
        settle()
        spawn(root.stop)
        settle()
        assert child.alive
        go.set()
        settle()
        assert isinstance(child.reason, Shutdown)


@pytest.mark.sentence("S1", "S11")
def test_one_whose_sibling_ends_as_the_supervisor_is_told_to_end_hears_why() -> None:
    """Its turn comes when the supervisor has not yet learnt that all is to end: who stops all is to tell it."""
    book, known = Book(), dict[str, Any]()

    def leaves_when_told() -> None:
        try:
            receive()
        finally:
            receive()

    def tells() -> None:
        try:
            receive()
        finally:
            send(known["slow"], "leave")

    def nested() -> Supervisor:
        children = [*book.specs("d"), ChildSpec("slow", starting(leaves_when_told)), *book.specs("x")]
        known["nested"] = Supervisor.start(children, strategy=Strategy.ONE_FOR_ALL)
        return known["nested"]  # type: ignore[no-any-return]  # of a dict of anything

    def starter() -> None:
        Supervisor.start([ChildSpec("nested", nested), ChildSpec("tells", starting(tells), shutdown=None)])
        receive()

    known["starter"] = spawn(starter, link=False)
    settle()
    known |= {name: known["nested"].child(name) for name in ("d", "slow")}
    tell(known["nested"], "x", OSError("now"))
    assert reasons([known["d"], known["slow"]]) == [None, None]  # it waits for one of them
    send_exit(known["starter"], Shutdown("all of it"))
    settle()
    assert reasons([known["d"], known["slow"]]) == [Shutdown("all of it"), Shutdown("stopped by its supervisor")]


@pytest.mark.sentence("S8")
def test_nothing_is_kept_of_one_that_was_stopped_and_deleted() -> None:
    with Supervisor.start(Book().specs("ab")) as root:
        settle()
        gone = ref(root.child("b"))
        root.terminate_child("b")
        root.delete_child("b")
        root.count_children()  # the last message that the supervisor got is another now
        gc.collect()
        assert gone() is None


@pytest.mark.sentence("S8", "S2")
def test_a_child_that_outlives_its_killed_supervisor_for_a_moment_is_told_that_it_has_ended() -> None:
    go, errors = Event(), list[ServerExitedError]()

    def asks(root: list[Any]) -> None:
        try:
            receive()
        finally:
            go.wait()
            with pytest.raises(ServerExitedError) as error:
                root[0].which_children()
            errors.append(error.value)

    made: list[Any] = []
    root = Supervisor.start([ChildSpec("asks", starting(asks, made))])
    made.append(root)
    settle()
    spawn(root.stop, link=False)
    settle()
    kill(root.ref)
    go.set()
    settle()
    assert [error.reason for error in errors] == [Killed()]
