"""S2: a supervisor that is killed leaves nobody behind, and no timer."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from actors import current, receive, spawn
from actors.exits import Killed
from actors.runtime import ActorRef, kill, trap_exits, unlink
from actors.runtime.figures import statistics
from actors.testing import ManualClock, live_actors, settle
from supervisors import ChildSpec, Supervisor
from tests.supervisors.common import NEVER, SLOW, Book, starting, tell, trapping


def tree(book: Book) -> Supervisor:
    """Three levels; at each one that traps, one that unlinks itself, one that does nothing."""

    def three(level: str) -> list[ChildSpec[Any]]:
        return [
            ChildSpec(f"traps {level}", starting(trapping, book, f"t{level}")),
            ChildSpec(f"unlinks {level}", starting(unlinks, f"u{level}")),
            book.spec(f"w{level}"),
        ]

    def unlinks(name: str) -> None:
        unlink(parents[name[1:]])
        book.worker(name)

    parents: dict[str, ActorRef] = {}

    def nested(level: int) -> Supervisor:
        parents[str(level)] = current()
        below = [ChildSpec("below", partial(below_, level + 1))] if level < 3 else []
        return Supervisor.start([ChildSpec("note", partial(note, level)), *below, *three(str(level))])

    def note(level: int) -> ActorRef:
        parents[str(level)] = current()
        return spawn(receive)

    def below_(level: int) -> Supervisor:
        return nested(level)

    return nested(1)


@pytest.mark.sentence("S2")
def test_a_supervisor_that_is_killed_leaves_no_orphan_whole_subtrees_included() -> None:
    book, before = Book(), statistics().actors
    trap_exits(True)
    root = tree(book)
    assert len(book.read().split()) == 9
    kill(root.ref)
    assert len(book.read().split()) == 9
    assert live_actors() == []
    assert statistics().actors == before
    assert receive(0).reason == Killed()


@pytest.mark.sentence("S2")
def test_a_nested_supervisor_that_is_killed_is_started_again_and_leaves_no_orphan() -> None:
    book = Book()

    def nested() -> Supervisor:
        return Supervisor.start([ChildSpec("t", starting(trapping, book, "t")), book.spec("w")])

    with Supervisor.start([ChildSpec("n", nested)]) as root:
        settle()
        kill(root.child("n").ref)
        lines = book.read().split()
        assert sorted(lines) == sorted(["+t", "+w", "-t", "-w", "+t", "+w"])
        assert root.child("n").count_children().active == 2


@pytest.mark.sentence("S2")
@pytest.mark.parametrize("shutdown", [0, 5.0])
def test_the_children_of_a_supervisor_killed_by_its_own_end_with_it(shutdown: float) -> None:
    book = Book()

    def nested() -> Supervisor:
        return Supervisor.start([ChildSpec("t", starting(trapping, book, "t"))])

    with Supervisor.start([ChildSpec("n", nested, shutdown=shutdown)]):
        settle()
    assert book.read() == "+t -t"


@pytest.mark.sentence("S2", "S3")
def test_a_child_that_unlinks_itself_is_a_child_all_the_same() -> None:
    def unlinks(root: Supervisor) -> None:
        unlink(root.ref)
        if receive() == "crash":
            raise OSError("now")

    with Supervisor.start() as root:
        first = root.start_child(ChildSpec("a", starting(unlinks, root)))
        tell(root, "a", "crash")
        assert root.child("a") is not first
        assert root.child("a").alive


@pytest.mark.sentence("S5")
def test_a_supervisor_killed_while_a_restart_waits_leaves_no_timer() -> None:
    trap_exits(True)
    with ManualClock() as time:
        root = Supervisor.start([Book().spec("a", backoff=SLOW)])
        tell(root, "a", OSError("now"))
        assert time.pending == [1.0]
        kill(root.ref)
        settle()
        assert time.pending == []
        time.advance(NEVER)
    assert receive(0).reason == Killed()
