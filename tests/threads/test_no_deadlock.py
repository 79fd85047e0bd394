"""A wait for somebody who waits for another thread is no deadlock, though the hub has nothing else to do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.structure.sources import ROOT

PROGRAM = """
import sys
import gevent
from actors import AsyncComputation, spawn, receive
from actors.errors import CallTimeoutError, ServerExitedError
from actors.runtime import background
from actors.runtime.scheduler import scheduler_here
from actors.server import NoReply, Server, call
from supervisors import ChildSpec, Supervisor

thread = background()

def slow():
    try:
        receive()
    finally:
        gevent.sleep(0.05)  # so long the first thread has nothing to do

def from_there():
    spawn(gevent.sleep, 0.05, on=thread, link=False, monitor=True)
    receive()
    return "there"

def call_there():
    return call(Server.start(Asks, on=thread), "hello", None)

class Asks(Server):
    def handle_call(self, request, call):
        return from_there()

class Silent(Server):  # one that asked the other thread would find it closed, where the program ends first
    def handle_call(self, request, call):
        return NoReply()

def stopped(shutdown):
    spec = ChildSpec("a", lambda: spawn(slow, on=thread), shutdown=shutdown, start_timeout=None)
    root = Supervisor.start([spec])
    root.stop()
    return root.ref.alive

def refused():
    server, raised = Server.start(Silent, on=thread, link=False), []
    for asked, wanted in ((lambda: call(server, 1, 0), CallTimeoutError), (lambda: call("nobody", 1), ServerExitedError)):
        try:
            asked()
        except wanted:
            raised.append(wanted.__name__)
    return raised

CASES = {
    "call": lambda: call(Server.start(Asks), "hello", None),
    "call elsewhere": call_there,
    "run": lambda: AsyncComputation.start_sync(call_there, timeout=None)[1].value,
    "stop": lambda: stopped(None),
    "kill": lambda: stopped(0),
    "refused": refused,
}
print(CASES[sys.argv[1]](), scheduler_here().inbox.holders, scheduler_here().inbox.watcher)
"""


@pytest.mark.sentence("T1", "S11")
@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("call", "there"),
        ("call elsewhere", "there"),
        ("run", "there"),
        ("stop", "False"),
        ("kill", "False"),
        ("refused", "['CallTimeoutError', 'ServerExitedError']"),
    ],
)
def test_who_waits_for_one_that_waits_for_another_thread_is_not_deadlocked(case: str, said: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, case], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    assert (result.stdout.strip(), result.stderr[-800:]) == (f"{said} 0 None", "")
