"""Programs of their own that are read line by line, and sent signals."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from tests.structure.sources import ROOT

PATIENCE = 60.0  # seconds, for a machine with other things to do

HEAD = """
import os, signal, sys
from functools import partial
import gevent
from actors import receive, send, spawn
from actors.runtime import ActorExit, background, statistics, trap_exits
from actors.server import Server
from supervisors import Application, ChildSpec, Intensity, Supervisor

def say(*words):
    print(*words, flush=True)

def polite(name):
    say("started", name)
    try:
        receive()
    finally:
        say("left", name)

def deaf(name):
    say("started", name)
    try:
        receive()
    finally:
        gevent.sleep(1000)

def child(name, body=polite, **options):
    return ChildSpec(name, partial(spawn, body, name), **options)

def nested(name, *children, **options):
    return ChildSpec(name, partial(Supervisor.start, children, **options))

class Slow(Server):
    def init(self):
        say("begun")
        gevent.sleep(1000)

def slow(name):
    return ChildSpec(name, partial(Server.start, Slow, timeout=None))

def broken():
    raise ConnectionRefusedError(111, "nobody listens")
"""
PATCHED = "from gevent import monkey; monkey.patch_all()\n"


class Program:
    """A program that runs."""

    def __init__(self, *command: str, folder: Path = ROOT) -> None:
        """Start it; if it takes too long, it is killed."""
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        self.timer = threading.Timer(PATIENCE, self.process.kill)
        self.timer.start()
        self.lines: list[str] = []

    def until(self, wanted: str) -> str:
        """Read lines until one begins so, and return the rest of it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if self.lines[-1].startswith(wanted):
                return self.lines[-1].removeprefix(wanted)
        raise AssertionError(f"no line begins with {wanted!r}: {self.lines}, {self.end()}")

    def complaint(self, wanted: str = "") -> str:
        """Read its errors up to a line that has this in it; return what follows there."""
        assert self.process.stderr is not None
        said: list[str] = []
        for line in self.process.stderr:
            said.append(line)
            if wanted in line:
                return line.rstrip("\n").partition(wanted)[2] if wanted else line.rstrip("\n")
        raise AssertionError(f"no line has {wanted!r} in it: {''.join(said)}")

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> tuple[int, list[str], str]:
        """Wait for its end; return its code, the lines that were not read yet, and its errors."""
        # Not `communicate`, which would not see what the lines that were read have brought into the buffers.
        out, errors = self.process.stdout, self.process.stderr
        assert out is not None
        assert errors is not None
        with ThreadPoolExecutor(1) as beside:
            complaints = beside.submit(errors.read)
            lines = out.read().splitlines()
        return self.process.wait(), lines, complaints.result()


@contextmanager
def program(source: str, patched: bool = False) -> Generator[Program]:
    """Start a program."""
    with started("-c", (PATCHED if patched else "") + HEAD + dedent(source)) as running:
        yield running


@contextmanager
def started(*command: str, folder: Path = ROOT) -> Generator[Program]:
    """Start Python with these arguments."""
    running = Program(*command, folder=folder)
    try:
        yield running
    finally:
        running.timer.cancel()
        running.process.kill()
        running.process.communicate()
