"""`simulate`: deterministic order, virtual time, faults from the seed, and clear refusals."""

import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import gevent
import gevent.event
import gevent.socket
import pytest
from hypothesis import HealthCheck, given, settings

from actors import AsyncComputation, Cancelled, Completed, Prompt, ask, current, receive, send, spawn
from actors.clock import monotonic
from actors.computation import LegTimeoutError
from actors.effects import clock, fresh, randomness
from actors.exits import Crash, Killed
from actors.runtime import Down
from actors.testing import (
    DeadlockError,
    Decisions,
    Faults,
    InjectedError,
    LeftoverError,
    Script,
    StepLimitError,
    Trace,
    UnsimulatedError,
    explore,
    live_actors,
    settle,
    simulate,
    simulations,
)
from tests.structure.sources import ROOT

GOLDEN = ROOT / "tests" / "golden" / "simulation.txt"
SEEDS = range(40)

pytestmark = pytest.mark.sentence("T7")


def wizard() -> str:
    first = ask(Prompt("first", "First?"))
    clock.sleep(0.5)
    return f"{first} {ask(Prompt('second', 'Second?'))}"


def worker(number: int, boss: object) -> None:
    for _ in range(3):
        clock.sleep(randomness.number())
    assert boss is not None
    receive(timeout=5.0)


def rich() -> str:
    """Use a bit of everything; the golden schedule is of this."""
    boss = current()
    workers = [spawn(worker, number, boss, link=False, monitor=True) for number in range(3)]
    run, outcome = AsyncComputation.start_sync(wizard, tag=frozenset({"a", "b"}), timeout=None)
    while not isinstance(outcome, Completed | Cancelled):
        outcome = run.resume_sync(str(fresh.uuid4()), timeout=None)
    for ref in workers:
        send(ref, {"stop", "now", "please"})  # a set: its order differs from process to process
    ends = [type(receive(match=lambda message: isinstance(message, Down)).reason).__name__ for _ in workers]
    return f"{type(outcome).__name__} {' '.join(ends)} {random.random()}"


FAULTS = Faults(crashes=0.02, kills=0.01, cancels=0.01, delays=0.1, early=0.05)


def shown() -> str:
    """What a process shows of some simulations."""
    traces = [simulate(seed, rich, faults=FAULTS) for seed in range(1, 13)]
    return "\n\n".join(f"{trace}\n{trace.value} after {trace.seconds}" for trace in traces) + "\n"


def test_the_same_seed_gives_the_same_schedule_in_every_process() -> None:
    program = "from tests.testing.test_simulation import shown; print(shown(), end='')"
    seen = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "77")
    ]
    assert seen[0] == seen[1] == shown()


def test_the_schedule_is_the_golden_one_on_every_machine() -> None:
    if os.environ.get("GOLDEN") == "write":
        Path(GOLDEN).write_text(shown(), encoding="utf-8")
    assert shown() == GOLDEN.read_text(encoding="utf-8")
    text = GOLDEN.read_text(encoding="utf-8")
    for kind in ("crashes", "is killed", "is cancelled", "is delayed", "is early"):
        assert kind in text, f"no seed injects: {kind}"


def test_the_decisions_of_a_trace_do_the_same_again() -> None:
    for seed in SEEDS:
        trace = simulate(seed, rich, faults=FAULTS)
        assert simulate(Script(*trace.decisions, seed=seed), rich, faults=FAULTS).steps == trace.steps


def racers() -> tuple[int, ...]:
    boss = current()
    for number in range(3):
        spawn(lambda number=number: send(boss, number))  # type: ignore[misc]  # bound now
    return tuple(receive() for _ in range(3))


def test_every_order_of_ready_actors_occurs_and_an_empty_script_is_the_ordinary_one() -> None:
    assert len({simulate(seed, racers).value for seed in range(200)}) == 6
    assert simulate(Script(), racers).value == (0, 1, 2)


