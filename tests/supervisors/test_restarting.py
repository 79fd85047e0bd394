"""What is restarted, with whom, how often, and after which waits."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from actors import receive, send, telemetry
from actors.exits import Crash, ExitReason, Killed, Normal, Shutdown
from actors.runtime import ActorRef, kill, send_exit
from actors.testing import ManualClock, settle
from supervisors import ChildSpec, Intensity, Restart, Strategy, Supervisor
from supervisors.errors import GaveUp, GaveUpError
from tests.supervisors.common import MANY, Book, refs, starting, states, tell

ENDS: dict[str, tuple[Callable[[ActorRef], None], type[ExitReason]]] = {
    "return": (lambda ref: send(ref, "return"), Normal),
    "shutdown": (lambda ref: send_exit(ref, Shutdown("told to")), Shutdown),
    "kill": (kill, Killed),
    "crash": (lambda ref: send(ref, OSError("now")), Crash),
}


@pytest.mark.sentence("S3", "A8")
@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("restart", Restart)
def test_when_a_child_that_has_ended_is_started_again(restart: Restart, how: str) -> None:
    book = Book()
    with Supervisor.start([book.spec("s"), book.spec("a", restart=restart)]) as root:
        settle()
        before = refs(root)
        ENDS[how][0](root.child("a"))
        abnormal = how in {"kill", "crash"}
        if restart is Restart.PERMANENT or (restart is Restart.TRANSIENT and abnormal):
            assert book.read() == "+s +a -a +a"
            assert states(root) == {"s": "running", "a": "running"}
        else:
            assert book.read() == "+s +a -a"
            assert states(root) == ({"s": "running", "a": "stopped"} if restart is Restart.TRANSIENT else {"s": "running"})
        assert refs(root)["s"] is before["s"]


GROUPS = [
    (Strategy.ONE_FOR_ONE, "a", "-a +a"),
    (Strategy.ONE_FOR_ONE, "c", "-c +c"),
    (Strategy.ONE_FOR_ALL, "a", "-a -d -c -b +a +b +c +d"),
    (Strategy.ONE_FOR_ALL, "c", "-c -d -b -a +a +b +c +d"),
    (Strategy.REST_FOR_ONE, "a", "-a -d -c -b +a +b +c +d"),
    (Strategy.REST_FOR_ONE, "c", "-c -d +c +d"),
    (Strategy.REST_FOR_ONE, "d", "-d +d"),
]


@pytest.mark.sentence("S3")
@pytest.mark.parametrize(("strategy", "failing", "lines"), GROUPS)
def test_who_goes_down_with_a_child_and_in_which_order(strategy: Strategy, failing: str, lines: str) -> None:
    book = Book()
    with Supervisor.start(book.specs("abcd"), strategy=strategy) as root:
        book.read()
        tell(root, failing, OSError("now"))
        assert book.read() == lines
        assert [info.id for info in root.which_children()] == [*"abcd"]


@pytest.mark.sentence("S3")
def test_a_group_forgets_the_temporary_and_starts_those_that_had_ended_or_were_stopped() -> None:
    book = Book()
    transient, temporary = Restart.TRANSIENT, Restart.TEMPORARY
    specs = [book.spec("a"), book.spec("b", restart=temporary), book.spec("c", restart=transient), *book.specs("de")]
    with Supervisor.start(specs, strategy=Strategy.ONE_FOR_ALL) as root:
        tell(root, "c", "return")
        root.terminate_child("d")
        book.read()
        tell(root, "e", OSError("now"))
        assert book.read() == "-e -b -a +a +c +d +e"
        assert states(root) == dict.fromkeys("acde", "running")


@pytest.mark.sentence("S3")
@pytest.mark.parametrize("strategy", Strategy)
def test_the_crash_of_a_temporary_child_never_touches_its_siblings(strategy: Strategy) -> None:
    book = Book()
    specs = [book.spec("a"), book.spec("t", restart=Restart.TEMPORARY), book.spec("b")]
    with Supervisor.start(specs, strategy=strategy, intensity=Intensity(0)) as root:
        book.read()
        tell(root, "t", OSError("now"))
        assert book.read() == "-t"
        assert states(root) == {"a": "running", "b": "running"}


@pytest.mark.sentence("S3", "S5")
@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
def test_a_group_in_which_a_member_fails_to_start_again_is_stopped_and_tried_again(strategy: Strategy) -> None:
    book = Book()
    with Supervisor.start(book.specs("abc"), strategy=strategy) as root:
        book.read()
        book.faults["c"] = 1
        tell(root, "a", OSError("now"))
        lines = book.read().split()
        assert lines[:4] == ["-a", "-c", "-b", "!c"]  # the bodies of the others had not begun
        assert lines[4:] == ["+a", "+b", "+c"]
        assert states(root) == dict.fromkeys("abc", "running")


@pytest.mark.sentence("S3", "S12")
@pytest.mark.parametrize("strategy", Strategy)
def test_a_thousand_children_that_crash_at_once_all_run_again(strategy: Strategy) -> None:
    book = Book()
    names = [str(number) for number in range(1000)]
    specs = [book.spec(name) for name in names]
    with telemetry.unwritten(), Supervisor.start(specs, strategy=strategy, intensity=MANY) as root:
        settle()
        first = refs(root)
        for ref in first.values():
            send(ref, OSError("now"))  # type: ignore[arg-type]
        settle()
        assert root.count_children() == (1000, 1000, 0, 1000)
        last = refs(root)
        assert [*last] == names
        assert not any(last[name] is first[name] for name in names)


@pytest.mark.sentence("S4", "S6")
@pytest.mark.parametrize("strategy", Strategy)
def test_a_thousand_that_crash_at_once_are_more_than_is_allowed(strategy: Strategy) -> None:
    book = Book()
    root = Supervisor.start([book.spec(str(number)) for number in range(1000)], strategy=strategy, intensity=Intensity(0))
    settle()
    with telemetry.unwritten():
        for ref in refs(root).values():
            send(ref, OSError("now"))  # type: ignore[arg-type]
        with pytest.raises(GaveUpError):
            root.wait(5.0)
    lines = book.read().split()
    assert sum(line[0] == "+" for line in lines) == sum(line[0] == "-" for line in lines) == 1000


# -- intensity


def crash(root: Supervisor, child_id: str) -> None:
    tell(root, child_id, OSError("now"))


@pytest.mark.sentence("S4", "S6")
def test_so_many_restarts_are_allowed_and_one_more_ends_it_with_shutdown_children_first() -> None:
    book = Book()
    with ManualClock():
        root = Supervisor.start(book.specs("ab"), intensity=Intensity(2, 5.0))
        last = root.child("a")
        crash(root, "b")
        crash(root, "b")
        book.read()
        send(root.child("b"), OSError("the last"))
        with pytest.raises(
            GaveUpError, match=r"more than 2 restarts within 5\.0 s; the last to fail was child 'b'"
        ) as error:
            root.wait(1.0)
        assert book.read() == "-b -a"
        assert isinstance(last.reason, Shutdown)
        assert isinstance(error.value.__cause__, OSError)


@pytest.mark.sentence("S4")
def test_restarts_are_counted_of_all_children_in_a_window_that_slides() -> None:
    with ManualClock() as time, Supervisor.start(Book().specs("abc"), intensity=Intensity(2, 5.0)) as root:
        for child_id in "abcabc":
            crash(root, child_id)
            time.advance(2.5)
        assert root.count_children().active == 3


@pytest.mark.sentence("S4")
@pytest.mark.parametrize("strategy", Strategy)
def test_the_restart_of_a_group_counts_once(strategy: Strategy) -> None:
    with ManualClock(), Supervisor.start(Book().specs("abc"), strategy=strategy, intensity=Intensity(2, 5.0)) as root:
        crash(root, "a")
        crash(root, "a")
        assert root.count_children().active == 3


@pytest.mark.sentence("S4", "S5")
@pytest.mark.parametrize(("allowed", "failures"), [(0, 0), (1, 1), (3, 3), (5, 2)])
def test_each_attempt_counts_once_successful_or_not(allowed: int, failures: int) -> None:
    book = Book()
    with ManualClock():
        root = Supervisor.start(book.specs("a"), intensity=Intensity(allowed, 5.0))
        book.faults["a"] = failures
        send(root.child("a"), OSError("now"))
        if allowed > failures:
            settle()
            assert book.read() == " ".join(["+a", "-a", *["!a"] * failures, "+a"])
            root.stop()
        else:
            with pytest.raises(GaveUpError):
                root.wait(1.0)
            assert book.read() == " ".join(["+a", "-a", *["!a"] * min(allowed, failures)])


@pytest.mark.sentence("S4")
def test_a_restart_by_hand_does_not_count() -> None:
    with Supervisor.start(Book().specs("a"), intensity=Intensity(0)) as root:
        for _ in range(5):
            root.terminate_child("a")
            root.restart_child("a")
        assert [info.restarts for info in root.which_children()] == [0]


@pytest.mark.sentence("S4", "S6")
def test_the_intensity_that_is_reached_while_the_supervisor_stops_changes_nothing() -> None:
    book, sent = Book(), list[ActorRef]()

    def crashes_others() -> None:
        try:
            receive()
        finally:
            for ref in sent:
                send(ref, OSError("now"))

    root = Supervisor.start([*book.specs("abc"), ChildSpec("d", starting(crashes_others))], intensity=Intensity(0))
    settle()
    sent.extend(root.child(name) for name in "abc")
    root.stop()
    assert sorted(book.read().split()) == ["+a", "+b", "+c", "-a", "-b", "-c"]
    assert root.wait() == Normal()


@pytest.mark.sentence("S6")
def test_what_follows_when_a_supervisor_gives_up_its_own_supervisor_decides() -> None:
    book = Book()

    def nested() -> Supervisor:
        return Supervisor.start(book.specs("b"), intensity=Intensity(0))

    with Supervisor.start([ChildSpec("n", nested), ChildSpec("t", nested, Restart.TRANSIENT)]) as root:
        settle()
        book.read()
        inner: Supervisor = root.child("n")
        crash(inner, "b")
        assert root.child("n").ref is not inner.ref  # permanent
        crash(root.child("t"), "b")
        assert states(root) == {"n": "running", "t": "stopped"}  # `Shutdown` is not abnormal
        reason = inner.ref.reason  # type: ignore[attr-defined]
        assert isinstance(reason, Shutdown)
        assert isinstance(reason.detail, GaveUp)
        assert book.read() == "-b +b -b"


@pytest.mark.sentence("S6")
def test_a_tree_whose_leaf_always_crashes_gives_up_level_by_level() -> None:
    book = Book()

    def doomed() -> None:
        raise OSError("always")

    def nested() -> Supervisor:
        return Supervisor.start([ChildSpec("leaf", starting(doomed))], intensity=Intensity(1, 60.0))

    root = Supervisor.start([book.spec("a"), ChildSpec("n", nested)], intensity=Intensity(1, 60.0))
    with pytest.raises(GaveUpError) as error:
        root.wait(5.0)
    assert error.value.child_id == "n"
    assert isinstance(error.value.reason, Shutdown)
    assert "'leaf'" in str(error.value)
    assert book.read() == "+a -a"


@pytest.mark.sentence("S4")
def test_a_clock_that_jumps_ahead_forgets_restarts_and_nothing_else() -> None:
    with ManualClock() as time, Supervisor.start(Book().specs("a"), intensity=Intensity(1, 5.0)) as root:
        crash(root, "a")
        time.advance(1e9)
        crash(root, "a")
        assert states(root) == {"a": "running"}


@pytest.mark.sentence("S12")
def test_the_work_of_a_restart_is_the_same_after_many_and_among_many() -> None:
    """Counted in function calls, which do not depend on the machine."""

    def calls(root: Supervisor, child_id: str) -> int:
        count = 0

        def seen(_: object, event: str, __: object) -> None:
            nonlocal count
            count += event == "call"

        ref = root.child(child_id)
        settle()
        send(ref, OSError("now"))
        sys.setprofile(seen)
        try:
            while root.child(child_id) in {None, ref}:
                pass
        finally:
            sys.setprofile(None)
        return count

    book = Book()
    with (
        Supervisor.start([book.spec("a")], intensity=MANY) as alone,
        Supervisor.start([book.spec(str(number)) for number in range(500)], intensity=MANY) as among,
    ):
        first = min(calls(alone, "a") for _ in range(5))
        for _ in range(200):
            tell(alone, "a", OSError("now"))
        assert min(calls(alone, "a") for _ in range(5)) == first
        assert min(calls(among, "250") for _ in range(5)) == first


@pytest.mark.sentence("S3", "S1")
def test_the_second_of_two_that_crash_one_after_the_other_is_not_lost() -> None:
    book = Book()
    with Supervisor.start(book.specs("ab"), strategy=Strategy.ONE_FOR_ALL, intensity=MANY) as root:
        settle()
        for ref in [root.child("a"), root.child("b")]:
            send(ref, OSError("now"))
        settle()
        assert states(root) == dict.fromkeys("ab", "running")
        assert [info.restarts for info in root.which_children()] == [1, 1]


@pytest.mark.sentence("S1", "S5")
def test_a_restart_whose_start_hangs_is_an_attempt_that_failed() -> None:
    book = Book()
    tries: list[int] = []

    def start() -> ActorRef:
        tries.append(1)
        if len(tries) == 2:
            receive()
        return book.start("a")

    with ManualClock() as time, Supervisor.start([ChildSpec("a", start, start_timeout=3.0)]) as root:
        settle()
        send(root.child("a"), OSError("now"))
        time.advance(3.0)
        assert len(tries) == 3
        assert states(root) == {"a": "running"}
