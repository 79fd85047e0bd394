"""Ends that are no ordinary completion: exits, chains of errors, handler stacks that are none, SIGTERM."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.console.command import COMMAND, PATIENCE, in_pipe

ODD = """
import sys
from actors import Prompt, ask

def leaves(): sys.exit(3)
def breaks_off(): raise KeyboardInterrupt
def fine(): return 1

def chained():
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("no such user") from error

def grouped(): raise ExceptionGroup("two failed", [ValueError("one"), KeyError("two")])

def forgot(): yield
def nothing(): return None
def breaks(): raise OSError("no database")

def careful():
    print("ready", flush=True)
    try:
        return ask(Prompt("name", "Who are you?"))
    finally:
        print("cleaned up", flush=True)
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder that holds the module `odd`."""
    (tmp_path / "odd.py").write_text(ODD, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("name", "error", "code"), [("leaves", "SystemExit", 3), ("breaks_off", "KeyboardInterrupt", 130)])
def test_an_exit_out_of_the_computation_is_an_event_too(odd: Path, name: str, error: str, code: int) -> None:
    done = in_pipe(odd, "run", "--json", f"odd:{name}")
    (event,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, event["event"], event["error"]["type"]) == (code, "throw", error)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("forgot", "--handlers odd:forgot: it is a generator function; decorate it with @contextmanager"),
        ("nothing", "--handlers odd:nothing: it returned None, which is no context manager"),
        ("breaks", "--handlers odd:breaks: it raised OSError: no database (odd.py:"),
    ],
)
def test_a_handler_stack_that_is_none_is_told_in_one_line(odd: Path, name: str, message: str) -> None:
    done = in_pipe(odd, "run", "--handlers", f"odd:{name}", "odd:fine")
    assert message in done.stderr
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_the_errors_behind_an_error_are_shown_in_short(odd: Path) -> None:
    shown = in_pipe(odd, "run", "odd:chained").stderr
    assert "caused by KeyError: 'missing' (odd.py:" in shown
    assert "--debug shows the traceback" in shown
    shown = in_pipe(odd, "run", "odd:grouped").stderr
    assert "  - ValueError: one" in shown
    assert "  - KeyError: 'two'" in shown


def test_sigterm_cancels_with_clean_up(odd: Path) -> None:
    command = [*COMMAND, "run", "odd:careful"]
    with subprocess.Popen(command, cwd=odd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        started.send_signal(signal.SIGTERM)
        assert started.wait(PATIENCE) == 143
        assert "cleaned up" in started.stdout.read()