def timed() -> tuple[float, str]:
    began = monotonic()
    run = AsyncComputation.start(clock.sleep, 3600.0, deadline=1800.0)
    try:
        run.result(timeout=600.0)
    except LegTimeoutError:
        pass
    with pytest.raises(TimeoutError):
        receive(timeout=0.5, match=lambda _: False)
    clock.sleep(100.0)
    outcome = run.wait()
    return monotonic() - began, type(outcome).__name__


def test_clock_sleep_timeouts_and_deadlines_go_by_virtual_time() -> None:
    began = time.monotonic()
    assert simulate(7, timed).value == (1800.0, "Cancelled")
    assert time.monotonic() - began < 5.0


def test_afterwards_the_thread_has_its_scheduler_hub_and_time_again() -> None:
    hub, state = gevent.get_hub(), random.getstate()
    simulate(1, rich)
    assert gevent.get_hub() is hub
    assert random.getstate() == state
    assert monotonic() == pytest.approx(time.monotonic(), abs=1.0)
    assert AsyncComputation.start(lambda: fresh.uuid4().version).result() == 4
    assert live_actors() == []


def test_nothing_is_logged_and_the_next_dead_letter_is(capsys: pytest.CaptureFixture[str]) -> None:
    def letters() -> None:
        dead = spawn(lambda: None)
        clock.sleep(1e9)
        send(dead, "simulated")

    simulate(1, letters)
    assert capsys.readouterr() == ("", "")
    dead = spawn(lambda: None)
    settle()
    send(dead, "real")
    assert "dead letter" in "".join(capsys.readouterr())  # wherever the log is written


def gevent_program() -> list[str]:
    event, seen = gevent.event.Event(), list[str]()

    def greenlet() -> None:
        gevent.sleep(50)
        seen.append("slept")
        event.set()

    gevent.spawn(greenlet)
    event.wait()
    with pytest.raises(gevent.Timeout), gevent.Timeout(20):
        receive()
    return seen


def test_gevents_own_sleeps_events_and_timeouts_are_simulated() -> None:
    trace = simulate(3, gevent_program)
    assert (trace.value, trace.seconds) == (["slept"], 70.0)


def waits_for_a_socket() -> None:
    left, right = socket.socketpair()
    with left, right:
        gevent.socket.wait_read(left.fileno())


def asks_for_a_thread() -> None:
    gevent.get_hub().threadpool.spawn(len, "abc")


def swallows() -> None:
    try:
        asks_for_a_thread()
    except RuntimeError:
        receive()


@pytest.mark.parametrize(
    ("program", "named"),
    [(waits_for_a_socket, "a socket or a file"), (asks_for_a_thread, "offload"), (swallows, "offload")],
    ids=["socket", "thread pool", "swallowed"],
)
def test_what_waits_for_the_real_world_is_refused_by_name(program: Callable[[], None], named: str) -> None:
    with pytest.raises(UnsimulatedError, match=named):
        simulate(1, program)


def test_a_deadlock_says_who_waits_for_what() -> None:
    def patient() -> None:
        run = AsyncComputation.start(wizard)
        spawn(receive)
        run.result()

    with pytest.raises(DeadlockError) as caught:
        simulate(1, patient)
    text = str(caught.value)
    assert "program#1 waits for 'the next outcome'" in text
    assert "receive#3 waits for a message" in text
    assert "wizard#2 waits for" in text


def test_an_endless_program_is_stopped() -> None:
    def endless() -> None:
        while True:
            clock.sleep(1.0)

    with pytest.raises(StepLimitError, match="has not ended after 500 steps"):
        simulate(1, endless, steps=500)
    assert live_actors() == []


def test_a_failure_carries_seed_and_schedule() -> None:
    def failing(number: int) -> None:
        spawn(lambda: None)
        clock.sleep(2.0)
        raise ValueError(number)

    with pytest.raises(ValueError, match="5") as caught:
        simulate(42, failing, 5)
    call, schedule = caught.value.__notes__
    assert "simulate(42, " in call
    assert "2.000000  program#1 goes on: its time is over" in schedule


