"""What `make run` starts: the wizard in a file, killed between two questions."""

import json
import re
from pathlib import Path

import pytest

from tests.console.command import conversation, in_pipe
from tests.console.test_kept import events, say
from tests.structure.sources import ROOT


def words_of_make_run(store: str) -> list[str]:
    """The words of the command in the Makefile, after `actors`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (found,) = re.findall(r"^WIZARD := actors (.*)$", makefile, re.MULTILINE)
    return [word.replace("$(WIZARD_STORE)", store) for word in str(found).split()]


def test_killed_between_two_questions_the_wizard_goes_on_with_the_next_and_creates_one_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    words = [*words_of_make_run("wizard.db"), "--json"]
    for answer, following in [("Ada", "What's your e-mail?"), ("ada@example.org", "Choose a plan")]:
        with conversation(tmp_path, *words) as child:
            told = events(child)
            next(told)
            say(child, answer)
            assert next(told)["prompt"] == following
            child.kill()
    done = in_pipe(tmp_path, *words, answers="pro\n")
    assert done.returncode == 0
    (file,) = tmp_path.glob("users-of-example-*.jsonl")
    (user,) = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (user["name"], user["email"], user["plan"]) == ("Ada", "ada@example.org", "pro")
    with conversation(tmp_path, *words) as child:  # a new one
        assert next(events(child))["prompt"] == "What's your name?"
        child.kill()


def test_make_run_keeps_the_wizard_where_git_does_not_look() -> None:
    (store,) = re.findall(r"^WIZARD_STORE \?= (\S+)/[^/]+$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"/{store}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
