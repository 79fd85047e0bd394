"""S9: dynamic and task supervisors whose children live in another thread, or are killed while they start."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from gevent.event import Event

from actors import current, receive, send, spawn
from actors.effects import clock
from actors.exits import Normal
from actors.runtime import ActorRef, Down, background, inspect_actor, kill, monitor, unlink
from actors.server import ServerExitedError
from actors.testing import live_actors, settle
from supervisors import ChildSpec, DynamicSupervisor, Intensity, Restart, TaskSupervisor
from supervisors.errors import StartError
from tests.runtime.watching import PATIENCE
from tests.threads.crossing import held, reach

pytestmark = pytest.mark.sentence("S9")


def worker(boss: ActorRef) -> None:
    send(boss, ("started", current()))
    if receive() == "crash":
        raise ValueError("told to")


def elsewhere(**options: Any) -> ChildSpec[ActorRef]:
    """A child that lives in the background thread, while its supervisor does not."""
    boss = current()
    return ChildSpec("w", lambda: spawn(worker, boss, on=background()), **options)


def started() -> ActorRef:
    word, ref = receive(PATIENCE, match=lambda message: type(message) is tuple)
    assert word == "started"
    return ref  # type: ignore[no-any-return]  # the worker's


def kill_alone(supervisor: ActorRef) -> None:
    """Kill a supervisor that the test is linked with."""
    unlink(supervisor)
    kill(supervisor)


def end_of(ref: ActorRef) -> object:
    watch = monitor(ref)
    down: Any = receive(PATIENCE, match=lambda message: isinstance(message, Down) and message.monitor is watch)
    return down.reason


def test_a_child_elsewhere_that_fails_is_started_again_there() -> None:
    with DynamicSupervisor.start() as many:
        first = many.start_child(elsewhere())
        assert started() == first
        send(first, "crash")
        second = started()
        assert second != first
        assert inspect_actor(second).thread == inspect_actor(first).thread != inspect_actor(current()).thread
        many.which_children()
        assert many.count_children().active == 1
    assert not second.alive


def test_a_child_elsewhere_is_stopped_by_its_ref() -> None:
    with DynamicSupervisor.start() as many:
        children = [many.start_child(elsewhere()) for _ in range(3)]
        many.terminate_child(children[1])
        assert [child.alive for child in children] == [True, False, True]
        assert many.count_children().active == 2
    assert [child.alive for child in children] == [False] * 3


def test_a_child_elsewhere_that_ended_for_good_is_forgotten() -> None:
    with DynamicSupervisor.start() as many:
        child = many.start_child(elsewhere(restart=Restart.TEMPORARY))
        assert started() == child
        watch = monitor(child)
        send(child, "leave")
        down: Any = receive(PATIENCE)
        assert (down.monitor, down.reason) == (watch, Normal())
        reach(background().scheduler)  # it has told everybody
        settle()
        assert many.which_children() == ()


def test_children_elsewhere_end_with_a_supervisor_that_is_killed() -> None:
    many = DynamicSupervisor.start()
    children = [many.start_child(elsewhere()) for _ in range(3)]
    kill_alone(many.ref)
    for child in children:
        end_of(child)
    assert [child.alive for child in children] == [False] * 3


def test_a_child_elsewhere_whose_thread_is_held_is_waited_for_and_killed() -> None:
    with DynamicSupervisor.start() as many:
        child = many.start_child(elsewhere(shutdown=0.01))
        with held(background()):
            stopping = spawn(many.terminate_child, child, link=False)
            settle()
            assert (stopping.alive, child.alive) == (True, True)
        end_of(stopping)
        assert not child.alive


# -- a start during which somebody is killed


def test_a_child_that_is_killed_before_its_start_returns_is_one_that_failed() -> None:
    made: list[ActorRef] = []

    def start() -> ActorRef:
        made.append(spawn(receive))
        if len(made) == 1:
            kill(made[0])
        return made[-1]

    with DynamicSupervisor.start() as many:
        assert many.start_child(ChildSpec("w", start)) == made[0]
        settle()
        assert [info.ref for info in many.which_children()] == [made[1]]


def test_a_child_that_is_always_killed_in_its_start_exceeds_the_intensity() -> None:
    def start() -> ActorRef:
        ref = spawn(receive)
        kill(ref)
        return ref

    def boss() -> None:
        many = DynamicSupervisor.start(intensity=Intensity(2, 60.0))
        many.start_child(ChildSpec("w", start))
        receive()

    ref = spawn(boss, link=False)
    settle()
    assert not ref.alive
    assert live_actors() == []


@pytest.mark.parametrize("thread", [None, "background"])
def test_a_supervisor_that_is_killed_while_it_starts_a_child_leaves_none(thread: str | None) -> None:
    boss = current()
    made: list[ActorRef] = []

    def start() -> ActorRef:
        made.append(spawn(receive))
        send(boss, ("started", made[0]))
        Event().wait()
        raise AssertionError

    many = DynamicSupervisor.start(on=background() if thread else None)
    told: list[object] = []

    def ask() -> None:
        try:
            many.start_child(ChildSpec("w", start))
        except (ServerExitedError, StartError) as error:
            told.append(error)

    asker = spawn(ask, link=False)
    child = started()
    kill_alone(many.ref)
    end_of(asker)
    assert [type(error) for error in told] == [ServerExitedError]
    end_of(child)
    assert not child.alive


# -- tasks


def double(number: int) -> int:
    return number * 2


def test_tasks_of_a_supervisor_elsewhere_run_there_and_give_their_results_here() -> None:
    with TaskSupervisor.start(on=background()) as tasks:
        assert tasks.run(double, 21).result(PATIENCE) == 42
        assert list(tasks.map(double, range(5), limit=2, timeout=PATIENCE)) == [0, 2, 4, 6, 8]
        here = inspect_actor(current()).thread
        assert tasks.run(lambda: inspect_actor(current()).thread).result(PATIENCE) != here


def test_a_task_elsewhere_is_cancelled_with_its_asker() -> None:
    boss = current()
    left: list[str] = []

    def sleeper() -> None:
        try:
            send(boss, ("started", current()))
            clock.sleep(1000.0)
        finally:
            left.append("left")

    with TaskSupervisor.start(on=background()) as tasks:

        def ask() -> None:
            tasks.run(sleeper)
            receive()

        asker = spawn(ask, link=False)
        task = started()
        kill(asker)
        end_of(task)
        assert left == ["left"]
        assert tasks.count_children().active == 0


@pytest.mark.parametrize("ends", ["kill", "stop"])
def test_a_task_supervisor_elsewhere_that_ends_ends_its_tasks(ends: str) -> None:
    boss = current()

    def sleeper() -> None:
        send(boss, ("started", current()))
        clock.sleep(1000.0)

    tasks = TaskSupervisor.start(on=background())
    runs = [tasks.run(sleeper, link=False) for _ in range(3)]
    refs = [started() for _ in runs]
    finish: Callable[[], object] = partial(kill_alone, tasks.ref) if ends == "kill" else tasks.stop
    finish()
    for ref in refs:
        end_of(ref)
    assert {run.state for run in runs} == {"finished"}
