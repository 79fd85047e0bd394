"""C9 in a run: branches."""

from __future__ import annotations

from typing import Any

import gevent
import gevent.event
import pytest

from actors import AsyncComputation, Cancelled, Completed, Prompt, Suspend, Throw, ask, current, notify, parallel, race
from actors.effects import clock, state
from actors.errors import StaleTokenError
from actors.runtime import Shutdown, give_way, kill, send_exit
from actors.testing import ManualClock, Probe, settle
from tests.computation.common import NEVER, Q, attempt, block, briefly, one_question, only, opened, outcomes, raising, steps

pytestmark = pytest.mark.sentence("C9")


def add_one(number: int) -> int:
    return number + 1


def asking(name: str) -> Any:
    return lambda: ask(Prompt(name))


def answered(runner: AsyncComputation[Any]) -> list[str]:
    """Answer each question with its name in capitals, and return the names in order."""
    names: list[str] = []
    for suspend in runner.suspends(1):
        names.append(suspend.value.name)
        suspend.resume(suspend.value.name.upper())
    return names


def test_results_come_in_the_order_of_the_thunks() -> None:
    first, second = gevent.event.Event(), gevent.event.Event()

    def late() -> str:
        second.wait()
        first.set()
        return "late"

    def early() -> str:
        second.set()
        return "early"

    def middle() -> str:
        first.wait()
        return "middle"

    assert AsyncComputation.start(lambda: parallel(late, middle, early)).result(1) == ("late", "middle", "early")


def test_parallel_of_nothing_is_an_empty_tuple() -> None:
    body: Any = parallel
    assert AsyncComputation.start(body).result(1) == ()


def test_questions_reach_the_owner_one_at_a_time_in_the_order_they_were_asked() -> None:
    runner = AsyncComputation.start(lambda: parallel(asking("a"), asking("b"), asking("c")))
    assert only(outcomes()).value == Prompt("a")
    assert runner.state == "suspended"
    runner.resume("A")
    assert only(outcomes()).value == Prompt("b")
    runner.resume("B")
    assert only(outcomes()).value == Prompt("c")
    runner.resume("C")
    assert outcomes() == [Completed(("A", "B", "C"))]


def test_resume_sync_returns_the_next_question_of_another_branch() -> None:
    runner, first = AsyncComputation.start_sync(lambda: parallel(asking("a"), asking("b")))
    settle()
    assert isinstance(first, Suspend)
    second = runner.resume_sync("A")
    assert isinstance(second, Suspend)
    assert second.value == Prompt("b")
    assert runner.resume_sync("B") == Completed(("A", "B"))
    assert outcomes() == []


def test_while_a_question_is_open_the_run_counts_as_suspended_though_branches_run() -> None:
    ran: list[str] = []
    gate = gevent.event.Event()

    def working() -> None:
        gate.wait()
        ran.append("worked")

    with AsyncComputation.start(lambda: parallel(one_question, working)) as runner:
        opened(runner)
        gate.set()
        settle()
        assert (runner.state, ran) == ("suspended", ["worked"])


def test_a_branch_may_ask_many_times() -> None:
    def branch(name: str) -> list[str]:
        return [ask(Prompt(f"{name}{number}")) for number in range(3)]

    runner = AsyncComputation.start(lambda: parallel(lambda: branch("a"), lambda: branch("b")))
    names = answered(runner)
    assert sorted(names) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert [name for name in names if name[0] == "a"] == ["a0", "a1", "a2"]
    assert runner.result(0) == (["A0", "A1", "A2"], ["B0", "B1", "B2"])


def test_the_first_throw_cancels_the_others_waits_for_their_clean_up_and_is_then_raised() -> None:
    seen: list[str] = []
    error = ValueError()

    def other() -> None:
        try:
            clock.sleep(NEVER)
        finally:
            gevent.sleep(0)
            give_way()
            seen.append("cleaned up")

    def body() -> None:
        try:
            parallel(other, lambda: steps(give_way, lambda: raising(error)))
        except ValueError:
            seen.append("raised")
            raise

    AsyncComputation.start(body)
    assert outcomes() == [Throw(error)]
    assert seen == ["cleaned up", "raised"]


