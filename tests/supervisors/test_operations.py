"""Children by hand: in each state, each operation does what it says or is refused with its own error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from actors import receive, send, spawn
from actors.exits import Shutdown
from actors.runtime import ActorRef, background, current, kill
from actors.testing import ManualClock, settle
from supervisors import AutoShutdown, ChildCounts, ChildInfo, ChildSpec, Restart, Strategy, Supervisor
from supervisors.errors import (
    ChildExistsError,
    ChildRestartingError,
    ChildRunningError,
    NoSuchChildError,
    SpecError,
    StartError,
    SupervisorBusyError,
)
from tests.supervisors.common import NEVER, SLOW, Book, CallsUp, starting, states, tell

pytestmark = pytest.mark.sentence("S8")

OPERATIONS: dict[str, Callable[[Supervisor], Any]] = {
    "start": lambda root: root.start_child(Book().spec("a")),
    "terminate": lambda root: root.terminate_child("a"),
    "restart": lambda root: root.restart_child("a"),
    "delete": lambda root: root.delete_child("a"),
    "child": lambda root: root.child("a"),
}

# One line a row: the state of the child, the operation, the error or the state that follows (None: it is known no more).
TABLE: list[tuple[str, str, type[Exception] | str | None]] = [
    ("running", "start", ChildExistsError),
    ("running", "terminate", "stopped"),
    ("running", "restart", ChildRunningError),
    ("running", "delete", ChildRunningError),
    ("running", "child", "running"),
    ("stopped", "start", ChildExistsError),
    ("stopped", "terminate", "stopped"),
    ("stopped", "restart", "running"),
    ("stopped", "delete", None),
    ("stopped", "child", "stopped"),
    ("restarting", "start", ChildExistsError),
    ("restarting", "terminate", "stopped"),
    ("restarting", "restart", ChildRestartingError),
    ("restarting", "delete", ChildRestartingError),
    ("restarting", "child", "restarting"),
    ("unknown", "start", "running"),
    ("unknown", "terminate", NoSuchChildError),
    ("unknown", "restart", NoSuchChildError),
    ("unknown", "delete", NoSuchChildError),
    ("unknown", "child", NoSuchChildError),
]


@pytest.mark.parametrize(("state", "operation", "expected"), TABLE, ids=[f"{row[0]}-{row[1]}" for row in TABLE])
def test_each_operation_on_a_child_in_each_state(
    state: str, operation: str, expected: type[Exception] | str | None
) -> None:
    book = Book()
    with ManualClock() as time, Supervisor.start([book.spec("x")]) as root:
        if state != "unknown":
            root.start_child(book.spec("a", backoff=SLOW))
        if state == "stopped":
            root.terminate_child("a")
        elif state == "restarting":
            tell(root, "a", OSError("now"))
        if isinstance(expected, type):
            with pytest.raises(expected, match="'a'"):
                OPERATIONS[operation](root)
            expected = state if state != "unknown" else None
        else:
            OPERATIONS[operation](root)
        assert states(root).get("a") == expected
        time.advance(NEVER)
        assert states(root).get("a") == ("running" if expected == "restarting" else expected)
        assert states(root)["x"] == "running"


def test_the_results_are_typed() -> None:
    book = Book()
    with Supervisor.start([book.spec("a")]) as root:
        ref: ActorRef = root.start_child(book.spec("b"))
        nested = root.start_child(ChildSpec("n", lambda: Supervisor.start(book.specs("cd"))))
        assert root.child("b") is ref
        assert nested.count_children() == ChildCounts(specs=2, active=2, supervisors=0, workers=2)
        assert root.count_children() == ChildCounts(specs=3, active=3, supervisors=1, workers=2)
        assert root.which_children()[1:] == (
            ChildInfo("b", ref, "running", is_supervisor=False, restarts=0),
            ChildInfo("n", nested.ref, "running", is_supervisor=True, restarts=0),
        )
        root.terminate_child("b")
        assert root.child("b") is None
        assert root.which_children()[1] == ChildInfo("b", None, "stopped", is_supervisor=False, restarts=0)
        assert root.count_children() == (3, 2, 1, 2)
        again = root.restart_child("b")
        assert again is root.child("b")
        assert again is not ref


def test_a_refusal_carries_what_a_program_needs() -> None:
    book = Book()
    with Supervisor.start([book.spec("a")]) as root:
        with pytest.raises(ChildExistsError, match="terminate_child it, or choose another id") as exists:
            root.start_child(book.spec("a"))
        assert (exists.value.child_id, exists.value.ref) == ("a", root.child("a"))
        with pytest.raises(ChildRunningError, match=r"terminate_child\('a'\) first") as running:
            root.delete_child("a")
        assert running.value.ref is root.child("a")
        root.terminate_child("a")
        with pytest.raises(ChildExistsError, match="is not running; restart_child or delete_child it") as stopped:
            root.start_child(book.spec("a"))
        assert stopped.value.ref is None
        with pytest.raises(NoSuchChildError, match=r"which_children\(\) lists them"):
            root.child("z")


def test_a_temporary_child_that_is_stopped_is_known_no_more() -> None:
    with Supervisor.start([Book().spec("a", restart=Restart.TEMPORARY)]) as root:
        root.terminate_child("a")
        assert root.which_children() == ()


def test_a_child_that_was_stopped_was_told_and_waited_for() -> None:
    book = Book()
    with Supervisor.start(book.specs("abc")) as root:
        settle()
        ref = root.child("b")
        root.terminate_child("b")
        assert book.read() == "+a +b +c -b"
        assert isinstance(ref.reason, Shutdown)
        assert states(root) == {"a": "running", "b": "stopped", "c": "running"}


def test_a_child_that_does_not_start_by_hand_stays_stopped_and_a_new_one_is_not_kept() -> None:
    book = Book()
    with Supervisor.start([book.spec("a")]) as root:
        root.terminate_child("a")
        book.faults["a"] = 1
        with pytest.raises(StartError, match="a cannot"):
            root.restart_child("a")
        assert states(root) == {"a": "stopped"}
        book.faults["b"] = 1
        with pytest.raises(StartError):
            root.start_child(book.spec("b"))
        assert states(root) == {"a": "stopped"}
        root.restart_child("a")
        root.start_child(book.spec("b"))
        assert states(root) == {"a": "running", "b": "running"}


def test_bad_requests_are_refused_in_the_caller_and_the_supervisor_goes_on() -> None:
    with Supervisor.start([Book().spec("a")]) as root:
        ref = root.child("a")
        with pytest.raises(SpecError, match="significant=True"):
            root.start_child(ChildSpec("s", starting(receive), Restart.TRANSIENT, significant=True))
        with pytest.raises(SpecError, match="give ChildSpec"):
            root.start_child(cast(Any, "a"))
        for operation in (root.child, root.terminate_child, root.restart_child, root.delete_child):
            with pytest.raises(NoSuchChildError):
                operation(cast(Any, ["no", "id"]))
        assert root.child("a") is ref


def test_a_member_of_a_group_that_waits_can_be_taken_out_of_it() -> None:
    book = Book()
    specs = book.specs("abc", backoff=SLOW)
    with ManualClock() as time, Supervisor.start(specs, strategy=Strategy.ONE_FOR_ALL) as root:
        tell(root, "b", OSError("now"))
        root.terminate_child("a")
        time.advance(1.0)
        assert states(root) == {"a": "stopped", "b": "running", "c": "running"}
        root.restart_child("a")
        assert [info.id for info in root.which_children()] == [*"abc"]


def test_a_child_started_by_hand_comes_last_in_the_order() -> None:
    book = Book()
    with Supervisor.start(book.specs("ab")) as root:
        root.terminate_child("a")
        root.delete_child("a")
        root.start_child(book.spec("c"))
        root.start_child(book.spec("a"))
        settle()
        book.read()
    assert book.read() == "-a -c -b"


def test_a_significant_child_may_be_added_where_it_means_something() -> None:
    with Supervisor.start(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT) as root:
        root.start_child(ChildSpec("s", starting(receive), Restart.TEMPORARY, significant=True))
        spawn(send, root.child("s"), "end", link=False)
        assert isinstance(root.wait(1.0), Shutdown)


# -- threads


@pytest.mark.sentence("S1", "S3", "S11")
def test_a_supervisor_in_another_thread_keeps_its_children_there() -> None:
    book = Book()
    with Supervisor.start(book.specs("ab"), on=background()) as root:
        before = root.child("a")
        send(before, OSError("now"))
        while root.child("a") in {before, None}:
            pass
        assert root.count_children() == (2, 2, 0, 2)
        with pytest.raises(NoSuchChildError):
            root.child("z")
        ref = root.start_child(book.spec("c"))
        root.terminate_child("c")
        assert not ref.alive
    assert not root.ref.alive
    assert book.lines[-2:] == ["-b", "-a"]


@pytest.mark.sentence("S1", "S2", "S3", "S11")
@pytest.mark.parametrize("shutdown", [5.0, None, 0])
def test_a_child_of_another_thread_is_restarted_and_stopped_as_any(shutdown: float | None) -> None:
    book = Book()

    def start() -> ActorRef:
        return spawn(book.worker, "a", on=background())

    with Supervisor.start([book.spec("x"), ChildSpec("a", start, shutdown=shutdown), book.spec("y")]) as root:
        before = root.child("a")
        send(before, OSError("now"))
        while root.child("a") in {before, None}:
            pass
        last = root.child("a")
        settle()
    assert not last.alive
    assert book.lines[0] in {"+x", "+a"}
    lines = [line for line in book.lines if line[0] == "-"]
    assert lines[-1] == "-x"
    assert lines.index("-y") < lines.index("-x")


@pytest.mark.sentence("S2")
def test_a_child_of_another_thread_that_traps_and_unlinks_ends_with_a_supervisor_that_is_killed() -> None:
    from actors.runtime import trap_exits, unlink  # noqa: PLC0415  next to what uses them

    supervisors: list[ActorRef] = []

    def stubborn() -> None:
        trap_exits(True)
        unlink(supervisors[0])
        while True:
            receive()

    def start() -> ActorRef:
        supervisors.append(current())
        return spawn(stubborn, on=background())

    trap_exits(True)
    root = Supervisor.start([ChildSpec("a", start)])
    child = root.child("a")
    send(child, "hello")
    kill(root.ref)
    while child.alive:
        settle()
    assert not child.alive
    assert receive(0).ref is root.ref


def test_a_child_of_another_thread_that_calls_its_supervisor_during_its_start_gets_an_error() -> None:
    from actors.server import Server  # noqa: PLC0415  next to what uses it

    with Supervisor.start() as root:

        def start() -> ActorRef:
            return Server.start(CallsUp, root.which_children, on=background())

        with pytest.raises(StartError) as error:
            root.start_child(ChildSpec("a", start))
        assert isinstance(error.value.reason, SupervisorBusyError)