def test_a_crash_that_nobody_watches_fails_the_simulation_and_an_injected_one_does_not() -> None:
    def careless(error: bool) -> None:
        spawn(lambda: 1 // 0 if error else clock.sleep(1.0), link=False)
        clock.sleep(2.0)

    with pytest.raises(ZeroDivisionError):
        simulate(1, careless, True)
    traces = [simulate(seed, careless, False, faults=Faults(crashes=0.3)) for seed in SEEDS]
    assert any("crashes" in str(trace) for trace in traces)


def test_leftovers_fail_the_simulation_unless_allowed() -> None:
    left: list[str] = []

    def server() -> None:
        try:
            receive()
        finally:
            left.append("left")

    def careless() -> None:
        spawn(server)
        clock.sleep(1.0)

    with pytest.raises(LeftoverError, match=r"server#2; end them .* or allow it: leftovers=True") as caught:
        simulate(Script(), careless)
    assert left == ["left"]
    assert caught.value.left[0].endswith("server#2")
    with pytest.raises(LeftoverError, match="server#2"):
        explore(careless, runs=1)
    explore(careless, runs=3, leftovers=True)
    (name,) = simulate(1, careless, leftovers=True).left
    assert name.endswith("server#2")


def reasons() -> list[object]:
    refs = [spawn(clock.sleep, 10.0, link=False, monitor=True) for _ in range(3)]
    return [receive().reason for _ in refs]


def test_crashes_and_kills_reach_those_who_watch() -> None:
    seen = [reason for seed in SEEDS for reason in simulate(seed, reasons, faults=Faults(crashes=0.1, kills=0.1)).value]
    assert any(isinstance(reason, Crash) and isinstance(reason.error, InjectedError) for reason in seen)
    assert any(isinstance(reason, Killed) for reason in seen)


def asked() -> object:
    return AsyncComputation.start_sync(ask, Prompt("q"), timeout=None)[0].cancel_sync("ours", timeout=None)


def test_cancels_reach_runs_with_a_reason_of_their_own() -> None:
    seen = {simulate(seed, asked, faults=Faults(cancels=0.3)).value for seed in SEEDS}
    assert seen == {Cancelled("injected"), Cancelled("ours")}


def impatient() -> str:
    boss = current()
    spawn(lambda: send(boss, "here"))
    try:
        message: str = receive(timeout=1.0)
    except TimeoutError:
        return "late " + str(receive())
    return message


def test_delays_and_early_timers_make_timeouts_happen() -> None:
    for faults in (Faults(delays=0.3), Faults(early=0.3)):
        assert {simulate(seed, impatient, faults=faults).value for seed in SEEDS} == {"here", "late here"}
    assert {simulate(seed, impatient).value for seed in SEEDS} == {"here"}


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="whole number"):
        simulate("1", racers)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"crashes=2"):
        Faults(crashes=2)
    with pytest.raises(ValueError, match="runs=0"):
        explore(racers, runs=0)
    with pytest.raises(RuntimeError, match="inside an actor"):
        simulate(1, lambda: simulate(1, racers))


def ordered() -> None:
    assert racers() != (2, 1, 0)


def test_explore_raises_the_simplest_failure_found() -> None:
    with pytest.raises(AssertionError) as caught:
        explore(ordered, runs=200)
    found = re.search(r"its simplest form: simulate\(Script\(([\d, ]*?)(?:, seed=(\d+))?\)", caught.value.__notes__[2])
    assert found is not None
    script = Script(*map(int, found[1].split(",")), seed=int(found[2] or 0))
    assert simulate(script, racers).value == (2, 1, 0)
    assert sum(decision > 0 for decision in script.decisions) <= 3


@given(simulations())
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_hypothesis_draws_the_schedule(decisions: Decisions) -> None:
    assert sorted(simulate(decisions, racers).value) == [0, 1, 2]


def test_hypothesis_finds_and_shrinks_an_order() -> None:
    found: list[Decisions] = []

    @given(simulations())
    @settings(deadline=None, max_examples=300, database=None, derandomize=True)
    def never_backwards(decisions: Decisions) -> None:
        found.append(decisions)
        simulate(decisions, ordered)

    with pytest.raises(AssertionError):
        never_backwards()
    trace: Trace[tuple[int, ...]] = simulate(found[-1], racers)
    assert trace.value == (2, 1, 0)
