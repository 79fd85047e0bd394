"""The error gallery: code that raises each error of `actors.errors`; `python -m examples.errors` writes docs/errors.md.

With a name it runs that one and prints what was raised: each runs in a process of its own, so that none disturbs another.
"""

# ruff: noqa: D103  each snippet is shown under the error that it raises

import inspect
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import gevent

from actors import AsyncComputation, Op, Prompt, Suspend, ask, current, errors, perform, receive, send, spawn
from actors.runtime import Crash, Down, Registry, background, give_way, monitor, register, set_limits, watchdog
from actors.server import Call, NoReply, Request, Server, call, reply
from examples import store_errors, supervisor_errors, testing_errors

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "errors.md"
BEGIN = """# Errors

Each error of `actors.errors`, with code that raises it and its message. All derive from `ActorsError`. This page is made by
running [examples/errors.py](../examples/errors.py): `make docs`. The errors of supervisors come
[after them](#errors-of-supervisors), those of `actors.testing` [last](#errors-of-testing).
"""
SUPERVISORS = """
# Errors of supervisors

They stand in `supervisors.errors`, derive from `SupervisorError` and have the child's id as `child_id`; only `SpecError`
derives from `ActorsError` itself.
"""
TESTING = """
# Errors of testing

They stand in `actors.testing`; see [testing.md](testing.md). What a simulation raises has seed and schedule as notes.
"""


class Translate(Op[str]):
    """An operation for which nobody has a handler."""

    text: str


class Tell(Request[str]):
    """A request that servers below answer badly."""

    how: str = ""


def call_itself() -> None:
    call(current(), Tell())


class Odd(Server):
    """A server that does not reply, replies twice, calls itself, or crashes."""

    def handle_call(self, request: object, call: Call) -> object:
        """Do as the request says."""
        match request:
            case Tell("never"):
                return NoReply()
            case Tell("twice"):
                reply(call, "once")
                reply(call, "again")
            case Tell("itself"):
                call_itself()
            case _:
                raise ValueError("no way to answer that")
        return NoReply()


class Slow(Server):
    """A server that is never ready."""

    def init(self) -> None:
        """Wait for what never comes."""
        receive()


def ask_twice() -> tuple[str, str]:
    return ask(Prompt("name")), ask(Prompt("email"))


def busy() -> None:
    until = time.monotonic() + 5.0
    while time.monotonic() < until:
        pass


def raise_reason(down: object) -> None:
    """Raise the error that an actor crashed with."""
    match down:
        case Down(_, _, Crash(error)):
            raise error
        case _:
            raise AssertionError(down)


def no_handler() -> None:
    perform(Translate("hello"))


def not_suspended() -> None:
    runner = AsyncComputation.start(ask_twice)  # its body has not begun
    runner.resume("Ada")


def finished() -> None:
    runner, _ = AsyncComputation.start_sync(lambda: 7)
    runner.resume("Ada")


def stale_token() -> None:
    runner, suspend = AsyncComputation.start_sync(ask_twice)
    assert isinstance(suspend, Suspend)
    runner.resume_sync("Ada")
    suspend.resume("Ada again")


def leg_timeout() -> None:
    AsyncComputation.start_sync(gevent.sleep, 60.0, timeout=0)


def cancelled() -> None:
    runner = AsyncComputation.start(ask_twice)
    runner.cancel("user left")
    runner.result()


def linked_exit() -> None:
    spawn(int, "seven")
    receive()


def no_such_actor() -> None:
    ended = spawn(give_way, link=False)
    give_way()
    give_way()
    monitor(ended)
    raise_reason(receive())


def name_taken() -> None:
    register("printer", spawn(receive))
    register("printer", spawn(receive))


def key_taken() -> None:
    desks = Registry(name="desks")
    desks.register("till", ref=spawn(receive))
    desks.register("till", ref=spawn(receive))


def not_registered() -> None:
    Registry(unique=False).update("news", str.upper)


def deadlock() -> None:
    AsyncComputation.start(ask_twice).result()  # nobody answers


