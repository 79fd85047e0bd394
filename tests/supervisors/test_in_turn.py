"""Children that are stopped one after the other, of which the end of one tells the next."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import partial
from typing import Any
from weakref import ref

import pytest
from gevent.event import Event

from actors import receive, spawn, telemetry
from actors.exits import Killed, Shutdown
from actors.runtime import ActorRef, give_way, kill
from actors.testing import ManualClock, settle
from supervisors import ChildSpec, Supervisor
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
