"""S9: a task supervisor runs functions as temporary children whose results are waited for."""

from __future__ import annotations

import gc
import threading
from contextvars import ContextVar
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Prompt, ask, notify, receive, send, spawn
from actors.computation import CancelledError, LegTimeoutError
from actors.computation.faults import DeadlineExceeded
from actors.effects import state
from actors.effects.clock import sleep
from actors.exits import KILLED, LinkedExitError
from actors.outcomes import Cancelled, OwnerEnded
from actors.runtime import ActorRef, BackgroundThread, background, current, give_way, kill, trap_exits
from actors.server import ServerExitedError, pause, unpause
from actors.testing import ManualClock, settle, simulate
from supervisors import TaskSupervisor
from supervisors.errors import MaxChildrenError, SpecError
from tests.supervisors.asking import actor, fail, wait_for_ever

pytestmark = pytest.mark.sentence("S9")


def double(number: int) -> int:
    return 2 * number


def inbox() -> list[object]:
    """What is in the caller's mailbox."""
    found: list[object] = []
    while True:
        try:
            found.append(receive(0))
        except TimeoutError:
            return found


def test_the_result_of_a_task_is_waited_for() -> None:
    with TaskSupervisor.start() as tasks:
        slow = tasks.run(wait_for_ever)
        task = tasks.run(double, 21)
        assert tasks.count_children().specs >= 1
        assert "wait_for_ever" in {info.id for info in tasks.which_children()}
        assert task.result(5.0) == 42
        slow.cancel()
        assert task.result() == 42
        settle()
        assert tasks.which_children() == ()


def test_what_a_task_sends_is_in_nobodys_mailbox() -> None:
    def talks() -> str:
        notify("half way")
        return "done"

    with TaskSupervisor.start() as tasks:
        trap_before = trap_exits(True)
        try:
            linked, free = tasks.run(talks), tasks.run(talks, link=False)
            assert [linked.result(), free.result()] == ["done", "done"]
            tasks.run(wait_for_ever).cancel()
            settle()
            assert inbox() == []
        finally:
            trap_exits(trap_before)


def test_wait_and_cancel_sync_work_as_for_any_runner() -> None:
    with TaskSupervisor.start() as tasks:
        task = tasks.run(double, 1)
        assert task.wait(5.0) == task.outcome
        late = tasks.run(double, 2)
        settle()
        assert late.wait(5.0) == late.outcome  # it had ended before
        slow = tasks.run(wait_for_ever)
        with pytest.raises(LegTimeoutError):
            slow.result(0.0)
        assert slow.cancel_sync("enough") == Cancelled("enough")
        assert current().alive


def test_the_context_is_the_askers_and_the_handlers_are_the_tasks() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="nobody's")

    def reads() -> tuple[str, int]:
        return variable.get(), state.get()

    with TaskSupervisor.start() as tasks:
        variable.set("the asker's")
        assert tasks.run(reads, handlers=lambda: state.holding(7)).result() == ("the asker's", 7)


# -- ends


def test_a_linked_task_is_cancelled_when_its_asker_ends_another_is_not() -> None:
    def asks() -> None:
        started.extend([tasks.run(wait_for_ever), tasks.run(wait_for_ever, link=False)])
        give_way()

    started: list[AsyncComputation[None]] = []
    with TaskSupervisor.start() as tasks:
        actor(asks)
        linked, free = started
        assert isinstance(linked.outcome, Cancelled)
        assert isinstance(linked.outcome.reason, OwnerEnded)
        assert free.state == "running"
        assert tasks.count_children().specs == 1
    assert isinstance(free.outcome, Cancelled)


def test_tasks_under_way_are_cancelled_at_once_when_the_supervisor_is_stopped() -> None:
    left: list[str] = []

    def slow(name: str) -> None:
        try:
            wait_for_ever()
        finally:
            left.append(f"{name} told")
            sleep(1.0)
            left.append(f"{name} left")

    def program() -> None:
        tasks = TaskSupervisor.start()
        runs = [tasks.run(slow, name) for name in "abc"]
        give_way()
        tasks.stop()
        assert all(isinstance(run.outcome, Cancelled) for run in runs)
        with pytest.raises(CancelledError, match="stopped by its supervisor"):
            runs[0].result()

    simulate(3, program)
    assert [line.split()[1] for line in left] == ["told"] * 3 + ["left"] * 3


