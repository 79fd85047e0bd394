"""The README's blocks do what it says."""

import re
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.console.command import in_pipe, process
from tests.structure.sources import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds each python block of the README as a file."""
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    names = ("wizard.py", "charge.py", "owner.py", "test_wizard.py", "supervised.py", "approving.py")
    for name, text in zip(names, blocks, strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_wizard_goes_on_where_it_was_left_when_it_is_kept_in_a_file(folder: Path) -> None:
    words = ("run", "wizard:onboarding", "--store", "runs.db", "--id", "ada")
    assert in_pipe(folder, *words, answers="Ada\nada@example.org\n").returncode == 1
    assert in_pipe(folder, "check", "wizard:onboarding", "--store", "runs.db").returncode == 0
    log = in_pipe(folder, "log", "ada", "--store", "runs.db", "--json")
    (folder / "ada.json").write_text(log.stdout, encoding="utf-8")
    assert in_pipe(folder, "replay", "ada.json", "wizard:onboarding").returncode == 0
    done = in_pipe(folder, *words, answers="pro\n")
    assert done.returncode == 0
    assert "User(name='Ada', email='ada@example.org'" in done.stdout


def test_the_wizard_runs_with_piped_answers(folder: Path) -> None:
    done = in_pipe(folder, "run", "wizard:onboarding", answers="Ada\nada@example.org\npro\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "emitted: [UserOnboarded(name='Ada')]\nUser(name='Ada', email='ada@example.org'" in done.stdout


def test_an_operation_has_its_handler_or_says_that_it_has_none(folder: Path) -> None:
    done = process(folder, [sys.executable, "charge.py"])
    assert (done.returncode, done.stderr) == (0, "")
    receipt, _, error = done.stdout.partition("\n")
    assert receipt == "receipt for 950"
    assert all(text in error for text in ("Charge(cents=950)", "In scope:", "handling(Charge"))


def test_the_extra_for_tests_brings_pytest_and_the_plugin_is_registered() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert "pytest" in config["options.extras_require"]["test"]
    assert config["options.entry_points"]["pytest11"].strip() == "actors = actors.testing.plugin"


def test_an_owner_drives_the_wizard(folder: Path) -> None:
    done = process(folder, [sys.executable, "owner.py"], "Ada\nnonsense\nada@example.org\npro\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "An e-mail address has an @" in done.stdout
    assert "welcome User(name='Ada'" in done.stdout


def test_the_test_of_the_wizard_passes(folder: Path) -> None:
    done = process(folder, [sys.executable, "-m", "pytest", "-q", "test_wizard.py"])
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout


def test_the_supervisor_starts_the_greeter_again(folder: Path) -> None:
    done = process(folder, [sys.executable, "supervised.py"])
    assert (done.returncode, done.stdout) == (0, "hello Ada\nhello Grace\n")
    assert "child crashed" in done.stderr


def test_a_durable_run_goes_on(folder: Path) -> None:
    done = process(folder, [sys.executable, "approving.py"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Prompt(name='sure', text='')\napproved\n"
