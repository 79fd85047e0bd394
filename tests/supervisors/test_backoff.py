"""S5: restarts that failed are tried again, at once or later, and nobody is kept waiting."""

from __future__ import annotations

import pytest

from actors import send, spawn
from actors.runtime import ActorRef, give_way, kill
from actors.testing import ManualClock, settle
from supervisors import Backoff, ChildSpec, Intensity, Strategy, Supervisor
from tests.supervisors.common import MANY, NEVER, SLOW, Book, states, tell


@pytest.mark.sentence("S5")
def test_between_attempts_others_run() -> None:
    book, turns = Book(), list[int]()

    def neighbour() -> None:
        while True:
            turns.append(sum(line == "!a" for line in book.lines))
            give_way()

    with Supervisor.start([book.spec("a")], intensity=MANY) as root:
        settle()
        book.faults["a"] = 4
        send(root.child("a"), OSError("now"))
        other = spawn(neighbour, link=False)
        while book.faults["a"]:
            give_way()
        kill(other)
        assert {1, 2, 3} <= {*turns}


@pytest.mark.sentence("S5")
def test_a_call_that_was_queued_is_answered_before_the_next_attempt() -> None:
    seen: list[str] = []
    book = Book()

    def start() -> ActorRef:
        if len(seen) == 1:  # the first attempt of the restart: from now on a call is queued
            spawn(root.start_child, ChildSpec("b", served), link=False)
        seen.append("attempt")
        if 2 <= seen.count("attempt") <= 3:
            raise OSError("not yet")
        return book.start("a")

    def served() -> ActorRef:
        seen.append("served")
        return book.start("b")

    with Supervisor.start([ChildSpec("a", start)]) as root:
        tell(root, "a", OSError("now"))
        assert seen == ["attempt", "attempt", "served", "attempt", "attempt"]


@pytest.mark.sentence("S5")
def test_with_a_backoff_the_attempts_wait_longer_and_longer() -> None:
    book = Book()
    with ManualClock() as time, Supervisor.start([book.spec("a", backoff=SLOW)], intensity=MANY) as root:
        book.read()
        book.faults["a"] = 4
        tell(root, "a", OSError("now"))
        waits: list[float] = []
        while states(root)["a"] == "restarting":
            waits += time.pending
            time.advance(time.pending[0])
        assert waits == [1.0, 2.0, 4.0, 8.0, 8.0]
        assert book.read() == "-a !a !a !a !a +a"


@pytest.mark.sentence("S5")
def test_the_waits_begin_at_the_first_again_after_the_child_ran_for_long_enough() -> None:
    intensity = Intensity(1000, 5.0)
    with ManualClock() as time, Supervisor.start([Book().spec("a", backoff=SLOW)], intensity=intensity) as root:

        def wait() -> float:
            tell(root, "a", OSError("now"))
            (seconds,) = time.pending
            time.advance(seconds)
            return seconds

        assert [wait(), wait(), wait()] == [1.0, 2.0, 4.0]
        time.advance(4.9)
        assert wait() == pytest.approx(8.0)
        time.advance(5.0)
        assert wait() == 1.0


@pytest.mark.sentence("S5")
def test_each_child_has_its_own_waits_and_the_supervisor_serves_meanwhile() -> None:
    book = Book()
    with ManualClock() as time, Supervisor.start(book.specs("ab", backoff=SLOW), intensity=MANY) as root:
        for _ in range(3):
            tell(root, "a", OSError("now"))
            time.advance(time.pending[0])
        tell(root, "b", OSError("now"))
        assert time.pending == [1.0]
        assert states(root) == {"a": "running", "b": "restarting"}
        assert root.child("b") is None


@pytest.mark.sentence("S5")
def test_a_group_is_stopped_before_the_wait() -> None:
    book = Book()
    strategy = Strategy.ONE_FOR_ALL
    with ManualClock() as time, Supervisor.start(book.specs("abc", backoff=SLOW), strategy=strategy) as root:
        book.read()
        tell(root, "b", OSError("now"))
        assert book.read() == "-b -c -a"
        assert states(root) == dict.fromkeys("abc", "restarting")
        time.advance(1.0)
        assert book.read() == "+a +b +c"


@pytest.mark.sentence("S5", "S3")
def test_a_later_failure_of_a_group_takes_in_the_restart_that_waits() -> None:
    book = Book()
    specs = [book.spec("a"), book.spec("b", backoff=SLOW), book.spec("c", backoff=SLOW)]
    with ManualClock() as time, Supervisor.start(specs, strategy=Strategy.REST_FOR_ONE) as root:
        book.read()
        tell(root, "c", OSError("now"))
        assert states(root) == {"a": "running", "b": "running", "c": "restarting"}
        tell(root, "a", OSError("now"))  # at once, and all
        assert book.read() == "-c -a -b +a +b +c"
        time.advance(NEVER)  # the first restart is part of the second
        assert book.read() == ""
        assert [info.restarts for info in root.which_children()] == [1, 1, 1]


@pytest.mark.sentence("S4", "S5")
def test_a_backoff_longer_than_the_window_never_exceeds_the_intensity() -> None:
    book = Book()
    backoff, intensity = Backoff(10.0, 1.0, 10.0), Intensity(1, 5.0)
    with ManualClock() as time, Supervisor.start([book.spec("a", backoff=backoff)], intensity=intensity) as root:
        book.faults["a"] = 20
        tell(root, "a", OSError("now"))
        time.advance(300.0)
        assert book.faults["a"] == 0
        assert states(root) == {"a": "running"}


@pytest.mark.sentence("S11", "S5")
def test_stopping_while_a_restart_waits_leaves_no_timer() -> None:
    book = Book()
    with ManualClock() as time:
        root = Supervisor.start(book.specs("ab", backoff=SLOW))
        tell(root, "a", OSError("now"))
        assert time.pending == [1.0]
        root.stop()
        assert time.pending == []
        time.advance(NEVER)
        assert book.read() == "+a +b -a -b"
