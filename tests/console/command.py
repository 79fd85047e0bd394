"""The command `actors` as a process of its own: fed by a pipe, a file, or a person at a terminal."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pexpect

from tests.structure.sources import ROOT

COMMAND = [sys.executable, "-m", "actors.console"]
PATIENCE = 60  # seconds, for a machine with other things to do

# A module of a user; each test runs one of its functions.
MODULE = """
import os
import sys
import signal
import gevent.event
from enum import Enum
from actors import Prompt, Question, ask, notify, parallel, race
from actors.effects import Progress, clock

class Plan(Enum):
    FREE = "free of charge"
    PRO = "pro"

class AskPlan(Question[Plan]):
    prompt: str = "Which plan?"
    options: tuple[Plan, ...] = tuple(Plan)

class AskNumber(Question[int]):
    prompt: str = "How many?"
    def parse(self, answer): return int(answer)

class AskBadly(Question[int]):
    prompt: str = "What?"
    def parse(self, answer): return {}[answer]

def greet(greeting="Hello"):
    return f"{greeting}, {ask(Prompt('name', 'Who are you?'))}!"

def plan(): return ask(AskPlan())
def number(): return ask(AskNumber()) * 2
def badly(): return ask(AskBadly())
def nothing(): return None
def prints(): print("printed"); return 1

def careful():
    try:
        return ask(Prompt("name", "Who are you?"))
    finally:
        clock.sleep(0.001)
        print("cleaned up", file=sys.stderr, flush=True)

def stubborn():
    try:
        return ask(Prompt("name", "Who are you?"))
    finally:
        clock.sleep(1000)
        print("cleaned up", file=sys.stderr, flush=True)

def busy():
    import signal
    handler = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, lambda *args: (handler(*args), os.write(1, b"noticed")))
    print("begun", flush=True)
    while True: pass

def fails(): return inner({})
def inner(table): return table["missing"]

def leaves(): sys.exit(7)

def stuck(): gevent.event.Event().wait()

def beside():
    def other():
        clock.sleep(0.001)
        notify("went on")
    return parallel(lambda: ask(Prompt("name", "Who are you?")), other)[0]

def impatient():
    try:
        ask(Prompt("first", "First?"), timeout=0.001)
    except TimeoutError:
        return "second: " + ask(Prompt("second", "Second?"))

def gives_up():
    try:
        ask(Prompt("first", "First?"), timeout=0.001)
    except TimeoutError:
        return "gave up"

def signalled(number):
    came = gevent.event.Event()
    gevent.signal_handler(number, came.set)
    return came

def overtaken():
    came = signalled(signal.SIGUSR1)
    race(lambda: ask(Prompt("first", "First?")), lambda: came.wait(1000))
    return "second: " + ask(Prompt("second", "Second?"))

def busy_meanwhile():
    came, more = signalled(signal.SIGUSR1), signalled(signal.SIGUSR2)
    race(lambda: ask(Prompt("first", "First?")), lambda: came.wait(1000))
    print("overtaken", flush=True)
    more.wait(1000)
    return "second: " + ask(Prompt("second", "Second?"))

def complains():
    from actors.console.loading import NotRunnable
    raise NotRunnable("of its own")

def steps():
    for n in range(1, 4):
        notify(Progress(n, 3, "working"))
    notify("a remark")
"""


def environment(folder: Path) -> dict[str, str]:
    """The variables of this process, with the repository to import from and no colours asked for or refused."""
    kept = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "NO_COLOR", "COLUMNS"}}
    return kept | {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", "TERM": "xterm", "PYTHONUNBUFFERED": ""}


def in_pipe(folder: Path, *words: str, answers: str = "") -> "subprocess.CompletedProcess[str]":
    """Run `actors` in a folder to its end, with these answers in a pipe."""
    return process(folder, [*COMMAND, *words], answers)


def in_shell(folder: Path, *words: str, redirection: str) -> "subprocess.CompletedProcess[str]":
    """Run `actors` in a folder to its end, with its standard input as the shell's `redirection` says."""
    return process(folder, ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *words])


def process(folder: Path, command: list[str], answers: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder to its end."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        input=answers,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def conversation(folder: Path, *words: str) -> "Generator[subprocess.Popen[str]]":
    """Start `actors` in a folder with pipes that the block reads and writes as it goes; too slow, it is killed."""
    command = [*COMMAND, *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environment(folder), stdin=pipe, stdout=pipe, text=True) as child:
        timer = Timer(PATIENCE, child.kill)  # what is read comes to an end then, and the test fails
        timer.start()
        try:
            yield child
            child.wait()
        finally:
            timer.cancel()
            child.kill()


def at_terminal(folder: Path, *words: str) -> "pexpect.spawn[str]":
    """Start `actors` in a folder at a terminal of its own."""
    return pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *words],
        cwd=str(folder),
        env=environment(folder),
        timeout=PATIENCE,
        encoding="utf-8",
        dimensions=(24, 100),
    )


def ended(child: "pexpect.spawn[str]") -> tuple[int | None, str]:
    """Read to the end; return the exit code and what was read."""
    child.expect(pexpect.EOF)
    read = str(child.before)
    child.close()
    return child.exitstatus, read
