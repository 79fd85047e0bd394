"""SIGTERM: the application stops in order, its runs are unloaded, and go on in the next process."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from actors.durable import SqliteStore
from tests.console.command import PATIENCE
from tests.durable.runs.test_killed import Shop

pytestmark = pytest.mark.sentence("D10")


class Program(Shop):
    """The program, in a process of its own, and what it said."""

    def __init__(self, store: Path, *more: str) -> None:
        command = [sys.executable, "-m", "tests.durable.runs.terminated", str(store), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.said = []
        self.rest = b""

    def terminate_after(self, *lines: str) -> list[str]:
        """Tell it to end once it has said all these, and return all it said, sorted."""
        left = set(lines)

        def enough(line: str) -> bool:
            left.discard(line)
            return not left

        self.read(enough)
        self.process.send_signal(signal.SIGTERM)
        self.read(lambda _: False)
        assert self.process.wait(PATIENCE) == 0
        self.process.stdout.close()  # type: ignore[union-attr]  # it is a pipe
        return sorted(self.said)


@pytest.mark.parametrize("how", ["SIGTERM", "kill -9"])
def test_runs_that_wait_sleep_and_work_go_on_after_the_end_of_their_process(tmp_path: Path, how: str) -> None:
    """The control is a process that was killed: there nothing is left in order, and all goes on as well."""
    store = tmp_path / "runs.db"
    first = Program(store)
    if how == "SIGTERM":
        said = first.terminate_after("ready", "works running:0")
        assert [line for line in said if line.startswith("left")] == ["left running", "left sleeping", "left suspended"]
    else:
        first.read(lambda line: line == "ready")
        first.process.kill()
        first.read(lambda _: False)
        first.process.wait(PATIENCE)
        first.process.stdout.close()  # type: ignore[union-attr]  # it is a pipe
        assert [line for line in first.said if line.startswith("left")] == []
    with SqliteStore.beside(store) as beside:
        kept = {row.id: row.status for row in beside.list()}
    assert kept == {"suspended": "suspended", "sleeping": "sleeping", "running": "running"}
    done = [f"heard {run} Completed {value}" for run, value in AGAIN.items()]
    said = Program(store, "again").terminate_after(*done)
    assert [line for line in said if "Completed" in line] == sorted(done)
    assert said.count("works running:0") == 1


AGAIN = {"suspended": "answered", "sleeping": "awake", "running": "done"}
