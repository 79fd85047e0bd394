"""`actors run --store`: the run stays in its file, whatever becomes of the process."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.console.run import SIGNALLED
from actors.console.stores import beside
from tests.console.command import COMMAND, at_terminal, conversation, in_pipe, process
from tests.console.test_piped import stream

# Each creation is a line of a file.
WIZARD = """
import os
from contextlib import contextmanager
from pathlib import Path
from actors import Prompt, Question, ask, operation
from actors.effects import reader

@operation
def create(name):
    with Path("created").open("a") as file:
        file.write(f"{name}\\n")
    return len(name)

def wizard(greeting="Hello"):
    name = ask(Prompt("name"))
    number = create(name)
    city = ask(Prompt("city"))
    return f"{greeting} {name} {number} from {city}"

def fails():
    ask(Prompt("name"))
    return {}["missing"]

def dies(name="x"):
    create(name)
    os.kill(os.getpid(), 9)

def other():
    return 1

class Odd(Question[int]):
    prompt: str = "What?"
    def parse(self, answer): return {"1": 1}[answer]

def odd():
    return ask(Odd())

def none():
    return 7

@contextmanager
def shouting():
    with reader.reading("loud", name=str):
        yield

def tells():
    ask(Prompt("name"))
    return reader.get(str)

LAMBDA = lambda: 1
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "kept.py").write_text(WIZARD, encoding="utf-8")
    return tmp_path


def run(place: Path, what: str, *words: str, answers: str = "") -> Any:
    return in_pipe(place, "run", f"kept:{what}", "--store", "runs.db", *words, answers=answers)


def created(place: Path) -> list[str]:
    return (place / "created").read_text(encoding="utf-8").splitlines()


def events(child: Any) -> Iterator[dict[str, Any]]:
    """The events that a run tells as lines of JSON."""
    for line in stream(child.stdout):
        yield json.loads(line)


def say(child: Any, line: str) -> None:
    """Answer a question."""
    stdin = stream(child.stdin)
    stdin.write(line + "\n")
    stdin.flush()


@pytest.mark.sentence("D2", "D3", "D5")
def test_a_run_whose_process_was_killed_between_two_questions_goes_on_with_the_next(place: Path) -> None:
    words = ("run", "kept:wizard", "--store", "runs.db", "--id", "one", "--json")
    with conversation(place, *words) as child:
        told = events(child)
        assert next(told)["prompt"] == "name"
        say(child, "Ada")
        assert next(told)["prompt"] == "city"
        child.kill()
        assert child.wait() == -signal.SIGKILL
    with conversation(place, *words) as child:
        told = events(child)
        assert next(told)["prompt"] == "city"
        say(child, "Turin")
        assert next(told) == {"event": "completed", "value": "Hello Ada 3 from Turin"}
    assert created(place) == ["Ada"]


def test_killed_before_the_first_answer_the_same_question_is_put_again(place: Path) -> None:
    words = ("run", "kept:wizard", "--store", "runs.db", "--id", "one", "--json")
    for _ in range(2):
        with conversation(place, *words) as child:
            assert next(events(child))["prompt"] == "name"
            child.kill()
    assert run(place, "wizard", "--id", "one", answers="Ada\nTurin\n").returncode == 0
    assert created(place) == ["Ada"]


def test_a_finished_run_tells_again_what_it_came_to(place: Path) -> None:
    first = run(place, "wizard", "--id", "one", answers="Ada\nTurin\n")
    again = run(place, "wizard", "--id", "one")
    assert (first.returncode, again.returncode) == (0, 0)
    assert again.stdout == "Hello Ada 3 from Turin\n"
    assert created(place) == ["Ada"]


def test_a_run_that_failed_fails_again_without_being_run(place: Path) -> None:
    first, again = (run(place, "fails", "--id", "one", answers="x\n") for _ in range(2))
    assert (first.returncode, again.returncode) == (1, 1)
    assert "KeyError: 'missing'" in again.stderr


def test_the_end_of_the_input_leaves_the_run_as_it_is(place: Path) -> None:
    left = run(place, "wizard", "--id", "one", answers="Ada\n")
    assert left.returncode == 1
    assert left.stderr.splitlines() == [
        "run one begins in runs.db",
        "the input ended while this question was open: city",
    ]
    done = run(place, "wizard", "--id", "one", answers="Turin\n")
    assert (done.returncode, done.stderr) == (0, "run one goes on in runs.db\n")


