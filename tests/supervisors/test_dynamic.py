"""S9: a dynamic supervisor starts children on demand and stops them all at the same time."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, Throw, receive, send, spawn
from actors.clock import monotonic
from actors.effects.clock import sleep
from actors.exits import KILLED, ActorExit, Crash, Shutdown
from actors.outcomes import ComputationEvent
from actors.runtime import ActorRef, BackgroundThread, Normal, background, give_way, kill, trap_exits
from actors.server import ServerExitedError
from actors.testing import ManualClock, settle, simulate
from supervisors import Backoff, ChildSpec, DynamicSupervisor, Intensity, Restart, Supervisor
from supervisors.errors import GaveUpError, MaxChildrenError, NoSuchChildError, SpecError, StartError, SupervisorBusyError

pytestmark = pytest.mark.sentence("S9")


def worker() -> None:
    while True:
        match receive():
            case "crash":
                raise ValueError("told to")
            case "return":
                return
            case _:
                pass


def spec(restart: Restart = Restart.PERMANENT, **options: Any) -> ChildSpec[ActorRef]:
    return ChildSpec("worker", partial(spawn, worker), restart, **options)


def refs(supervisor: DynamicSupervisor) -> list[ActorRef]:
    return [info.ref for info in supervisor.which_children() if info.ref is not None]


def test_children_of_one_spec_start_on_demand_and_are_known_by_their_refs() -> None:
    with DynamicSupervisor.start() as many:
        started = [many.start_child(spec()) for _ in range(3)]
        assert refs(many) == started
        assert {info.id for info in many.which_children()} == {"worker"}
        assert many.count_children() == (3, 3, 0, 3)
        many.terminate_child(started[1])
        assert not started[1].alive
        assert refs(many) == [started[0], started[2]]
    assert not any(ref.alive for ref in started)


def test_a_child_is_also_terminated_by_what_its_start_returned() -> None:
    with DynamicSupervisor.start() as many:
        inner = many.start_child(ChildSpec("inner", Supervisor.start))
        assert many.which_children()[0].is_supervisor
        many.terminate_child(inner)
        assert many.count_children() == (0, 0, 0, 0)
        assert not inner.ref.alive


def test_a_child_that_failed_is_restarted_alone_and_has_a_new_ref() -> None:
    with DynamicSupervisor.start() as many:
        one, two = many.start_child(spec()), many.start_child(spec())
        send(one, "crash")
        settle()
        assert two.alive
        again = next(ref for ref in refs(many) if ref is not two)
        assert again is not one
        assert [info.restarts for info in many.which_children() if info.ref is again] == [1]
        with pytest.raises(NoSuchChildError, match="which_children"):
            many.terminate_child(one)
        many.terminate_child(again)
        assert refs(many) == [two]


@pytest.mark.parametrize(
    ("restart", "message"),
    [(Restart.TRANSIENT, "return"), (Restart.TEMPORARY, "return"), (Restart.TEMPORARY, "crash")],
    ids=["transient that returned", "temporary that returned", "temporary that crashed"],
)
def test_one_that_has_ended_and_is_not_restarted_is_forgotten(restart: Restart, message: str) -> None:
    with DynamicSupervisor.start(max_children=1) as many:
        child = many.start_child(spec(restart))
        send(child, message)
        settle()
        assert many.which_children() == ()
        assert many.count_children() == (0, 0, 0, 0)
        with pytest.raises(NoSuchChildError):
            many.terminate_child(child)
        assert many.start_child(spec()).alive  # there is room again


def test_no_more_than_max_children_are_started() -> None:
    with DynamicSupervisor.start(max_children=2) as many:
        first = many.start_child(spec())
        many.start_child(spec())
        with pytest.raises(MaxChildrenError, match="max_children=2") as error:
            many.start_child(spec())
        assert (error.value.max_children, error.value.child_id) == (2, "worker")
        many.terminate_child(first)
        assert many.start_child(spec()).alive
        assert many.count_children().specs == 2


def test_one_that_waits_for_its_restart_takes_its_place_and_can_be_terminated_by_its_last_ref() -> None:
    with ManualClock() as time, DynamicSupervisor.start(max_children=1) as many:
        child = many.start_child(spec(backoff=Backoff(first=10.0)))
        send(child, "crash")
        settle()
        assert [info.state for info in many.which_children()] == ["restarting"]
        with pytest.raises(MaxChildrenError):
            many.start_child(spec())
        many.terminate_child(child)
        assert many.which_children() == ()
        assert time.pending == []
        time.advance(20.0)
        assert many.which_children() == ()


def test_one_that_waited_is_known_by_its_new_ref_only() -> None:
    with ManualClock() as time, DynamicSupervisor.start() as many:
        child = many.start_child(spec(backoff=Backoff(first=10.0)))
        send(child, "crash")
        time.advance(10.0)
        (again,) = refs(many)
        assert again is not child
        assert many.count_children() == (1, 1, 0, 1)
        with pytest.raises(NoSuchChildError):
            many.terminate_child(child)


def test_a_run_terminated_while_it_waits_for_its_restart_has_thrown_for_its_owner() -> None:
    def fails() -> None:
        raise ValueError("no luck")

    with ManualClock(), DynamicSupervisor.start() as many:
        heard: list[Any] = []
        run = many.start_child(AsyncComputation.child(fails, owner=spawn_owner(heard), backoff=Backoff(first=10.0)))
        settle()
        assert heard == []
        many.terminate_child(run)
        settle()
        (outcome,) = heard
        assert isinstance(outcome, Throw)


def spawn_owner(heard: list[Any]) -> ActorRef:
    def owner() -> None:
        event = receive()
        assert isinstance(event, ComputationEvent)
        heard.append(event.outcome)

    return spawn(owner)


def test_one_failure_more_than_the_intensity_allows_ends_it_whichever_child_fails() -> None:
    def storm(many: DynamicSupervisor) -> None:
        for child in refs(many):
            send(child, "crash")

    many = DynamicSupervisor.start(intensity=Intensity(2, 60.0))
    children = [many.start_child(spec()) for _ in range(5)]
    spawn(storm, many, link=False)
    with pytest.raises(GaveUpError, match="more than 2 restarts"):
        many.wait(5.0)
    settle()
    assert not any(child.alive for child in children)


def test_a_child_that_does_not_start_is_not_kept() -> None:
    def fails() -> ActorRef:
        raise OSError("no port")

    with DynamicSupervisor.start(max_children=1) as many:
        with pytest.raises(StartError, match="no port"):
            many.start_child(ChildSpec("w", fails))
        assert many.count_children() == (0, 0, 0, 0)
        assert many.start_child(spec()).alive


# -- stopping


def leaving_in(seconds: float, log: list[str], name: str) -> Callable[[], ActorRef]:
    def body() -> None:
        try:
            receive()
        finally:
            log.append(f"{name} told")
            sleep(seconds)
            log.append(f"{name} left")

    return partial(spawn, body)


def test_all_are_told_before_any_is_waited_for_and_leave_at_the_same_time() -> None:
    log: list[str] = []

    def program() -> float:
        many = DynamicSupervisor.start()
        for name in "abc":
            many.start_child(ChildSpec(name, leaving_in(1.0, log, name)))
        give_way()
        began = monotonic()
        many.stop()
        return monotonic() - began

    took = simulate(1, program).value
    assert took == pytest.approx(1.0, abs=0.01)
    assert {line.split()[1] for line in log[:3]} == {"told"}
    assert len(log) == 6


def test_each_has_its_own_time_from_when_all_were_told() -> None:
    """One that takes for ever and may does not lend its time to those that may not."""
    log: list[str] = []
    with ManualClock() as time:
        many = DynamicSupervisor.start()
        slow = many.start_child(ChildSpec("slow", leaving_in(100.0, log, "slow"), shutdown=None))
        short = many.start_child(ChildSpec("short", leaving_in(100.0, log, "short"), shutdown=2.0))
        shorter = many.start_child(ChildSpec("shorter", leaving_in(100.0, log, "shorter"), shutdown=1.0))
        at_once = many.start_child(ChildSpec("at once", leaving_in(0.0, log, "at once"), shutdown=0))
        settle()
        stopping = spawn(many.stop, link=False)
        settle()
        assert [ref.alive for ref in (slow, short, shorter, at_once)] == [True, True, True, False]
        time.advance(1.0)
        assert [ref.alive for ref in (slow, short, shorter)] == [True, True, False]
        time.advance(1.0)
        assert [ref.alive for ref in (slow, short)] == [True, False]
        time.advance(98.0)
        settle()
        assert not slow.alive
        assert not stopping.alive
        assert not many.ref.alive
        assert time.pending == []
    assert "slow left" in log
    assert "short left" not in log


def test_a_child_that_traps_exits_ends_with_a_supervisor_that_is_killed() -> None:
    def stubborn() -> None:
        trap_exits(True)
        while True:
            receive()

    def starter() -> None:
        trap_exits(True)
        many = DynamicSupervisor.start()
        children.extend(many.start_child(ChildSpec("s", partial(spawn, stubborn))) for _ in range(3))
        give_way()
        kill(many.ref)

    children: list[ActorRef] = []
    spawn(starter)
    settle()
    assert len(children) == 3
    assert not any(child.alive for child in children)


def test_it_ends_with_its_starter() -> None:
    def starter() -> None:
        many = DynamicSupervisor.start()
        known.append(many)
        children.append(many.start_child(spec()))

    known: list[DynamicSupervisor] = []
    children: list[ActorRef] = []
    spawn(starter)
    settle()
    assert not known[0].ref.alive
    assert isinstance(children[0].reason, Shutdown)  # type: ignore[attr-defined]
    with pytest.raises(ServerExitedError):
        known[0].start_child(spec())


def test_those_that_crash_while_they_are_stopped_disturb_nobody() -> None:
    def crashes() -> None:
        try:
            receive()
        finally:
            raise ValueError("in clean-up")

    with DynamicSupervisor.start() as many:
        children = [many.start_child(ChildSpec("c", partial(spawn, crashes))) for _ in range(3)]
        give_way()
        many.stop()
    assert not any(child.alive for child in children)
    assert many.ref.reason == Normal()  # type: ignore[attr-defined]


def test_a_thousand_that_crash_at_once_are_all_restarted(capfd: pytest.CaptureFixture[str]) -> None:
    with DynamicSupervisor.start(intensity=Intensity(1000, 60.0)) as many:
        before = [many.start_child(spec()) for _ in range(1000)]
        for child in before:
            send(child, "crash")
        settle()
        after = refs(many)
        assert len(after) == 1000
        assert not set(after) & set(before)
    said = str(capfd.readouterr())  # the log gets one line a second, however many they are, and the count at the end
    held_back = [int(number) for number in re.findall(r"child crashed.*?held_back=(\d+)", said)]
    assert sum(held_back) + len(held_back) - 1 == 1000
    assert len(held_back) < 100


# -- bad input


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"], ids=repr)
def test_what_limits_no_number_of_children_is_refused(value: Any) -> None:
    with pytest.raises(SpecError, match="max_children=") as error:
        DynamicSupervisor.start(max_children=value)
    assert error.value.field == "max_children"


def test_other_bad_arguments_are_refused_where_they_are_given() -> None:
    bad: Any = "3 in 5"
    with pytest.raises(SpecError, match="intensity="):
        DynamicSupervisor.start(intensity=bad)
    with DynamicSupervisor.start() as many:
        with pytest.raises(SpecError, match="ChildSpec"):
            many.start_child(bad)
        with pytest.raises(SpecError, match="significant"):
            many.start_child(spec(Restart.TRANSIENT, significant=True))
        with pytest.raises(TypeError, match="3 in 5"):
            many.terminate_child(bad)
        with pytest.raises(NoSuchChildError):
            many.terminate_child(many.ref)
        assert many.ref.alive


def test_a_child_that_calls_it_during_its_start_gets_an_error() -> None:
    with DynamicSupervisor.start() as many:
        with pytest.raises(StartError) as error:
            many.start_child(ChildSpec("outer", lambda: many.start_child(spec())))
        assert isinstance(error.value.reason, Exception)
        assert many.count_children().specs == 0

        def calls() -> ActorRef:
            def inner() -> None:
                with pytest.raises(SupervisorBusyError) as error:
                    many.count_children()
                refused.append(error.value)

            child = spawn(inner)
            give_way()
            return child

        refused: list[Any] = []
        many.start_child(ChildSpec("calls", calls, Restart.TEMPORARY))
        assert len(refused) == 1


# -- threads and simulation


@pytest.fixture
def thread() -> Any:
    running = background()
    yield running
    assert running.close() == []


def test_it_serves_plain_threads_from_the_background(thread: BackgroundThread) -> None:
    many = DynamicSupervisor.start(on=thread, max_children=20)
    started: list[ActorRef] = []

    def plain() -> None:
        started.extend(many.start_child(spec()) for _ in range(5))

    threads = [threading.Thread(target=plain) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert many.count_children() == (20, 20, 0, 20)
    with pytest.raises(MaxChildrenError):
        many.start_child(spec())
    many.terminate_child(started[0])
    assert many.count_children().active == 19
    many.stop(5.0)
    assert not any(ref.alive for ref in started)


def test_in_any_order_nobody_is_lost_and_the_limit_holds() -> None:
    def program() -> None:
        many = DynamicSupervisor.start(max_children=3, intensity=Intensity(100, 60.0))

        def busy() -> None:
            for _ in range(4):
                try:
                    child = many.start_child(spec(Restart.TRANSIENT))
                except MaxChildrenError:
                    continue
                assert many.count_children().specs <= 3
                send(child, "crash")
                give_way()
                for ref in refs(many):
                    send(ref, "return")

        clients = [spawn(busy) for _ in range(3)]
        while any(client.alive for client in clients):
            sleep(0.1)
        many.stop()
        assert not many.ref.alive

    for seed in range(60):
        assert simulate(seed, program).value is None


def test_the_exit_of_a_child_keeps_its_reason() -> None:
    """What stops a child is the supervisor's signal, what ends one of its own accord its own."""
    with DynamicSupervisor.start() as many:
        told, alone, forced = (many.start_child(spec(Restart.TEMPORARY)) for _ in range(3))
        many.terminate_child(told)
        send(alone, "crash")
        kill(forced)
        settle()
        reasons: list[Any] = [getattr(ref, "reason", None) for ref in (told, alone, forced)]
        assert isinstance(reasons[0], Shutdown)
        assert isinstance(reasons[1], Crash)
        assert reasons[2] == KILLED


def test_an_actor_exit_from_a_start_ends_the_supervisor_alone() -> None:
    def leaves() -> ActorRef:
        raise ActorExit(Shutdown("from start"))

    def starter() -> None:
        trap_exits(True)
        many = DynamicSupervisor.start()
        try:
            many.start_child(ChildSpec("x", leaves))
        except ServerExitedError as error:
            seen.append(error.reason)

    seen: list[Any] = []
    spawn(starter)
    settle()
    assert seen == [Shutdown("from start")]
