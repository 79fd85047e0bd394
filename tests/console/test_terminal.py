"""`actors run` with a person at the keyboard."""

import signal
from pathlib import Path

import pytest

from tests.console.command import at_terminal, ended
from tests.structure.sources import ROOT

# Python 3.12 warns of every fork of a process that has threads; the child replaces itself at once.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def test_a_person_answers_the_wizard() -> None:
    child = at_terminal(ROOT, "run", "examples.onboarding:onboarding", "--handlers", "tests.console.stacks:quiet")
    child.expect("name\\?")
    child.sendline("Ada")
    child.expect("e-mail\\?")
    child.sendline("nonsense")
    child.expect("is not an e-mail address")
    child.sendline("ada@example.org")
    child.expect("1.*free.*2.*pro.*3.*team")
    child.sendline("gold")
    child.expect("not one of: free, pro, team")
    child.sendline("2")
    code, read = ended(child)
    assert code == 0
    assert "name='Ada'" in read


def test_progress_is_a_bar(folder: Path) -> None:
    code, read = ended(at_terminal(folder, "run", "sample:steps"))
    assert code == 0
    assert "100%" in read
    assert "━" in read


def test_ctrl_c_cancels_with_clean_up(folder: Path) -> None:
    child = at_terminal(folder, "run", "sample:careful")
    child.expect("Who are you\\?")
    child.sendintr()
    code, read = ended(child)
    assert code == 130
    assert "cleaned up" in read
    assert "Traceback" not in read


def test_ctrl_c_in_the_middle_of_a_job_cancels_it_with_clean_up() -> None:
    child = at_terminal(ROOT, "run", "examples.job:convert", "100000")
    child.expect("page 2")
    child.sendintr()
    child.expect("workspace removed")
    assert ended(child)[0] == 130


def test_a_second_ctrl_c_gives_up_at_once(folder: Path) -> None:
    child = at_terminal(folder, "run", "sample:stubborn")
    child.expect("Who are you\\?")
    child.sendintr()
    child.expect("Ctrl-C again")
    child.sendintr()
    code, read = ended(child)
    assert code == 130
    assert "cleaned up" not in read


def test_a_second_ctrl_c_ends_a_computation_that_never_blocks(folder: Path) -> None:
    child = at_terminal(folder, "run", "sample:busy")
    child.expect("begun")
    child.sendintr()
    child.expect("noticed")
    child.sendintr()
    assert ended(child)[0] == 130


def test_ctrl_d_ends_the_input(folder: Path) -> None:
    child = at_terminal(folder, "run", "sample:careful")
    child.expect("Who are you\\?")
    child.sendeof()
    code, read = ended(child)
    assert code == 1
    assert "the input ended" in read
    assert "cleaned up" in read


def test_what_was_typed_for_a_question_that_is_withdrawn_answers_no_other(folder: Path) -> None:
    child = at_terminal(folder, "run", "sample:overtaken")
    child.expect("First\\?")
    child.send("Ad")  # and no end of the line
    child.expect("Ad")  # the terminal has it
    child.kill(signal.SIGUSR1)
    child.expect("this question is withdrawn: First\\?")
    child.expect("Second\\?")
    child.sendline("Bob")
    code, read = ended(child)
    assert (code, "second: Bob" in read) == (0, True)


def test_a_line_that_comes_too_late_is_dropped_and_the_person_told(folder: Path) -> None:
    child = at_terminal(folder, "run", "sample:busy_meanwhile")
    child.expect("First\\?")
    child.kill(signal.SIGUSR1)
    child.expect("overtaken")
    child.sendline("Ada")
    child.expect("this question is withdrawn: First\\?")
    child.kill(signal.SIGUSR2)
    child.expect("Second\\?")
    child.sendline("Bob")
    code, read = ended(child)
    assert (code, "second: Bob" in read) == (0, True)
