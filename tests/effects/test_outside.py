"""Where no computation runs, a computation is still a call."""

import pytest

from actors.computation import shielded
from actors.effects import ask, clock, events, fresh, notify, operation, parallel, race, state
from actors.effects.scope import OUTSIDE, current_scope
from actors.ops import Progress, Prompt
from actors.testing import answering


@operation
def create_user(name: str) -> str:
    return f"user {name}"


def onboarding() -> str:
    name = ask(Prompt("name"))
    notify(Progress(1, 2))
    with shielded():
        user = create_user(name)
    events.emit(user)
    return user


@pytest.mark.sentence("C12")
def test_a_computation_is_called_with_its_questions_answered_and_its_notices_collected() -> None:
    with events.collected() as emitted, answering("Ada") as asked:
        assert onboarding() == "user Ada"
    assert (asked, asked.notified, emitted) == ([Prompt("name")], [Progress(1, 2)], ["user Ada"])


@pytest.mark.sentence("C12")
def test_shielded_has_no_effect_outside_a_run() -> None:
    with pytest.raises(KeyError), shielded():
        raise KeyError
    with shielded():
        assert create_user("Ada") == "user Ada"


@pytest.mark.sentence("C9")
def test_parallel_runs_its_thunks_one_after_another_and_returns_their_results_in_order() -> None:
    order: list[int] = []

    def thunk(number: int) -> int:
        order.append(number)
        return number * number

    assert parallel(lambda: thunk(1), lambda: thunk(2), lambda: thunk(3)) == (1, 4, 9)
    assert order == [1, 2, 3]
    assert parallel() == ()


@pytest.mark.sentence("C9")
def test_the_first_throw_of_parallel_is_raised_and_the_rest_does_not_begin() -> None:
    order: list[int] = []

    def fails() -> None:
        raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        parallel(lambda: order.append(1), fails, lambda: order.append(3))
    assert order == [1]


@pytest.mark.sentence("C9", "C7")
def test_branches_inherit_the_scopes_of_their_parent() -> None:
    def more(value: int) -> int:
        return value + 1

    with state.holding(10) as cell:
        assert parallel(state.get, lambda: state.modify(more)) == (10, 11)
    assert cell.value == 11


@pytest.mark.sentence("C9")
def test_race_is_won_by_the_first_thunk() -> None:
    assert race(lambda: "first", lambda: pytest.fail("never begins")) == "first"


@pytest.mark.sentence("C9")
def test_parallel_and_race_refuse_what_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="argument 1 is 2"):
        parallel(int, 2)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="no winner"):
        race()


@pytest.mark.sentence("C11")
def test_the_production_handlers_of_fresh_random_and_clock_are_there_without_being_installed() -> None:
    assert current_scope() is OUTSIDE
    assert fresh.uuid4() != fresh.uuid4()
    assert clock.now() > 0
    clock.sleep(0)


def test_a_negative_limit_of_an_ask_is_refused() -> None:
    with answering(), pytest.raises(ValueError, match="timeout=-1"):
        ask(Prompt("name"), timeout=-1)
