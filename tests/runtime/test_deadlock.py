"""Waits that can never end: who waits for what is said, in a process of its own, since one thread only may be there."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.structure.sources import ROOT

PROGRAM = """
import json
from gevent.exceptions import LoopExit
from actors import AsyncComputation, Prompt, ask, receive, send, spawn
from actors.errors import ActorsError, DeadlockError
from actors.runtime import current
from actors.server import NoReply, Server, call

class Silent(Server):
    def handle_call(self, request, call):
        return NoReply()

def call_silent():
    call(Server.start(Silent, link=False), "hello", timeout=None)

def send_to_full():
    full = spawn(lambda: AsyncComputation.start_sync(ask, Prompt("q"), timeout=None)[0].wait(), mailbox=1, link=False)
    send(full, 1)
    send(full, 2)

def answered():
    runner, outcome = AsyncComputation.start_sync(lambda: (ask(Prompt("q")), wait_for_ever()))
    runner.resume_sync("a", timeout=None)

def wait_for_ever():
    AsyncComputation.start_sync(ask, Prompt("inner"))[0].wait()

CASES = {
    "receive": receive,
    "match": lambda: (send(current(), "other"), receive(match=lambda message: message == "mine")),
    "wait": lambda: AsyncComputation.start_sync(ask, Prompt("q"))[0].wait(),
    "result": lambda: AsyncComputation.start(ask, Prompt("q")).result(),
    "start_sync": lambda: AsyncComputation.start_sync(wait_for_ever, timeout=None),
    "resume_sync": answered,
    "call": call_silent,
    "send": send_to_full,
}
me, said = current(), {}
for name, case in CASES.items():
    try:
        case()
    except LoopExit as error:
        own = isinstance(error, DeadlockError) and isinstance(error, ActorsError)
        said[name] = {"own": own, "text": str(error), "who": own and error.who is me}
    # It goes on as before: the same actor can wait again, and be woken.
    spawn(lambda: send(me, "woken"), link=False)
    said[name]["after"] = receive(60.0, match=lambda message: message == "woken")
print(json.dumps(said))
"""

WAITS = {
    "receive": "a message (receive)",
    "match": "a message (receive)",
    "wait": "an outcome of <AsyncComputation ask",
    "result": "an outcome of <AsyncComputation ask",
    "start_sync": "an outcome of <AsyncComputation wait_for_ever",
    "resume_sync": "an outcome of <AsyncComputation",
    "call": "the reply of <Actor Silent",
    "send": "room in the mailbox of <Bounded",
}


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert not done.returncode, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_that_nobody_can_end_says_who_waits_for_what(name: str, said: dict[str, Any]) -> None:
    text = said[name]["text"]
    assert said[name]["own"]
    assert said[name]["who"]
    assert WAITS[name] in text
    assert "no other actor, timer or thread is left" in text
    assert "timeout=" in text
    assert said[name]["after"] == "woken"


def test_it_says_who_else_waits_and_for_what(said: dict[str, Any]) -> None:
    others = said["start_sync"]["text"].partition("Others that wait:")[2]
    assert "<AsyncComputation wait_for_ever" in others
    assert "for the next outcome" in others
    assert "<AsyncComputation ask suspended" in others
    assert "for its answer" in others
    assert "Others that wait" not in said["receive"]["text"]
