"""The exit of the interpreter, a fork and a Ctrl-C, each in a process of its own, unpatched and patched."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]

HEAD = """
import os, signal, sys, threading
from actors import AsyncComputation, Completed, Prompt, Suspend, ask, receive, send, spawn
from actors.effects import clock
from actors.runtime import ClosedError, background, close, current, kill, statistics
from actors.runtime.remote import remotely
from actors.server import Server, call

def cleaning(name):
    try:
        ask(Prompt(name))
    finally:
        clock.sleep(0.001)
        print("left", name, flush=True)

class Echo(Server):
    def handle_call(self, request, call):
        return request
"""

PATCHED = "from gevent import monkey\nmonkey.patch_all()\n"


def run(program: str, patched: bool = False) -> tuple[int, list[str], str]:
    """Run a program in a process of its own: its exit code, the lines that it printed, and its errors."""
    source = (PATCHED if patched else "") + HEAD + dedent(program)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


both = pytest.mark.parametrize("patched", [False, True], ids=["unpatched", "patched"])


@pytest.mark.sentence("T2", "T5")
@both
def test_every_finally_runs_at_exit_in_both_threads(patched: bool) -> None:
    code, lines, errors = run(
        """
        here, _ = AsyncComputation.start_sync(cleaning, "here")
        there, _ = AsyncComputation.start_sync(cleaning, "there", on=background())
        spawn(receive, on=background())
        print("end of the program", flush=True)
        """,
        patched,
    )
    assert (code, lines, errors) == (0, ["end of the program", "left there", "left here"], "")


@pytest.mark.sentence("T2")
@pytest.mark.parametrize(("end", "code"), [("sys.exit(3)", 3), ("raise LookupError('on purpose')", 1)])
def test_an_exit_code_and_an_error_are_kept(end: str, code: int) -> None:
    found, lines, errors = run(
        f"""
        AsyncComputation.start_sync(cleaning, "there", on=background())
        {end}
        """
    )
    assert (found, lines) == (code, ["left there"])
    assert ("on purpose" in errors) is (code == 1)


@pytest.mark.sentence("T2", "A6")
def test_a_plain_threads_end_and_the_exit_leave_nothing() -> None:
    code, lines, errors = run(
        """
        def plain():
            runner, outcome = AsyncComputation.start_sync(cleaning, "plain", on=background())
            print(runner.resume_sync(1), flush=True)
            AsyncComputation.start_sync(cleaning, "owned", on=background())

        thread = threading.Thread(target=plain)
        thread.start()
        thread.join()
        """
    )
    assert (code, lines, errors) == (0, ["left plain", "Completed(value=None)", "left owned"], "")


@pytest.mark.sentence("T2")
@both
def test_a_child_of_a_fork_has_a_background_thread_of_its_own(patched: bool) -> None:
    fork = "gevent.os.fork()" if patched else "os.fork()"
    code, lines, errors = run(
        f"""
        import gevent, gevent.os
        before = background()
        server = Server.start(Echo, on=before, link=False)
        runner, _ = AsyncComputation.start_sync(cleaning, "parent", on=before, link=False)
        child = {fork}
        if child == 0:
            if {not patched}:
                gevent.reinit()
            for what in (lambda: call(server, 1), lambda: spawn(receive, on=before), lambda: runner.resume_sync(1)):
                try:
                    what()
                except Exception as error:
                    print(type(error).__name__, flush=True)
            print(background() is not before, call(Server.start(Echo, on=background(), link=False), 2), flush=True)
            AsyncComputation.start_sync(cleaning, "child", on=background(), link=False)
            sys.exit(7)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), call(server, 3), flush=True)
        """,
        patched,
    )
    assert code == 0, errors
    assert "Traceback" not in errors
    assert lines == ["ServerExitedError", "ClosedError", "FinishedError", "True 2", "left child", "7 3", "left parent"]


@pytest.mark.sentence("T2")
def test_a_fork_before_there_is_a_background_thread_changes_nothing() -> None:
    code, lines, errors = run(
        """
        import gevent
        child = os.fork()
        if child == 0:
            gevent.reinit()
        outcome = AsyncComputation.start_sync(lambda: 1, on=background())[1]
        os.write(1, f"{outcome}\\n".encode())  # whole: two processes write
        if child == 0:
            sys.exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        """
    )
    assert (code, lines, errors) == (0, ["Completed(value=1)", "Completed(value=1)", "0"], "")


@pytest.mark.sentence("T2")
@both
def test_ctrl_c_while_the_main_thread_waits_for_another_raises_there(patched: bool) -> None:
    code, lines, errors = run(
        """
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background

        def held():
            answer = ask(Prompt("q"))
            os.kill(os.getpid(), signal.SIGINT)
            clock.sleep(1000.0)

        runner, _ = AsyncComputation.start_sync(held, on=background())
        try:
            runner.resume_sync(1, timeout=None)
        except KeyboardInterrupt:
            print("interrupted", runner.state, flush=True)
        print(runner.cancel_sync("enough"), flush=True)
        """,
        patched,
    )
    assert (code, lines) == (0, ["interrupted running", "Cancelled(reason='enough', error=None, killed=False)"]), errors


@pytest.mark.sentence("T2", "R3")
def test_sys_exit_in_an_actor_of_the_background_thread_ends_neither_thread() -> None:
    code, lines, errors = run(
        """
        runner, outcome = AsyncComputation.start_sync(sys.exit, 5, on=background())
        print(outcome, flush=True)
        print(AsyncComputation.start_sync(lambda: 1, on=background())[1], flush=True)
        """
    )
    assert (code, lines) == (0, ["Throw(error=SystemExit(5))", "Completed(value=1)"])
    assert "background thread" in errors


@pytest.mark.sentence("T2", "T5")
@both
def test_a_wait_begun_before_there_was_another_thread_is_woken_by_it(patched: bool) -> None:
    code, lines, errors = run(
        """
        import gevent

        def begin():
            spawn(lambda: send(me, "woken"), link=False, on=background())

        me = current()
        gevent.spawn(begin)
        print(receive(), flush=True)
        """,
        patched,
    )
    assert (code, lines, errors) == (0, ["woken"], "")
