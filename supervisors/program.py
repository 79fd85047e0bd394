"""An application as a program of its own: signals, what it says on stderr, and its exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import gevent

from actors.exits import Crash, Killed, Shutdown
from actors.runtime import send, spawn
from actors.runtime.interrupts import interrupts
from supervisors.errors import GaveUp, StartError
from supervisors.guardian import StopNow, Stopper, Tree, dismiss_stopper, stop
from supervisors.handle import ended
from supervisors.stopping import Path

# Exit codes.
ORDERLY: Final = 0
FAILED: Final = 1
SOME_KILLED: Final = 3  # 2 is how Python's own command lines say that they were called wrongly
SIGNALLED: Final = 128


def run(tree: Tree, start: Callable[[], object]) -> int:
    """Be the program: start a tree, stop it at a signal, wait for its end, and return the exit code.

    Raises:
        RuntimeError: not in the main thread.
        SystemExit, KeyboardInterrupt: raised in an actor of this thread; the tree has been stopped in order.
    """
    refuse_other_threads()
    tree.stopper = spawn(Stopper(tree, say), link=False)
    try:
        with kept_awake(), stopped_by_signals(tree):
            try:
                start()
                assert tree.guardian is not None
                ended(tree.guardian, None)
            except Exception as error:
                return not_started(tree, error)
            except BaseException:
                stop(tree, "an error that ends the program")
                raise
        return how_it_ended(tree)
    finally:
        dismiss_stopper(tree)


@contextmanager
def kept_awake() -> Generator[None]:
    """Within the block, wait for signals though nothing else may happen any more."""
    watcher = gevent.get_hub().loop.async_()
    watcher.start(bool)
    try:
        yield
    finally:
        watcher.stop()
        watcher.close()


@contextmanager
def stopped_by_signals(tree: Tree) -> Generator[None]:
    """Within the block, the first SIGINT or SIGTERM stops in order, the second kills, the third leaves at once."""
    loop = gevent.get_hub().loop
    stopper, left = tree.stopper, 1
    assert stopper is not None

    def wanted(number: int) -> StopNow:
        return StopNow(signal.Signals(number).name)

    def again(number: int) -> None:
        nonlocal left
        if left == 0:  # something holds the thread, and nobody else will do it
            os.write(2, f"greenlet-actors: application {tree.name!r} leaves at once\n".encode())
            os._exit(SIGNALLED + number)
        left -= 1
        loop.run_callback_threadsafe(send, stopper, wanted(number))

    with interrupts(stopper, wanted, again):
        yield


def refuse_other_threads() -> None:
    """Refuse a thread that cannot take signals.

    Raises:
        RuntimeError: it is one.
    """
    try:
        signal.set_wakeup_fd(signal.set_wakeup_fd(-1), warn_on_full_buffer=False)
    except ValueError:
        raise RuntimeError(
            "run() takes signals, which only the main thread can; elsewhere use start() and stop()"
        ) from None


def say(text: str) -> None:
    """Say something to whoever runs the program."""
    sys.stderr.write(f"greenlet-actors: {text}\n")
    sys.stderr.flush()


def how_it_ended(tree: Tree) -> int:
    """Say how it ended, where that is no matter of course; return the exit code."""
    if tree.killed:
        say(f"application {tree.name!r} stopped; {why_killed(tree)}")
        return SOME_KILLED
    if tree.order is not None:
        return ORDERLY
    match tree.reason:
        case Shutdown(detail=GaveUp() as why):
            say(f"application {tree.name!r} gave up: {why}")
        case Crash(error):
            say(f"application {tree.name!r} ended: {type(error).__name__}: {error}")
        case Killed() | None:
            say(f"application {tree.name!r} ended: it was killed")
        case _:
            return ORDERLY
    return FAILED


def why_killed(tree: Tree) -> str:
    """Say who was killed, and why."""
    late, forced = tree.killed_by_cause()
    said = [f"killed, because they did not leave in time: {listed(late)}"] if late else []
    if forced:
        assert tree.order is not None
        assert tree.order.limit.forced is not None
        said.append(f"killed at the second signal, {tree.order.limit.forced[1]} s after the first: {listed(forced)}")
    return "; ".join(said)


def not_started(tree: Tree, error: Exception) -> int:
    """Say which child did not start, and why; return the exit code."""
    if tree.order is not None:
        return how_it_ended(tree)
    path, cause = failure(error)
    child = f"child {shown(path)!r}: " if path else ""
    say(f"application {tree.name!r} did not start: {child}{type(cause).__name__}: {cause}")
    return FAILED


def failure(error: BaseException) -> tuple[Path, BaseException]:
    """Return which child did not start, from the top, and what kept it from that."""
    path: Path = ()
    while isinstance(error, StartError):
        path = (*path, error.child_id)
        error = error.reason
    return path, error


def listed(paths: tuple[Path, ...]) -> str:
    """Return the places of children, for people to read."""
    return ", ".join(shown(path) for path in paths)


def shown(path: Path) -> str:
    """Return the place of a child, for people to read."""
    return " > ".join(child if isinstance(child, str) else repr(child) for child in path) or "the whole tree"
