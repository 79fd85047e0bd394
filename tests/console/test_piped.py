"""`actors run` with answers from a pipe or a file, and what it says where."""

import signal
import subprocess
from pathlib import Path
from typing import IO

import pytest

from tests.console.command import conversation, in_pipe, in_shell


def stream(found: IO[str] | None) -> IO[str]:
    """A stream of a process that was started with it."""
    assert found is not None
    return found


def read_until(out: IO[str], text: str) -> None:
    """Read what a process writes, up to this text."""
    seen = ""
    while text not in seen:
        character = out.read(1)
        assert character, f"{text!r} did not come; it wrote {seen!r}"
        seen += character


def told(child: "subprocess.Popen[str]", answers: str) -> str:
    """Give a process its answers, and read the rest of what it writes."""
    with stream(child.stdin) as into:
        into.write(answers)
    return stream(child.stdout).read()  # not `communicate`, which would miss what `read_until` has buffered


def test_a_computation_is_answered_line_by_line_and_its_result_printed(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:greet", answers="Ada\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Who are you? Ada\nHello, Ada!\n", "")


def test_arguments_are_given_as_strings(folder: Path) -> None:
    assert in_pipe(folder, "run", "sample:greet", "Ahoy", answers="Ada\n").stdout.endswith("Ahoy, Ada!\n")


def test_the_last_line_needs_no_line_end_and_windows_line_ends_are_taken_off(folder: Path) -> None:
    assert "Hello, Ada!" in in_pipe(folder, "run", "sample:greet", answers="Ada").stdout
    assert "Hello, Ada!\n" in in_pipe(folder, "run", "sample:greet", answers="Ada\r\n").stdout


def test_an_empty_line_is_an_answer(folder: Path) -> None:
    assert "Hello, !" in in_pipe(folder, "run", "sample:greet", answers="\n").stdout


def test_a_result_of_none_is_not_printed(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:nothing")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_answers_come_from_a_regular_file(folder: Path) -> None:
    (folder / "answers").write_text("Ada\n", encoding="utf-8")
    assert "Hello, Ada!" in in_shell(folder, "run", "sample:greet", redirection="<answers").stdout


@pytest.mark.parametrize("typed", ["1", "free", "FREE", "Free of charge", " 1 "])
def test_an_option_is_chosen_by_number_name_or_value(folder: Path, typed: str) -> None:
    done = in_pipe(folder, "run", "sample:plan", answers=f"{typed}\n")
    assert "  1 free of charge\n  2 pro\n" in done.stdout
    assert done.stdout.endswith("Plan.FREE\n")


@pytest.mark.parametrize("typed", ["gold", "0", "3", "-1", "", "²"])
def test_a_bad_choice_is_refused_and_asked_again(folder: Path, typed: str) -> None:
    done = in_pipe(folder, "run", "sample:plan", answers=f"{typed}\n2\n")
    assert f"{typed!r} is not one of: free of charge, pro\nWhich plan?" in done.stdout
    assert (done.returncode, done.stdout.count("Which plan?")) == (0, 2)


def test_an_answer_that_parse_refuses_is_asked_again_with_the_reason(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:number", answers="many\n21\n")
    assert "invalid literal for int() with base 10: 'many'\nHow many? 21\n42\n" in done.stdout


def test_a_parse_that_fails_ends_the_run(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:badly", answers="x\n")
    assert done.returncode == 1
    assert "this answer cannot be parsed: KeyError: 'x' (sample.py:" in done.stderr


def test_a_pipe_that_ends_early_cancels_with_clean_up_and_names_the_question(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:careful")
    assert done.returncode == 1
    assert "the input ended while this question was open: Who are you?\n" in done.stderr
    assert "cleaned up\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_standard_input_is_one_that_has_ended(folder: Path) -> None:
    done = in_shell(folder, "run", "sample:careful", redirection="<&-")
    assert done.returncode == 1
    assert "the input ended while this question was open" in done.stderr


def test_a_throw_is_told_in_two_lines_with_the_place_in_the_users_code(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:fails")
    line = (
        (folder / "sample.py").read_text(encoding="utf-8").splitlines().index('def inner(table): return table["missing"]')
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"KeyError: 'missing'\n  at sample.py:{line + 1}\n"


def test_debug_shows_the_whole_traceback(folder: Path) -> None:
    done = in_pipe(folder, "run", "--debug", "sample:fails")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "in fails" in done.stderr


def test_a_computation_that_leaves_the_process_sets_its_exit_code(folder: Path) -> None:
    assert in_pipe(folder, "run", "sample:leaves").returncode == 7


def test_a_computation_that_waits_for_what_can_never_come_is_ended(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:stuck")
    assert done.returncode == 1
    assert "can never come" in done.stderr


def test_without_a_terminal_progress_is_plain_lines(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:steps")
    assert done.stdout == "1/3 working\n2/3 working\n3/3 working\na remark\n"


def test_other_branches_go_on_while_a_question_is_open(folder: Path) -> None:
    with conversation(folder, "run", "sample:beside") as child:
        read_until(stream(child.stdout), "went on\n")
        rest = told(child, "Ada\n")
    assert (child.returncode, rest) == (0, "Who are you? Ada\nAda\n")


def test_a_line_answers_the_question_that_is_open_when_another_was_withdrawn(folder: Path) -> None:
    with conversation(folder, "run", "sample:impatient") as child:
        read_until(stream(child.stdout), "Second? ")
        rest = told(child, "Ada\n")
    assert (child.returncode, rest) == (0, "Ada\nsecond: Ada\n")


def test_a_line_that_comes_too_late_is_kept_for_the_next_question(
    folder: Path,
) -> None:
    with conversation(folder, "run", "sample:busy_meanwhile") as child:
        read_until(stream(child.stdout), "First? ")
        child.send_signal(signal.SIGUSR1)
        read_until(stream(child.stdout), "overtaken\n")
        stream(child.stdin).write("Ada\n")
        stream(child.stdin).flush()
        read_until(stream(child.stdout), "\n")  # the withdrawal is told, below the line of the question
        child.send_signal(signal.SIGUSR2)
        rest = stream(child.stdout).read()
    assert (child.returncode, rest) == (0, "Second? Ada\nsecond: Ada\n")


def test_an_error_of_the_computations_own_is_no_wrong_use_of_the_command(folder: Path) -> None:
    done = in_pipe(folder, "run", "sample:complains")
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, "NotRunnable: of its own")
