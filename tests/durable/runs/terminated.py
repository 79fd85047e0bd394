"""A program that is told to end: `python -m tests.durable.runs.terminated STORE`. One run waits, one sleeps, one works."""

import sys
from functools import partial

from actors import Prompt, Suspend, ask, receive, spawn
from actors.durable import DurableRuns, SqliteStore, current_operation
from actors.effects import clock, operation
from supervisors import Application, ChildSpec
from tests.durable.runs.shop import say


@operation
def work(what: str) -> str:
    say("works", current_operation().key)
    if not again:
        clock.sleep(1000.0)
    return what


def suspended() -> str:
    try:
        return ask(Prompt("a"))
    finally:
        say("left", "suspended")


def sleeping() -> str:
    try:
        clock.sleep(2.0)
    finally:
        say("left", "sleeping")
    return "awake"


def running() -> str:
    try:
        return work("done")
    finally:
        say("left", "running")


BODIES = (suspended, sleeping, running)
again = False


def drive(runs: DurableRuns) -> None:
    for fn in BODIES:
        runs.start_or_attach(fn, id=fn.__name__)
    if again:
        runs.resume("suspended", "answered")
    while True:
        event = receive()
        say("heard", event.runner.id, type(event.outcome).__name__, getattr(event.outcome, "value", ""))
        if isinstance(event.outcome, Suspend) and not again:
            say("ready")


def begun(store: SqliteStore) -> DurableRuns:
    runs = DurableRuns(store, BODIES, poll=0.05)
    spawn(drive, runs)
    return runs


if __name__ == "__main__":
    again = len(sys.argv) > 2
    with SqliteStore(sys.argv[1]) as kept:
        sys.exit(Application([ChildSpec("runs", partial(begun, kept))], name="terminated", stop_timeout=10.0).run())
