"""Whole durable wizards on SQLite, 256 at once; beside them a state machine that commits each step, on the hub."""

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import gevent

from actors import Prompt, ask, spawn
from actors.durable import DurableRuns, SqliteStore
from benchmarks.inside import in_actor, until_ended
from benchmarks.subject import AtMost, Subject, clock

AT_ONCE = 256
ANSWERS = ("Ada", "ada@example.com", "yes")
QUESTIONS = (Prompt("name"), Prompt("email"), Prompt("agree"))


def wizard() -> tuple[str, ...]:
    """Ask three questions."""
    return tuple(ask(question) for question in QUESTIONS)


def driven(runs: DurableRuns) -> None:
    """Start a wizard, and answer its questions."""
    run = runs.start(wizard)
    run.wait(60.0)
    for answer in ANSWERS[:-1]:
        run.resume_sync(answer, timeout=60.0)
    outcome = run.resume_sync(ANSWERS[-1], timeout=60.0)
    assert outcome.value == ANSWERS


def ours(n: int) -> float:
    """Every driver drives its share of the wizards."""
    each = max(1, n // AT_ONCE)

    def drive(runs: DurableRuns) -> None:
        for _ in range(each):
            driven(runs)

    def owner() -> float:
        with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "runs.db") as store:
            runs = DurableRuns(store, [wizard], retention=None)
            start = clock()
            until_ended([spawn(drive, runs) for _ in range(AT_ONCE)])
            seconds = clock() - start
            runs.close()
        return seconds / (each * AT_ONCE)

    return in_actor(owner)


def theirs(n: int) -> float:
    """Each step is a row that is updated and committed."""
    each = max(1, n // AT_ONCE)
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(str(Path(folder) / "runs.db"), isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE wizard (id TEXT PRIMARY KEY, step INTEGER, name TEXT, email TEXT, agree TEXT)")

        def drive(number: int) -> None:
            for turn in range(each):
                name = f"{number}:{turn}"
                database.execute("INSERT INTO wizard (id, step) VALUES (?, 0)", (name,))
                for step, (field, answer) in enumerate(zip(("name", "email", "agree"), ANSWERS, strict=True)):
                    gevent.sleep(0)
                    database.execute(f"UPDATE wizard SET step = ?, {field} = ? WHERE id = ?", (step + 1, answer, name))

        start = clock()
        at_once: Any = [gevent.spawn(drive, number) for number in range(AT_ONCE)]
        gevent.joinall(at_once, raise_error=True)
        seconds = clock() - start
        (count,) = database.execute("SELECT count(*) FROM wizard WHERE step = 3").fetchone()
        assert count == each * AT_ONCE
        database.close()
    return seconds / (each * AT_ONCE)


SUBJECT = Subject(
    name="durable_wizard",
    works={"ours": ours, "baseline": lambda n: theirs(n // 4)},
    target=AtMost(166.7, 111.1),
    count=AT_ONCE * 8,
    quick=AT_ONCE,
)
