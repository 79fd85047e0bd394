"""Memory: flat over very many wizards, nothing for the cyclic collector; a hundred thousand suspended at once.

Each in a process of its own, so that what other tests left behind does not count.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WIZARDS = """
import gc
from actors import AsyncComputation, Completed, Prompt, ask

def wizard():
    return ask(Prompt("a")), ask(Prompt("b")), ask(Prompt("c"))

def crash():
    ask(Prompt("a"))
    raise ValueError

def kilobytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

kept = []

def owner():
    for number in range(WIZARDS):
        runner, _ = AsyncComputation.start_sync(crash if number % 50 == 49 else wizard)
        if number % 50 == 49:
            runner.resume_sync("1")
        elif CANCEL:
            runner.cancel_sync()
        else:
            runner.resume_sync("1")
            runner.resume_sync("2")
            assert runner.resume_sync("3") == Completed(("1", "2", "3"))
        LEAK
        del runner
        if number == WIZARDS // 10:
            gc.collect()
            gc.disable()
            before.append(kilobytes())

before = []
run = AsyncComputation.start(owner)
run.result()
print(kilobytes() - before[0], gc.collect())
"""

SUSPENDED = """
from actors import AsyncComputation, Cancelled, Prompt, Suspend, ask, receive

left = 0

def wizard():
    global left
    try:
        ask(Prompt("a"))
    finally:
        left += 1

runners = [AsyncComputation.start(wizard) for _ in range(COUNT)]
assert all(isinstance(receive(60.0).outcome, Suspend) for _ in runners)
assert left == 0
assert {runner.state for runner in runners} == {"suspended"}
for runner in runners:
    runner.cancel("enough")
assert all(receive(60.0).outcome == Cancelled("enough") for _ in runners)
print(sum(runner.state == "finished" for runner in runners), left)
"""


def output(program: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [int(number) for number in done.stdout.split()]


def growth_and_garbage(wizards: int, leak: str = "pass", *, cancel: bool = False) -> tuple[int, int]:
    program = WIZARDS.replace("WIZARDS", str(wizards)).replace("LEAK", leak).replace("CANCEL", str(cancel))
    growth, garbage = output(program)
    return growth, garbage


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory in use from /proc")
def test_memory_is_flat_from_20_000_to_200_000_wizards_and_nothing_is_left_for_the_collector() -> None:
    growth, garbage = growth_and_garbage(200_000)
    assert growth < 2048
    assert garbage == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory in use from /proc")
def test_control_a_leak_of_one_object_a_wizard_is_noticed() -> None:
    growth, _ = growth_and_garbage(50_000, leak="kept.append((runner, [number]))")
    assert growth > 2048


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory in use from /proc")
def test_cancelled_wizards_leave_nothing_for_the_collector_either() -> None:
    growth, garbage = growth_and_garbage(20_000, cancel=True)
    assert growth < 2048
    assert garbage == 0


def test_control_a_cycle_is_noticed() -> None:
    _, garbage = growth_and_garbage(1_000, leak="cycle = []; cycle.append(cycle)")
    assert garbage >= 800


@pytest.mark.sentence("R10", "C5")
def test_100_000_suspended_runs_are_all_cancelled_and_each_leaves_its_scope_once() -> None:
    assert output(SUSPENDED.replace("COUNT", "100_000")) == [100_000, 100_000]