def test_a_branch_that_never_began_when_another_threw_never_runs() -> None:
    ran: list[int] = []
    error = ValueError()
    AsyncComputation.start(lambda: parallel(lambda: raising(error), lambda: ran.append(1)))
    assert outcomes() == [Throw(error)]
    assert ran == []


def test_a_throw_takes_the_open_question_of_another_branch_back() -> None:
    gate = gevent.event.Event()

    def failing() -> None:
        gate.wait()
        raise ValueError

    def body() -> str:
        try:
            parallel(one_question, failing)
        except ValueError:
            pass
        return ask(Prompt("next"))

    runner = AsyncComputation.start(body)
    first = opened(runner)
    gate.set()
    second = opened(runner)
    assert second.value == Prompt("next")
    assert isinstance(attempt(lambda: first.resume("late")), StaleTokenError)
    assert runner.resume_sync("x") == Completed("x")


def test_an_answer_to_a_branch_that_was_cancelled_and_has_not_run_yet_is_stale() -> None:
    late: list[Any] = []

    def asker() -> None:
        try:
            ask(Q)
        finally:
            gevent.sleep(0)

    def failing() -> None:
        gate.wait()
        raise ValueError

    gate = gevent.event.Event()
    runner = AsyncComputation.start(lambda: parallel(asker, failing))
    suspend = opened(runner)
    # In the hub's callbacks, after the throw and before the cancelled branch has run.
    gate.rawlink(lambda _: gevent.get_hub().loop.run_callback(lambda: late.append(attempt(lambda: suspend.resume("x")))))
    gate.set()
    assert isinstance(only(outcomes()), Throw)
    assert len(late) == 1
    assert late[0] is not None


def test_a_cancel_of_the_parent_cancels_all_and_waits_for_their_clean_up() -> None:
    left: list[str] = []

    def branch(name: str) -> None:
        try:
            ask(Prompt(name))
        finally:
            clock.sleep(0)
            gevent.sleep(0)
            left.append(name)

    def body() -> None:
        try:
            parallel(lambda: branch("a"), lambda: branch("b"), lambda: branch("c"))
        finally:
            left.append("parent")

    runner = AsyncComputation.start(body)
    opened(runner)
    runner.cancel("why")
    assert outcomes() == [Cancelled("why")]
    assert sorted(left[:3]) == ["a", "b", "c"]
    assert left[3] == "parent"


def test_a_cancel_during_the_clean_up_of_a_foreign_timeout_still_waits_for_the_branches() -> None:
    left: list[str] = []
    gate = gevent.event.Event()
    began = gevent.event.Event()

    def branch() -> None:
        try:
            block()
        finally:
            began.set()
            gate.wait()
            left.append("branch")

    def body() -> None:
        with briefly():
            parallel(branch, branch)

    runner = AsyncComputation.start(body)
    began.wait()
    settle()
    runner.cancel("why")
    assert outcomes() == []
    gate.set()
    assert outcomes() == [Cancelled("why")]
    assert left == ["branch", "branch"]


def test_a_foreign_timeout_in_parallel_cancels_the_branches_and_is_raised_after_their_clean_up() -> None:
    left: list[str] = []

    def branch() -> None:
        try:
            ask(Q)
        finally:
            give_way()
            left.append("branch")

    def body() -> str:
        with briefly():
            parallel(branch, branch)
        left.append("after")
        return "went on"

    runner = AsyncComputation.start(body)
    assert runner.result(1) == "went on"
    assert left == ["branch", "branch", "after"]


