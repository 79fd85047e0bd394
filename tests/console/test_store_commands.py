"""`actors runs`, `log`, `resume`, `cancel`, `check` and `replay`, on a file that some process holds, or none."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from actors.console.stores import beside
from tests.console.command import at_terminal, conversation, ended, in_pipe
from tests.console.test_kept import WIZARD, created, events, run

CHOOSING = """
from enum import Enum
from actors import Question, ask
from actors.codec import stored

@stored("kept.Plan")
class Plan(Enum):
    FREE = 1
    PRO = 2

class AskPlan(Question[Plan]):
    prompt: str = "Which plan?"
    options: tuple[Plan, ...] = tuple(Plan)

def choosing():
    return ask(AskPlan())

class AskNumber(Question[int]):
    prompt: str = "How many?"
    def parse(self, answer): return int(answer)

def counting():
    return ask(AskNumber()) * 2

def careful():
    try:
        ask(AskNumber())
    finally:
        create("left")
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "kept.py").write_text(WIZARD + CHOOSING, encoding="utf-8")
    return tmp_path


def tell(place: Path, *words: str) -> Any:
    return in_pipe(place, *words, "--store", "runs.db")


def test_runs_lists_what_a_store_holds(place: Path) -> None:
    run(place, "wizard", "--id", "done", answers="Ada\nTurin\n")
    run(place, "choosing", "--id", "open")
    table = tell(place, "runs").stdout.splitlines()
    assert table[0].split() == ["run", "computation", "status", "since", "waits", "for"]
    assert table[1].startswith("done  wizard")
    assert "Hello Ada 3 from Turin" in table[1]
    assert table[2].startswith("open  choosing")
    assert table[2].endswith("Which plan?")


def test_runs_of_one_status_as_json(place: Path) -> None:
    run(place, "wizard", "--id", "done", answers="Ada\nTurin\n")
    run(place, "choosing", "--id", "open")
    (one,) = map(json.loads, tell(place, "runs", "--json", "--status", "suspended").stdout.splitlines())
    assert (one["id"], one["name"], one["status"], one["prompt"]) == ("open", "choosing", "suspended", "Which plan?")
    assert one["question"] == "AskPlan(prompt='Which plan?', options=(Plan.FREE, Plan.PRO))"  # and nothing was imported
    refused = tell(place, "runs", "--status", "lost")
    assert refused.returncode == 2
    assert "'lost' is not one of" in refused.stderr


