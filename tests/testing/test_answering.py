"""`answering`: questions are answered on the spot."""

from enum import Enum

import pytest

from actors.effects import ask, handling, notify, parallel
from actors.exits import ActorsError
from actors.ops import Prompt, Question
from actors.testing import OutOfAnswersError, UnusedAnswersError, answering

NAME = Prompt("name")


class Plan(Enum):
    FREE = "free"
    PRO = "pro"


class ChoosePlan(Question[Plan]):
    options = tuple(Plan)


class Age(Question[int]):
    def parse(self, answer: object) -> int:
        return int(str(answer))


def onboarding() -> tuple[str, Plan]:
    name = ask(NAME)
    notify(f"hello {name}")
    return name, ask(ChoosePlan())


@pytest.mark.sentence("C12")
def test_answers_go_to_questions_in_order() -> None:
    with answering("Ada", Plan.PRO) as asked:
        assert onboarding() == ("Ada", Plan.PRO)
    assert asked == [NAME, ChoosePlan()]
    assert asked.notified == ["hello Ada"]


@pytest.mark.sentence("C12")
def test_answers_go_through_the_parse_of_the_question() -> None:
    with answering("Ada", "PRO"):
        assert onboarding() == ("Ada", Plan.PRO)


@pytest.mark.sentence("C12")
def test_a_refused_answer_has_the_question_asked_again_with_the_next_one() -> None:
    with answering("old", "x", "36") as asked:
        assert ask(Age()) == 36
    assert asked == [Age(), Age(), Age()]


def test_an_exception_among_the_answers_is_raised_by_the_ask() -> None:
    with answering(OSError("no owner"), "Ada") as asked:
        with pytest.raises(OSError, match="no owner"):
            ask(NAME)
        assert ask(NAME) == "Ada"
    assert asked == [NAME, NAME]


def test_without_an_answer_left_the_error_names_the_question_and_what_came_before() -> None:
    with (
        pytest.raises(
            OutOfAnswersError, match=r"no answer is left for ChoosePlan\(\).*Prompt\(name='name', text=''\)"
        ) as caught,
        answering("Ada"),
    ):
        onboarding()
    assert caught.value.question == ChoosePlan()
    assert isinstance(caught.value, ActorsError | AssertionError)


def test_without_an_answer_left_after_a_refusal_the_error_says_why_it_was_refused() -> None:
    with pytest.raises(OutOfAnswersError, match="'old'"), answering("old"):
        ask(Age())


def test_a_missing_answer_is_told_also_when_the_block_swallows_the_error() -> None:
    def swallowing() -> None:
        try:
            ask(NAME)
        except Exception:
            pass

    with pytest.raises(OutOfAnswersError), answering():
        swallowing()


def test_answers_that_are_left_over_are_an_error() -> None:
    with pytest.raises(UnusedAnswersError, match="1 of 2 answers were not asked for: 'B'") as caught, answering("A", "B"):
        ask(NAME)
    assert caught.value.unused == ["B"]


def test_control_answers_that_are_left_over_do_not_hide_the_error_of_the_block() -> None:
    with pytest.raises(KeyError), answering("A", "B"):
        raise KeyError("other")


def test_answering_may_be_left_in_any_way_and_then_answers_no_more() -> None:
    with answering("outer"):
        with pytest.raises(KeyError), answering("inner"):
            raise KeyError
        assert ask(NAME) == "outer"


def test_the_same_answering_cannot_be_entered_twice_at_a_time() -> None:
    once = answering()
    with once, pytest.raises(RuntimeError, match="already installed"):
        once.__enter__()


@pytest.mark.sentence("C2")
def test_a_handler_inside_answers_first_and_may_ask_further_out() -> None:
    with answering("Ada") as asked, handling(Prompt, lambda op: ask(op).upper()):
        assert ask(NAME) == "ADA"
    assert asked == [NAME]


@pytest.mark.sentence("C9")
def test_branches_are_answered_in_sequence() -> None:
    with answering("one", "two"):
        assert parallel(lambda: ask(NAME), lambda: ask(Prompt("other"))) == ("one", "two")
