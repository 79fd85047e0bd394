import subprocess
import sys

import pytest

from tests.structure.sources import ROOT

WIZARD = """
from actors import AsyncComputation, Completed, Prompt, ask, current, receive, send, spawn
from actors.effects import clock

def wizard():
    first = ask(Prompt("first", "first?"))
    clock.sleep(0.001)
    second = ask(Prompt("second", "second?"))
    return first + second

def converse():
    runner, outcome = AsyncComputation.start_sync(wizard)
    assert outcome.value.name == "first", outcome
    outcome = runner.resume_sync(1)
    assert outcome.value.name == "second", outcome
    outcome = runner.resume_sync(2)
    assert outcome == Completed(3), outcome
    me = current()
    ref = spawn(lambda: send(me, receive() + 1))
    send(ref, 1)
    assert receive(5.0) == 2
    try:
        receive(0.001)
    except TimeoutError:
        return
    raise AssertionError("no TimeoutError")

import threading
converse()
threads = [threading.Thread(target=converse) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join(20.0)
assert not any(thread.is_alive() for thread in threads)
print("done")
"""

UNTOUCHED = """
import socket, ssl, subprocess, threading, time, os, select, queue, signal, _thread, builtins
modules = (socket, ssl, subprocess, threading, time, os, select, queue, signal, _thread, builtins)
before = [dict(vars(module)) for module in modules]
import actors, actors.runtime, actors.computation, actors.effects, actors.testing
actors.spawn(lambda: None)
actors.runtime.give_way()
import gevent.monkey
assert not gevent.monkey.saved, gevent.monkey.saved
for module, names in zip(modules, before):
    changed = {name for name, value in names.items() if vars(module)[name] is not value}
    assert not changed - {"_"}, (module, changed)
print("done")
"""


def run_program(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.sentence("T5")
def test_the_library_patches_nothing() -> None:
    result = run_program(UNTOUCHED)
    assert (result.stdout, result.stderr) == ("done\n", "")


@pytest.mark.sentence("T5")
def test_the_library_works_unpatched() -> None:
    result = run_program(WIZARD)
    assert (result.stdout, result.stderr) == ("done\n", "")


@pytest.mark.sentence("T5")
def test_the_library_works_when_the_program_was_patched_before_the_import() -> None:
    result = run_program("from gevent import monkey; monkey.patch_all()\n" + WIZARD)
    assert (result.stdout, result.stderr) == ("done\n", "")


@pytest.mark.sentence("T5")
def test_the_library_works_when_the_program_is_patched_after_the_import() -> None:
    imports = "import actors, actors.runtime, actors.computation, actors.effects\n"
    result = run_program(imports + "from gevent import monkey; monkey.patch_all()\n" + WIZARD)
    assert (result.stdout, result.stderr) == ("done\n", "")


@pytest.mark.sentence("T5")
def test_the_library_works_when_the_program_is_patched_after_the_first_actor() -> None:
    begin = "import actors, actors.runtime\nactors.spawn(lambda: None)\nactors.runtime.give_way()\n"
    result = run_program(begin + "from gevent import monkey; monkey.patch_all()\n" + WIZARD)
    assert (result.stdout, result.stderr) == ("done\n", "")


EXITS = """
from actors.runtime import receive, spawn
def body():
    raise {error}
ref = spawn(body, link=False, monitor=True)
try:
    receive(match=lambda _: False)
finally:
    print("left")
"""


def test_system_exit_in_an_actor_ends_the_program_with_its_code() -> None:
    result = run_program(EXITS.format(error="SystemExit(7)"))
    assert (result.returncode, result.stdout, result.stderr) == (7, "left\n", "")


def test_keyboard_interrupt_in_an_actor_ends_the_program() -> None:
    result = run_program(EXITS.format(error="KeyboardInterrupt"))
    assert result.returncode != 0
    assert result.stdout == "left\n"
    assert "KeyboardInterrupt" in result.stderr


def test_a_program_that_waits_for_nothing_is_told_so() -> None:
    result = run_program("from actors.runtime import receive\nreceive()")
    assert "DeadlockError: <actor of " in result.stderr
