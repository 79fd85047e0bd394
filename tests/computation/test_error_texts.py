"""What the errors of runners say of the run they are about."""

from __future__ import annotations

from typing import Any

import pytest

from actors import AsyncComputation, Completed, Question, Suspend, ask
from actors.computation import FinishedError, LegTimeoutError
from actors.effects import clock
from actors.runtime import BackgroundThread
from tests.computation.common import NEVER, one_question, queued, returning
from tests.threads.conftest import thread  # noqa: F401  # pyright: ignore[reportUnusedImport]  a fixture


class Shy(Question[str]):
    """Cannot be shown."""

    def __repr__(self) -> str:
        raise LookupError("no repr")


class Unspeakable(ValueError):
    """Cannot say what it is about."""

    def __str__(self) -> str:
        raise LookupError("no text")


class Picky(Question[str]):
    """Refuses "no", and cannot say why."""

    def parse(self, answer: object) -> str:
        if answer == "no":
            raise Unspeakable
        return str(answer)


@pytest.mark.sentence("R6")
def test_the_timeout_of_a_suspended_run_names_the_question_that_nobody_answered() -> None:
    with AsyncComputation.start(one_question) as runner, pytest.raises(LegTimeoutError) as caught:
        runner.result(0.001)
    assert "it is suspended on Prompt(" in str(caught.value)
    assert "nobody answered" in str(caught.value)
    assert "goes on" not in str(caught.value)


@pytest.mark.sentence("R6")
def test_the_timeout_of_a_running_run_says_that_it_goes_on() -> None:
    with AsyncComputation.start(clock.sleep, NEVER) as runner, pytest.raises(LegTimeoutError, match="it goes on"):
        runner.wait(0.001)


@pytest.mark.sentence("R6")
def test_a_question_that_cannot_be_shown_is_named_by_its_type() -> None:
    with (
        AsyncComputation.start(lambda: ask(Shy())) as runner,
        pytest.raises(LegTimeoutError, match="suspended on <Shy whose repr raises"),
    ):
        runner.result(0.001)


@pytest.mark.sentence("R7")
def test_the_error_of_a_run_whose_thread_was_closed_says_so(
    thread: BackgroundThread,  # noqa: F811  the fixture
) -> None:
    cut, _ = AsyncComputation.start_sync(one_question, on=thread)
    ended, _ = AsyncComputation.start_sync(returning, 1, on=thread)
    with pytest.raises(FinishedError) as before:
        ended.resume(1)
    thread.close()
    for runner in (cut, ended):
        with pytest.raises(FinishedError, match="its thread has ended or was closed"):
            runner.resume(1)
    assert "thread" not in str(before.value)
    queued()


@pytest.mark.sentence("R21")
@pytest.mark.parametrize("how", ["resume_sync", "resume"])
def test_a_refusal_that_cannot_say_why_is_named_by_its_type(how: str) -> None:
    runner, first = AsyncComputation.start_sync(lambda: ask(Picky()))
    assert isinstance(first, Suspend)
    if how == "resume_sync":
        again: Any = runner.resume_sync("no")
    else:
        runner.resume("no")
        again = runner.wait(1)
    assert (again.value, again.error) == (Picky(), "Unspeakable")
    assert runner.resume_sync("yes", token=again.token) == Completed("yes")