def test_log_shows_each_row(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\n")
    lines = [line.split(maxsplit=3) for line in tell(place, "log", "one").stdout.splitlines()[1:]]
    assert lines == [
        ["0", "0", "start", "Prompt(name='name', text='')"],
        ["1", "0", "answer", "'Ada'"],
        ["2", "1", "start", "create('Ada')"],
        ["3", "1", "answer", "3"],
        ["4", "2", "start", "Prompt(name='city', text='')"],
    ]


def test_a_store_is_looked_at_and_answered_beside_the_process_that_runs_it(place: Path) -> None:
    with conversation(place, "run", "kept:wizard", "--store", "runs.db", "--id", "one", "--json") as child:
        told = events(child)
        assert next(told)["prompt"] == "name"
        assert "suspended" in tell(place, "runs").stdout
        answered = tell(place, "resume", "one", "Ada")
        assert (answered.returncode, answered.stdout) == (0, "the answer was taken by run one\n")
        assert [event["event"] for event in (next(told), next(told))] == ["withdrawn", "suspend"]
        cancelled = tell(place, "cancel", "one", "--reason", "enough")
        assert cancelled.stdout == "the cancel was taken by run one\n"
        assert next(event for event in told if event["event"] == "cancelled")["reason"] == "enough"
    assert child.returncode == 1
    assert created(place) == ["Ada"]


def test_what_is_posted_while_nobody_runs_the_file_is_taken_when_a_process_opens_it(place: Path) -> None:
    run(place, "wizard", "--id", "one")
    posted = tell(place, "resume", "one", "Ada")
    assert (posted.returncode, posted.stdout) == (
        0,
        "the answer is in the inbox of run one; nobody runs runs.db now: it is taken when a process opens it\n",
    )
    with conversation(place, "run", "kept:wizard", "--store", "runs.db", "--id", "one", "--json") as child:
        prompts = (event["prompt"] for event in events(child) if event["event"] == "suspend")
        assert "city" in prompts
        child.kill()
    assert created(place) == ["Ada"]


def test_an_option_may_be_given_by_its_number_although_its_class_is_not_known_here(place: Path) -> None:
    with conversation(place, "run", "kept:choosing", "--store", "runs.db", "--id", "one", "--json") as child:
        told = events(child)
        assert next(told)["event"] == "suspend"
        assert tell(place, "resume", "one", "2").returncode == 0
        assert list(told)[-1] == {"event": "completed", "value": "PRO"}


def test_a_refused_answer_leaves_the_question_open(place: Path) -> None:
    with conversation(place, "run", "kept:counting", "--store", "runs.db", "--id", "one", "--json") as child:
        told = events(child)
        assert next(told)["event"] == "suspend"
        refused = tell(place, "resume", "one", "many")
        assert refused.returncode == 1
        assert "the answer was refused; the question is still open" in refused.stderr
        assert tell(place, "resume", "one", "21", "--json").returncode == 0
        assert list(told)[-1] == {"event": "completed", "value": 42}


def test_what_cannot_be_done_is_said(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\nTurin\n")
    for words, code, why in [
        (("runs", "--store", "nowhere.db"), 2, "actors runs: there is no store nowhere.db"),
        (("runs", "--store", "kept.py"), 2, "kept.py is no SQLite database"),
        (("log", "two", "--store", "runs.db"), 2, "actors log: runs.db has no run 'two'"),
        (("resume", "two", "x", "--store", "runs.db"), 2, "runs.db has no run 'two'"),
        (("resume", "one", "x", "--store", "runs.db"), 1, "run 'one' asks nothing now; it is finished"),
        (("cancel", "one", "--store", "runs.db"), 1, "run 'one' has ended already"),
        (("check", "kept:missing", "--store", "runs.db"), 2, "has no 'missing'"),
        (("check", "kept:LAMBDA", "--store", "runs.db"), 2, "has no name of its own"),
        (("replay", "nowhere.json", "kept:wizard"), 2, "nowhere.json cannot be read"),
        (("replay", "kept.py", "kept:wizard"), 2, "this is no log that `actors log ID --json` wrote"),
    ]:
        done = in_pipe(place, *words)
        assert (done.returncode, why in done.stderr) == (code, True), (words, done.stderr)


def test_a_value_that_is_no_json_is_refused(place: Path) -> None:
    run(place, "counting", "--id", "one")
    refused = tell(place, "resume", "one", "{", "--json")
    assert refused.returncode == 2
    assert "'{' is no JSON" in refused.stderr
    with beside(str(place / "runs.db")) as store:
        assert store.inbox("one") == []


@pytest.mark.sentence("D14")
def test_check_shows_the_runs_that_the_code_would_not_meet_again(place: Path) -> None:
    for id_ in ("one", "two"):
        run(place, "wizard", "--id", id_, answers="Ada\n")
    fits = tell(place, "check", "kept:wizard")
    assert (fits.returncode, fits.stdout) == (0, "0 of 2 runs of wizard would diverge\n")
    (place / "kept.py").write_text(WIZARD.replace("= create(name)", "= create(name + '!')"), encoding="utf-8")
    differs = tell(place, "check", "kept:wizard")
    assert differs.returncode == 1
    assert differs.stdout.splitlines() == [
        "run one of wizard at 1",
        "- create('Ada')",
        "+ create('Ada!')",
        "run two of wizard at 1",
        "- create('Ada')",
        "+ create('Ada!')",
        "2 of 2 runs of wizard would diverge",
    ]
    assert created(place) == ["Ada", "Ada"]


def test_check_disturbs_nobody_who_holds_the_file(place: Path) -> None:
    with conversation(place, "run", "kept:wizard", "--store", "runs.db", "--id", "one", "--json") as child:
        assert next(events(child))["prompt"] == "name"
        assert tell(place, "check", "kept:wizard").returncode == 0
        child.kill()


def test_replay_steps_through_a_log_and_performs_nothing(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\n")
    (place / "log.json").write_text(tell(place, "log", "one", "--json").stdout, encoding="utf-8")
    (place / "created").unlink()
    done = in_pipe(place, "replay", "log.json", "kept:wizard")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "0  Prompt(name='name', text='') → 'Ada'",
            "1  create('Ada') → 3",
            "2  Prompt(name='city', text='')",
            "the log ends here; next is Prompt(name='city', text='')",
        ],
    )
    assert not (place / "created").exists()
    (place / "kept.py").write_text(WIZARD.replace("= create(name)", "= create(name + '!')"), encoding="utf-8")
    differs = in_pipe(place, "replay", "log.json", "kept:wizard")
    assert differs.returncode == 1
    assert differs.stdout.endswith("at 1 the log holds create('Ada'), but the code asks for create('Ada!')\n")


def test_replay_comes_to_the_end_of_a_finished_run(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\nTurin\n")
    (place / "log.json").write_text(tell(place, "log", "one", "--json").stdout, encoding="utf-8")
    done = in_pipe(place, "replay", "log.json", "kept:wizard")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "the code has come to its end, and so has the log")


def test_the_debugger_stops_in_the_users_code_where_the_log_ends(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\n")
    (place / "log.json").write_text(tell(place, "log", "one", "--json").stdout, encoding="utf-8")
    child = at_terminal(place, "replay", "log.json", "kept:wizard", "--pdb")
    child.expect_exact("wizard()")
    child.expect_exact("(Pdb)")
    child.sendline("p (name, number)")
    child.expect_exact("('Ada', 3)")
    child.sendline("q")
    assert ended(child)[0] == 0


def test_the_debugger_stops_in_the_users_code_where_code_and_log_differ(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\n")
    (place / "log.json").write_text(tell(place, "log", "one", "--json").stdout, encoding="utf-8")
    (place / "kept.py").write_text(WIZARD.replace("= create(name)", "= create(name + '!')"), encoding="utf-8")
    child = at_terminal(place, "replay", "log.json", "kept:wizard", "--pdb")
    child.expect_exact("wizard()")
    child.sendline("p name + '?'")
    child.expect_exact("'Ada?'")
    child.sendline("q")
    assert ended(child)[0] == 1


@pytest.mark.sentence("D12")
def test_verify_tells_what_is_damaged(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\n")
    whole = tell(place, "verify")
    assert (whole.returncode, whole.stdout) == (0, "0 faults in runs.db\n")
    with sqlite3.connect(place / "runs.db") as other:
        other.execute("UPDATE entry SET payload = x'00' WHERE seq = 1")
    other.close()
    damaged = tell(place, "verify")
    assert damaged.returncode == 1
    assert damaged.stdout.startswith("run 'one': entry 1 of run 'one' in runs.db is damaged")
    assert damaged.stdout.endswith("1 fault in runs.db\n")