def test_one_that_does_not_leave_in_its_time_is_killed() -> None:
    def stubborn() -> None:
        try:
            wait_for_ever()
        finally:
            sleep(100.0)

    with ManualClock() as time:
        tasks = TaskSupervisor.start()
        run = tasks.run(stubborn, shutdown=2.0)
        settle()
        spawn(tasks.stop, link=False)
        time.advance(1.9)
        assert run.ref.alive
        time.advance(0.2)
        assert isinstance(run.outcome, Cancelled)
        assert run.outcome.killed
        time.advance(10.0)
        assert not tasks.ref.alive


def test_a_supervisor_that_is_killed_takes_its_tasks_and_their_linked_askers_along() -> None:
    def asks(link: bool) -> None:
        started.append(tasks.run(wait_for_ever, link=link))
        receive()

    def starter() -> None:
        trap_exits(True)
        tasks.server = TaskSupervisor.start().ref
        askers.extend(spawn(asks, link, link=False) for link in (True, False))
        give_way()
        give_way()
        kill(tasks.ref)

    tasks = TaskSupervisor("to be started")
    askers: list[Any] = []
    started: list[AsyncComputation[None]] = []
    spawn(starter)
    settle()
    assert [run.state for run in started] == ["finished", "finished"]
    assert [asker.reason for asker in askers] == [KILLED, None]
    kill(askers[1])
    settle()
    with pytest.raises(ServerExitedError):
        tasks.run(double, 1)


def test_a_task_whose_asker_has_ended_before_it_was_started_never_begins() -> None:
    began: list[str] = []

    def asks(link: bool) -> None:
        tasks.run(began.append, f"linked: {link}", link=link)

    with TaskSupervisor.start() as tasks:
        pause(tasks.ref)
        askers = [spawn(asks, link, link=False) for link in (True, False)]
        settle()
        for asker in askers:
            kill(asker)
        unpause(tasks.ref)
        settle()
        assert began == ["linked: False"]  # that one is nobody's
        assert tasks.which_children() == ()


def test_those_who_wait_for_the_start_of_a_task_learn_that_the_supervisor_was_killed() -> None:
    def asks() -> None:
        with pytest.raises(ServerExitedError):
            tasks.run(double, 1)
        told.append("told")

    def starter() -> None:
        trap_exits(True)
        tasks.server = TaskSupervisor.start().ref
        pause(tasks.ref)
        spawn(asks, link=False)
        give_way()
        kill(tasks.ref)

    tasks, told = TaskSupervisor("to be started"), list[str]()
    spawn(starter)
    settle()
    assert told == ["told"]


def test_nothing_of_an_asker_is_kept_once_it_or_the_supervisor_has_ended() -> None:
    def asks() -> None:
        for _ in range(3):
            tasks.run(double, 1).result()

    ties: Any = current()
    before = len(ties.tied().children)
    with TaskSupervisor.start() as tasks:
        server: Any = tasks.ref
        actor(asks)
        assert len(server.ties.children) == 0
        tasks.run(double, 1).result()
        assert len(server.ties.children) == 1
        assert len(ties.tied().children) == before + 1
    assert len(ties.tied().children) == before


def test_a_task_with_a_deadline_is_cancelled_for_it() -> None:
    with TaskSupervisor.start() as tasks, ManualClock() as time:
        run = tasks.run(wait_for_ever, deadline=3.0)
        time.advance(3.0)
        with pytest.raises(CancelledError):
            run.result()
        assert isinstance(run.outcome, Cancelled)
        assert run.outcome.reason == DeadlineExceeded(3.0)


@pytest.mark.parametrize("link", [True, False], ids=["linked", "not linked"])
def test_a_task_that_asks_is_cancelled_and_told_why(link: bool) -> None:
    def asks() -> str:
        return ask(Prompt("name"))

    with TaskSupervisor.start() as tasks:
        run = tasks.run(asks, link=link)
        with pytest.raises(CancelledError, match=r"a task asked Prompt\(.*AsyncComputation.start"):
            run.result(5.0)


# -- limits


def test_no_more_tasks_than_max_children_are_under_way() -> None:
    with TaskSupervisor.start(max_children=2) as tasks:
        runs = [tasks.run(wait_for_ever) for _ in range(2)]
        with pytest.raises(MaxChildrenError, match="double"):
            tasks.run(double, 1)
        runs[0].cancel_sync()
        assert tasks.run(double, 1).result() == 2


