"""`actors run --json`."""

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from actors.console.jsonlines import plain
from tests.console.command import PATIENCE, conversation, in_pipe


def events(text: str) -> list[dict[str, Any]]:
    """Every line as the object that it must be."""
    return [json.loads(line) for line in text.splitlines()]


def test_every_event_is_one_line_of_json(folder: Path) -> None:
    done = in_pipe(folder, "run", "--json", "sample:plan", answers="gold\n1\n")
    first, again, last = events(done.stdout)
    assert first["event"] == "suspend"
    assert (first["question"], first["prompt"]) == ("AskPlan", "Which plan?")
    assert (first["options"], first["error"], first["data"]) == (["free of charge", "pro"], None, {})
    assert again["error"] == "'gold' is not one of: free of charge, pro"
    assert again["token"] != first["token"]
    assert last == {"event": "completed", "value": "free of charge"}
    assert (done.returncode, done.stderr) == (0, "")


def test_notifications_are_events(folder: Path) -> None:
    assert events(in_pipe(folder, "run", "--json", "sample:steps").stdout)[2:] == [
        {"event": "notify", "value": {"done": 3, "total": 3, "text": "working"}},
        {"event": "notify", "value": "a remark"},
        {"event": "completed", "value": None},
    ]


def test_what_the_computation_prints_goes_to_the_standard_error(folder: Path) -> None:
    done = in_pipe(folder, "run", "--json", "sample:prints")
    assert events(done.stdout) == [{"event": "completed", "value": 1}]
    assert done.stderr == "printed\n"


def test_a_throw_is_an_event_with_a_traceback_if_asked_for(folder: Path) -> None:
    done = in_pipe(folder, "run", "--json", "sample:fails")
    (event,) = events(done.stdout)
    assert (done.returncode, event["event"]) == (1, "throw")
    assert (event["error"]["type"], event["error"]["message"]) == ("KeyError", "'missing'")
    assert event["error"]["at"].startswith("sample.py:")
    (event,) = events(in_pipe(folder, "run", "--json", "--debug", "sample:fails").stdout)
    assert "in fails" in event["error"]["traceback"]


def test_an_input_that_ends_early_is_a_cancelled_event_and_a_remark_beside(folder: Path) -> None:
    done = in_pipe(folder, "run", "--json", "sample:careful")
    assert events(done.stdout)[-1] == {
        "event": "cancelled",
        "reason": "the input ended",
        "error": None,
        "killed": False,
    }
    assert (done.returncode, "Who are you?" in done.stderr) == (1, True)


class Colour(Enum):
    RED = 1


@dataclass
class Box:
    inside: object


def test_values_are_written_as_json_can_hold_them() -> None:
    value = Box({"plan": Colour.RED, 1: (None, True, 1.5, "x"), "odd": float("nan"), "what": Box})
    assert plain(value) == {
        "inside": {"plan": "RED", "1": [None, True, 1.5, "x"], "odd": "nan", "what": str(Box)},
    }


def test_a_value_that_contains_itself_is_cut_off() -> None:
    box = Box(None)
    box.inside = box
    assert "…" in json.dumps(plain(box), ensure_ascii=False)


def test_a_question_that_timed_out_is_withdrawn_by_an_event(folder: Path) -> None:
    with conversation(folder, "run", "--json", "sample:impatient") as started:
        assert started.stdout is not None
        shown = [json.loads(started.stdout.readline()) for _ in range(3)]
        started.communicate("Ada\n", timeout=PATIENCE)
    assert [each["event"] for each in shown] == ["suspend", "withdrawn", "suspend"]
    assert shown[1]["token"] == shown[0]["token"]


def test_a_question_that_the_run_ends_without_is_withdrawn_too(folder: Path) -> None:
    with conversation(folder, "run", "--json", "sample:gives_up") as started:
        assert started.stdout is not None
        shown = events(started.stdout.read())
    assert [each["event"] for each in shown] == ["suspend", "withdrawn", "completed"]
    assert shown[1]["token"] == shown[0]["token"]