def test_ctrl_c_leaves_the_run_as_it_is(place: Path) -> None:
    child = at_terminal(place, "run", "kept:wizard", "--store", "runs.db", "--id", "one")
    child.expect("name")
    child.sendintr()
    child.expect("interrupted: the run stays in its store")
    child.expect_exact("\n")
    child.wait()
    child.close()
    assert child.exitstatus == SIGNALLED + signal.SIGINT
    assert run(place, "wizard", "--id", "one", answers="Ada\nTurin\n").returncode == 0


def test_without_an_id_the_run_that_has_not_ended_goes_on_and_then_a_new_one_begins(place: Path) -> None:
    run(place, "wizard", answers="Ada\n")
    assert run(place, "wizard", answers="Turin\n").stdout.endswith("Hello Ada 3 from Turin\n")
    assert run(place, "wizard", answers="Bob\n").returncode == 1
    assert run(place, "wizard", "Hi", answers="Cyd\nRome\n").stdout.endswith("Hi Cyd 3 from Rome\n")  # another call
    assert run(place, "wizard", answers="Bonn\n").stdout.endswith("Hello Bob 3 from Bonn\n")
    assert created(place) == ["Ada", "Bob", "Cyd"]


def test_a_run_whose_code_has_changed_is_set_aside_and_tries_again_when_the_code_fits(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\n")
    module = place / "kept.py"
    module.write_text(WIZARD.replace("create(name)\n    city", "create(name + '!')\n    city"), encoding="utf-8")
    done = run(place, "wizard", "--id", "one", answers="Turin\n")
    assert done.returncode == 1
    assert "at 1 the log holds create('Ada'), but the code asks for create('Ada!')" in done.stderr
    module.write_text(WIZARD, encoding="utf-8")
    done = run(place, "wizard", "--id", "one")
    assert "run one was set aside" in done.stderr
    assert (done.returncode, done.stdout) == (0, "Hello Ada 3 from Turin\n")
    assert created(place) == ["Ada"]


def test_a_run_of_another_call_is_refused(place: Path) -> None:
    run(place, "wizard", "--id", "one", answers="Ada\n")
    other = run(place, "other", "--id", "one")
    assert (other.returncode, other.stderr) == (
        2,
        "actors run: run 'one' is one of wizard, and not of other; give another --id\n",
    )
    args = run(place, "wizard", "Hi", "--id", "one")
    assert args.returncode == 2
    assert "was started with the arguments [], and not with ['Hi']" in args.stderr


def test_runs_of_other_computations_in_the_file_are_left_alone(place: Path) -> None:
    died = run(place, "dies", "--id", "one")
    assert died.returncode == -signal.SIGKILL
    assert run(place, "other", "--id", "two").returncode == 0
    with beside(str(place / "runs.db")) as store:
        assert [(row.id, row.status) for row in store.list()] == [("one", "running"), ("two", "finished")]


def test_an_answer_that_cannot_be_parsed_leaves_the_question_open(place: Path) -> None:
    failed = run(place, "odd", "--id", "one", answers="2\n")
    assert failed.returncode == 1
    assert "this answer cannot be parsed: KeyError: '2'" in failed.stderr
    assert run(place, "odd", "--id", "one", answers="1\n").stdout.endswith("1\n")


def test_a_file_that_another_process_holds_is_refused(place: Path) -> None:
    with conversation(place, "run", "kept:wizard", "--store", "runs.db", "--json") as child:
        assert next(events(child))["prompt"] == "name"
        other = run(place, "other")
        assert other.returncode == 2
        assert f"actors run: runs.db is held by process {child.pid}" in other.stderr
        child.kill()


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("nowhere/runs.db", "there is no folder 'nowhere' for the store nowhere/runs.db"),
        ("kept.py", "kept.py is no SQLite database"),
    ],
)
def test_what_can_be_no_store_is_refused(place: Path, file: str, why: str) -> None:
    done = in_pipe(place, "run", "kept:other", "--store", file)
    assert done.returncode == 2
    assert why in done.stderr


def test_a_handler_stack_that_is_none_spoils_no_run(place: Path) -> None:
    spoilt = run(place, "tells", "--id", "one", "--handlers", "kept:none", answers="x\n")
    assert spoilt.returncode == 2
    assert run(place, "tells", "--id", "one", "--handlers", "kept:shouting", answers="x\n").stdout.endswith("loud\n")


def test_a_function_without_a_lasting_name_and_an_id_without_a_store_are_refused(place: Path) -> None:
    nameless = run(place, "LAMBDA")
    assert nameless.returncode == 2
    assert "has no name of its own" in nameless.stderr
    homeless = process(place, [*COMMAND, "run", "kept:other", "--id", "one"])
    assert homeless.returncode == 2
    assert "give --store FILE too" in homeless.stderr