def test_a_task_may_run_tasks_itself() -> None:
    def sums(number: int) -> int:
        if number == 0:
            return 0
        return number + tasks.run(sums, number - 1).result()

    with TaskSupervisor.start() as tasks:
        assert tasks.run(sums, 10).result(5.0) == 55


def test_a_crash_deep_down_ends_each_of_those_that_wait_for_it_with_the_same_error() -> None:
    def outer(depth: int) -> None:
        if depth == 0:
            fail()
        tasks.run(outer, depth - 1).result()

    with TaskSupervisor.start() as tasks, pytest.raises(ValueError, match="no luck"):
        tasks.run(outer, 3).result(5.0)


@pytest.mark.parametrize(
    ("options", "field"),
    [({"deadline": -1.0}, "deadline"), ({"deadline": "3"}, "deadline"), ({"shutdown": -0.1}, "shutdown")],
    ids=["negative deadline", "text as a deadline", "negative shutdown"],
)
def test_a_bad_option_is_refused_by_its_name(options: Any, field: str) -> None:
    with TaskSupervisor.start() as tasks:
        with pytest.raises(SpecError, match=f"{field}=") as error:
            tasks.run(double, 1, **options)
        assert error.value.field == field
        assert tasks.count_children().specs == 0


def test_what_cannot_be_called_so_is_refused_in_the_caller() -> None:
    bad: Any = 7
    with TaskSupervisor.start() as tasks:
        with pytest.raises(TypeError, match="not callable"):
            tasks.run(bad)
        with pytest.raises(TypeError):
            tasks.run(bad and double)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(TypeError, match="handlers"):
            tasks.run(double, 1, handlers=bad)
        with pytest.raises(SpecError, match="max_children="):
            TaskSupervisor.start(max_children=bad - 7)
        assert tasks.ref.alive


# -- threads and simulation


@pytest.fixture
def thread() -> Any:
    running = background()
    yield running
    assert running.close() == []


def test_plain_threads_run_tasks_in_the_background(thread: BackgroundThread) -> None:
    tasks = TaskSupervisor.start(on=thread)
    results: list[int] = []
    raised: list[BaseException] = []

    def plain(number: int) -> None:
        results.append(tasks.run(double, number).result(5.0))
        try:
            tasks.run(fail).result(5.0)
        except ValueError as error:
            raised.append(error)
        late = tasks.run(double, number)
        results.append(late.wait(5.0).value)  # type: ignore[union-attr]
        assert inbox() == []

    threads = [threading.Thread(target=plain, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(results) == sorted([2 * number for number in range(8)] * 2)
    assert len(raised) == 8
    tasks.stop(5.0)


def test_a_crash_in_another_thread_reaches_the_asker_and_its_end_the_task(thread: BackgroundThread) -> None:
    tasks = TaskSupervisor.start(on=thread)
    tasks.run(fail)
    with pytest.raises(LinkedExitError, match="no luck"):
        receive(5.0)
    started: list[AsyncComputation[None]] = []

    def plain() -> None:
        started.append(tasks.run(wait_for_ever))

    one = threading.Thread(target=plain)
    one.start()
    one.join()
    with pytest.raises(CancelledError, match="OwnerEnded"):
        started[0].result(5.0)
    tasks.stop(5.0)


def test_an_asker_that_is_dropped_ends_its_tasks() -> None:
    def asks() -> None:
        started.append(tasks.run(wait_for_ever))

    started: list[AsyncComputation[None]] = []
    with TaskSupervisor.start() as tasks:
        gevent.spawn(asks).join()
        gc.collect()
        settle()
        assert isinstance(started[0].outcome, Cancelled)


def test_in_any_order_each_crash_is_learnt_of_once() -> None:
    def program() -> None:
        tasks = TaskSupervisor.start()
        raised = signalled = 0

        def asks(waits: bool) -> None:
            nonlocal raised, signalled
            trap_exits(True)
            task = tasks.run(fail)
            if waits:
                try:
                    task.result()
                except ValueError:
                    raised += 1
            sleep(1.0)
            signalled += len(inbox())

        askers: list[ActorRef] = [spawn(asks, waits) for waits in (True, False, True)]
        while any(asker.alive for asker in askers):
            sleep(0.5)
        tasks.stop()
        assert (raised, signalled) == (2, 1)

    for seed in range(60):
        simulate(seed, program)


def test_control_an_actor_that_is_sent_something_has_it_in_its_inbox() -> None:
    send(current(), "x")
    assert inbox() == ["x"]
