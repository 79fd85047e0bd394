"""What is restarted, with whom, how often, and after which waits."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from actors import receive, send, spawn, telemetry
from actors.exits import Crash, ExitReason, Killed, Normal, Shutdown
from actors.runtime import ActorRef, give_way, kill, send_exit
from actors.testing import ManualClock, settle
from supervisors import AutoShutdown, Backoff, ChildSpec, Intensity, Restart, Strategy, Supervisor
from supervisors.errors import GaveUp, GaveUpError
from tests.supervisors.common import MANY, NEVER, SLOW, Book, refs, starting, states, tell

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


# -- retries and backoff


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


# -- auto_shutdown


def significant(book: Book, names: str, restart: Restart = Restart.TRANSIENT) -> list[ChildSpec[ActorRef]]:
    return [book.spec(name, restart=restart, significant=True) for name in names]


@pytest.mark.sentence("S7")
@pytest.mark.parametrize("restart", [Restart.TRANSIENT, Restart.TEMPORARY])
def test_a_supervisor_ends_with_any_significant_child(restart: Restart) -> None:
    book = Book()
    specs = [book.spec("x"), *significant(book, "ab", restart)]
    root = Supervisor.start(specs, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)
    ref = root.child("a")
    settle()
    spawn(send, ref, "return", link=False)
    assert isinstance(root.wait(1.0), Shutdown)
    assert book.read() == "+x +a +b -a -b -x"


@pytest.mark.sentence("S7")
def test_a_supervisor_ends_with_the_last_significant_child() -> None:
    book = Book()
    root = Supervisor.start([book.spec("x"), *significant(book, "ab")], auto_shutdown=AutoShutdown.ALL_SIGNIFICANT)
    tell(root, "a", "return")
    tell(root, "x", "return")  # permanent, not significant
    assert states(root) == {"x": "running", "a": "stopped", "b": "running"}
    spawn(send, root.child("b"), "return", link=False)
    reason = root.wait(1.0)
    assert isinstance(reason, Shutdown)
    assert "'b'" in str(reason.detail)


@pytest.mark.sentence("S7")
@pytest.mark.parametrize("auto_shutdown", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT])
def test_one_that_was_stopped_or_is_restarted_does_not_count(auto_shutdown: AutoShutdown) -> None:
    book = Book()
    with Supervisor.start(significant(book, "ab"), auto_shutdown=auto_shutdown) as root:
        tell(root, "a", OSError("now"))
        root.terminate_child("a")
        root.restart_child("a")
        root.terminate_child("a")
        root.delete_child("a")
        root.terminate_child("b")
        settle()
        assert states(root) == {"b": "stopped"}


@pytest.mark.sentence("S7")
def test_one_that_waits_for_its_restart_is_not_gone() -> None:
    book = Book()
    specs = [book.spec(name, restart=Restart.TRANSIENT, significant=True, backoff=SLOW) for name in "ab"]
    with ManualClock() as time, Supervisor.start(specs, auto_shutdown=AutoShutdown.ALL_SIGNIFICANT) as root:
        tell(root, "a", OSError("now"))
        tell(root, "b", "return")
        assert states(root) == {"a": "restarting", "b": "stopped"}
        time.advance(1.0)
        assert states(root) == {"a": "running", "b": "stopped"}


@pytest.mark.sentence("S7")
def test_one_that_goes_down_with_its_group_does_not_count() -> None:
    book = Book()
    specs = [book.spec("x"), *significant(book, "a", Restart.TEMPORARY), *significant(book, "b")]
    with Supervisor.start(specs, strategy=Strategy.ONE_FOR_ALL, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT) as root:
        tell(root, "x", OSError("now"))
        assert states(root) == {"x": "running", "b": "running"}


@pytest.mark.sentence("S7", "S6")
def test_the_end_by_auto_shutdown_is_not_abnormal_for_the_supervisor_above() -> None:
    book = Book()

    def nested() -> Supervisor:
        return Supervisor.start(significant(book, "a"), auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)

    with Supervisor.start([ChildSpec("n", nested, Restart.TRANSIENT)]) as root:
        tell(root.child("n"), "a", "return")
        assert states(root) == {"n": "stopped"}


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
