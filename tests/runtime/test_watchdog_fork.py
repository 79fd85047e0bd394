"""A fork while the watchdog runs: the child's is off, nothing hangs, and a new one can be started there."""

import os
import subprocess
import sys

import pytest

from tests.structure.sources import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")

PROGRAM = """
import os, time
from actors import receive, spawn, telemetry
from actors.runtime import watchdog

def held_until_reported():
    seen = []
    stop = telemetry.subscribe(lambda event, data: seen.append(event))
    def body():
        until = time.monotonic() + 20
        while "thread held" not in seen and time.monotonic() < until:
            pass
    spawn(body, link=False, monitor=True)
    receive()
    stop()
    return "thread held" in seen

dog = watchdog(0.02)
assert held_until_reported()
child = os.fork()
if child == 0:
    code = 1
    try:
        before = dog.alive
        waits = dog._ended.locked()  # what `stop` waits for, and nobody would release
        dog.stop()
        with watchdog(0.02) as mine:
            seen = held_until_reported()
            alive = mine.alive
        print("child:", before, waits, seen, alive, mine.alive, flush=True)
        code = 0
    finally:
        os._exit(code)
_, status = os.waitpid(child, 0)
print("parent:", status, dog.alive, held_until_reported(), flush=True)
dog.stop()
print("parent:", dog.alive)
"""


@pytest.mark.sentence("A14")
def test_in_the_child_of_a_fork_a_watchdog_is_off_and_stopping_it_does_not_wait() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("child:", "parent:"))]
    assert lines == ["child: False False True True False", "parent: 0 True True", "parent: False"], done.stderr
