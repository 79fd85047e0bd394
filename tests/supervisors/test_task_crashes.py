"""S9: the crash of a task, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, receive, send, spawn
from actors.computation import LegTimeoutError
from actors.effects.clock import sleep
from actors.exits import KILLED, Crash, LinkedExitError
from actors.runtime import ActorRef, Exit, current, give_way, kill, trap_exits
from actors.testing import ManualClock, settle, simulate
from supervisors import TaskSupervisor
from tests.supervisors.asking import actor, fail, wait_for_ever

pytestmark = pytest.mark.sentence("S9")


def test_a_crash_is_raised_where_the_result_is_waited_for_and_nowhere_else() -> None:
    def asks() -> str:
        with pytest.raises(ValueError, match="no luck"):
            tasks.run(fail).result()
        give_way()
        sleep(0.001)  # a signal would be raised here
        return "lives"

    with TaskSupervisor.start() as tasks:
        outer = AsyncComputation.start(asks)
        assert outer.result(5.0) == "lives"
        with pytest.raises(ValueError, match="no luck"):
            tasks.run(fail).result()
        give_way()


def test_a_crash_that_nobody_waits_for_ends_a_linked_asker_and_no_other() -> None:
    def asks(link: bool) -> None:
        tasks.run(fail, link=link)
        sleep(0.01)

    with TaskSupervisor.start() as tasks, ManualClock() as time:
        refs: list[Any] = [spawn(asks, link, link=False) for link in (True, False)]
        time.advance(1.0)
        assert isinstance(refs[0].reason, Crash)
        assert str(refs[0].reason.error) == "no luck"
        assert str(refs[1].reason) == "Normal()"


def test_an_asker_that_waits_for_another_task_learns_of_the_crash_at_once() -> None:
    def asks() -> None:
        tasks.run(fail)
        tasks.run(wait_for_ever).result()

    with TaskSupervisor.start() as tasks:
        (reason,) = actor(asks)
        assert isinstance(reason, Crash)
        settle()
        assert tasks.which_children() == ()  # the other was cancelled with its asker


def test_one_that_has_given_up_waiting_gets_the_signal_after_all() -> None:
    def fails_late() -> None:
        sleep(2.0)
        fail()

    def asks() -> None:
        task = tasks.run(fails_late)
        with pytest.raises(LegTimeoutError):
            task.result(1.0)
        sleep(10.0)

    with TaskSupervisor.start() as tasks, ManualClock() as time:
        ref: Any = spawn(asks, link=False)
        time.advance(3.0)
        assert isinstance(ref.reason, Crash)


def test_one_that_is_about_to_run_may_still_wait_for_it() -> None:
    def tells_and_fails(asker: ActorRef) -> None:
        send(asker, "go on")
        fail()

    def program() -> None:
        with TaskSupervisor.start() as tasks:
            task = tasks.run(tells_and_fails, current())
            assert receive() == "go on"
            with pytest.raises(ValueError, match="no luck"):
                task.result()
            sleep(1.0)

    for seed in range(60):
        simulate(seed, program)


def test_an_asker_that_traps_exits_gets_the_crash_as_a_message_with_the_task() -> None:
    def asks() -> None:
        trap_exits(True)
        task = tasks.run(fail)
        told.append((task, receive(5.0)))

    told: list[Any] = []
    with TaskSupervisor.start() as tasks:
        actor(asks)
        ((task, message),) = told
        assert isinstance(message, Exit)
        assert message.ref is task
        assert isinstance(message.reason, Crash)


def test_a_greenlet_of_ones_own_gets_it_from_its_next_wait() -> None:
    with TaskSupervisor.start() as tasks:
        tasks.run(fail)
        with pytest.raises(LinkedExitError, match="no luck"):
            receive(5.0)


def test_a_task_that_is_killed_counts_as_crashed_one_that_is_cancelled_does_not() -> None:
    def asks(end: Callable[[AsyncComputation[None]], object]) -> None:
        task = tasks.run(wait_for_ever)
        give_way()
        end(task)
        sleep(0.001)

    with TaskSupervisor.start() as tasks:
        assert actor(partial(asks, kill_it)) == [KILLED]
        with ManualClock() as time:
            ref: Any = spawn(asks, cancel_it, link=False)
            time.advance(1.0)
            assert str(ref.reason) == "Normal()"


def kill_it(task: AsyncComputation[None]) -> None:
    kill(task.ref)


def cancel_it(task: AsyncComputation[None]) -> None:
    task.cancel("not needed")