def test_an_owner_that_ends_cancels_the_branches() -> None:
    left: list[int] = []

    def branch() -> None:
        try:
            ask(Q)
        finally:
            left.append(1)

    probe = Probe()
    AsyncComputation.start(lambda: parallel(branch, branch), owner=probe.ref)
    settle()
    probe.end()
    settle()
    assert left == [1, 1]


def test_a_kill_of_the_run_ends_its_branches() -> None:
    left: list[int] = []

    def branch() -> None:
        try:
            block()
        finally:
            left.append(1)

    runner = AsyncComputation.start(lambda: parallel(branch, branch))
    settle()
    kill(runner.ref)
    assert only(outcomes()).killed
    assert left == [1, 1]


def test_a_branch_that_does_not_leave_in_time_does_not_hold_the_parent_past_the_limit() -> None:
    def branch() -> None:
        try:
            ask(Q)
        finally:
            block()

    with ManualClock() as time:
        runner = AsyncComputation.start(lambda: parallel(branch, one_question), shutdown=3.0)
        opened(runner)
        runner.cancel("why")
        time.advance(3)
        assert runner.state == "finished"
        final = only(outcomes())
        assert isinstance(final, Cancelled)
        assert final.reason == "why"


def test_race_returns_the_first_result_and_cancels_the_rest() -> None:
    left: list[str] = []

    def slow() -> str:
        try:
            clock.sleep(NEVER)
        finally:
            gevent.sleep(0)
            left.append("slow")
        return "slow"

    def quick() -> str:
        give_way()
        return "quick"

    assert AsyncComputation.start(lambda: race(slow, quick)).result(1) == "quick"
    assert left == ["slow"]


def test_race_raises_what_the_first_to_end_raised() -> None:
    error = ValueError()
    AsyncComputation.start(lambda: race(block, lambda: raising(error)))
    assert outcomes() == [Throw(error)]


def test_race_between_a_question_and_a_sleep() -> None:
    with ManualClock() as time:
        runner = AsyncComputation.start(lambda: race(one_question, lambda: clock.sleep(2.0)))
        suspend = opened(runner)
        time.advance(2)
        assert outcomes() == [Completed(None)]
        assert attempt(lambda: suspend.resume("late")) is not None


def test_race_that_a_question_wins() -> None:
    with ManualClock() as time:
        runner = AsyncComputation.start(lambda: race(lambda: clock.sleep(2.0), one_question))
        opened(runner).resume("x")
        assert outcomes() == [Completed("x")]
        assert time.pending == []


def test_parallel_may_be_nested() -> None:
    def pair(name: str) -> Any:
        return parallel(asking(f"{name}1"), asking(f"{name}2"))

    runner = AsyncComputation.start(lambda: parallel(lambda: pair("a"), lambda: pair("b")))
    assert sorted(answered(runner)) == ["a1", "a2", "b1", "b2"]
    assert runner.result(0) == (("A1", "A2"), ("B1", "B2"))


def test_a_throw_in_a_nested_parallel_cancels_the_outer_branches() -> None:
    left: list[int] = []
    error = ValueError()

    def waiting() -> None:
        try:
            ask(Q)
        finally:
            left.append(1)

    def inner() -> Any:
        return parallel(waiting, lambda: steps(give_way, lambda: raising(error)))

    AsyncComputation.start(lambda: parallel(inner, waiting))
    assert outcomes()[-1] == Throw(error)
    assert left == [1, 1]


def test_a_race_inside_a_parallel() -> None:
    runner = AsyncComputation.start(lambda: parallel(lambda: race(block, asking("a")), asking("b")))
    assert sorted(answered(runner)) == ["a", "b"]
    assert runner.result(0) == ("A", "B")