def mailbox_full() -> None:
    slow = spawn(gevent.sleep, 60.0, mailbox=2)
    for number in range(3):
        send(slow, number, timeout=0)


def closed() -> None:
    thread = background()
    thread.close()
    spawn(print, "never", on=thread)


def thread_held() -> None:
    with watchdog(0.02, interrupt=0.04):
        spawn(busy, link=False, monitor=True)
        raise_reason(receive())


def too_many_actors() -> None:
    set_limits(max_actors=1)
    for _ in range(10_000):
        spawn(receive, link=False, monitor=True)
    raise_reason(receive())


def server_exited() -> None:
    call(Server.start(Odd, link=False), Tell("wrong"))


def call_timeout() -> None:
    call(Server.start(Odd, link=False), Tell("never"), timeout=0.01)


def start_timeout() -> None:
    Server.start(Slow, link=False, timeout=0.01)


def calling_self() -> None:
    server = Server.start(Odd, link=False)
    monitor(server)
    try:
        call(server, Tell("itself"))
    except errors.ServerExitedError:
        raise_reason(receive())


def already_replied() -> None:
    server = Server.start(Odd, link=False)
    monitor(server)
    call(server, Tell("twice"))
    raise_reason(receive())


GALLERY: dict[type[Exception], Callable[[], None]] = {
    errors.NoHandlerError: no_handler,
    errors.NotSuspendedError: not_suspended,
    errors.FinishedError: finished,
    errors.StaleTokenError: stale_token,
    errors.LegTimeoutError: leg_timeout,
    errors.CancelledError: cancelled,
    errors.NoSuchActorError: no_such_actor,
    errors.LinkedExitError: linked_exit,
    errors.NameTakenError: name_taken,
    errors.KeyTakenError: key_taken,
    errors.NotRegisteredError: not_registered,
    errors.DeadlockError: deadlock,
    errors.MailboxFullError: mailbox_full,
    errors.ThreadHeldError: thread_held,
    errors.TooManyActorsError: too_many_actors,
    errors.ServerExitedError: server_exited,
    errors.CallTimeoutError: call_timeout,
    errors.StartTimeoutError: start_timeout,
    errors.CallingSelfError: calling_self,
    errors.AlreadyRepliedError: already_replied,
    errors.ClosedError: closed,
    **store_errors.GALLERY,
}


def raised_by(snippet: Callable[[], None]) -> str:
    """Return type and message of what a snippet raises, without what differs from one run to the next."""
    try:
        snippet()
    except Exception as error:
        lines = [f"{type(error).__name__}: {error}"]
        if isinstance(error, errors.LinkedExitError) and error.__cause__ is not None:
            lines.append(f"caused by {type(error.__cause__).__name__}: {error.__cause__}")
        without_addresses = re.sub(r"0x[0-9a-f]+", "0x…", "\n".join(lines))
        return re.sub(r"<greenlet\.greenlet object [^>]*>", "<the main greenlet>", without_addresses)
    raise AssertionError(f"{snippet.__name__} raised nothing")


def in_process(snippet: Callable[[], None]) -> str:
    """Return what a snippet raises in a process of its own."""
    module = "examples.errors" if snippet.__module__ == __name__ else snippet.__module__
    command = [sys.executable, "-m", module, snippet.__name__]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


def section(error: type[Exception], snippet: Callable[[], None]) -> str:
    """Return a section of the page."""
    what = (inspect.getdoc(error) or "").splitlines()[0]
    code = inspect.getsource(snippet).strip()
    return f"\n## {error.__name__}\n\n{what}\n\n```python\n{code}\n```\n\n```text\n{in_process(snippet)}\n```\n"


def page() -> str:
    """Return the whole page, made by running everything on it."""
    parts = [(BEGIN, GALLERY), (SUPERVISORS, supervisor_errors.GALLERY), (TESTING, testing_errors.GALLERY)]
    return "".join(begin + "".join(map(section, errors, errors.values())) for begin, errors in parts)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(raised_by(globals()[sys.argv[1]]))
    else:
        PAGE.write_text(page(), encoding="utf-8")