@pytest.mark.sentence("R19")
def test_the_ask_of_a_branch_may_time_out_and_the_next_question_is_put() -> None:
    def impatient() -> str:
        try:
            return ask(Prompt("a"), timeout=1.0)
        except TimeoutError:
            return "gave up"

    with ManualClock() as time:
        runner = AsyncComputation.start(lambda: parallel(impatient, asking("b")))
        assert opened(runner).value == Prompt("a")
        time.advance(1)
        assert opened(runner).value == Prompt("b")
        runner.resume("B")
        assert outcomes() == [Completed(("gave up", "B"))]


@pytest.mark.sentence("R19")
def test_a_question_that_times_out_while_it_waits_for_its_turn_is_never_put() -> None:
    def impatient() -> str:
        try:
            return ask(Prompt("b"), timeout=1.0)
        except TimeoutError:
            return "gave up"

    with ManualClock() as time:
        runner = AsyncComputation.start(lambda: parallel(asking("a"), impatient, asking("c")))
        assert opened(runner).value == Prompt("a")
        time.advance(1)
        assert answered_from(runner, "A") == [Prompt("c")]
        assert runner.outcome == Completed(("A", "gave up", "c"))


def answered_from(runner: AsyncComputation[Any], answer: str) -> list[Any]:
    """Answer the open question and then every other with its name; return the others."""
    runner.resume(answer)
    found: list[Any] = []
    for suspend in runner.suspends(1):
        found.append(suspend.value)
        suspend.resume(suspend.value.name)
    return found


@pytest.mark.sentence("C7")
def test_branches_inherit_the_scopes_of_their_parent() -> None:
    def body() -> Any:
        with state.holding(1) as cell:
            results = parallel(lambda: state.modify(add_one), lambda: state.modify(add_one))
            return results, cell.value

    assert AsyncComputation.start(body).result(1)[1] == 3


def test_a_scope_of_one_branch_is_not_in_another() -> None:
    def branch(value: int) -> int:
        with state.holding(value):
            give_way()
            gevent.sleep(0)
            return int(state.get())

    assert AsyncComputation.start(lambda: parallel(lambda: branch(1), lambda: branch(2))).result(1) == (1, 2)


def test_notices_of_branches_come_in_order_and_do_not_wait_for_the_open_question() -> None:
    runner = AsyncComputation.start(lambda: parallel(one_question, lambda: notify("n")))
    suspend, notice = outcomes()
    assert isinstance(suspend, Suspend)
    assert notice.value == "n"
    runner.cancel_sync()


def test_clean_up_of_a_branch_that_raises_during_a_cancel_does_not_hide_the_cancel() -> None:
    def branch() -> None:
        try:
            ask(Q)
        finally:
            raise OSError

    runner = AsyncComputation.start(lambda: parallel(branch, branch))
    opened(runner)
    runner.cancel("why")
    final = only(outcomes())
    assert isinstance(final, Cancelled)
    assert final.reason == "why"


def test_a_branch_that_is_killed_does_not_look_like_one_that_returned() -> None:
    refs: list[Any] = []

    def victim() -> str:
        refs.append(current())
        block()
        return "not reached"

    AsyncComputation.start(lambda: parallel(victim, lambda: steps(give_way, lambda: kill(refs[0]))))
    assert not isinstance(only(outcomes()), Completed)


def test_a_branch_that_is_ended_by_a_sibling_ends_the_others() -> None:
    refs: list[Any] = []
    left: list[str] = []

    def victim() -> None:
        refs.append(current())
        block()

    def bystander() -> None:
        try:
            block()
        finally:
            left.append("bystander")

    def sibling() -> None:
        give_way()
        send_exit(refs[0], Shutdown("stop"))

    AsyncComputation.start(lambda: parallel(victim, bystander, sibling))
    assert not isinstance(only(outcomes()), Completed)
    assert left == ["bystander"]


def test_many_branches() -> None:
    runner = AsyncComputation.start(lambda: parallel(*(asking(f"q{number}") for number in range(300))))
    assert len(answered(runner)) == 300
    assert runner.result(0) == tuple(f"Q{number}" for number in range(300))
