"""`check`: code that has changed under stored runs is found at the first difference, and nothing is performed."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from actors import Prompt, Suspend, ask
from actors.durable import DurableRuns, Store, continue_as
from actors.durable.checking import Finding, check
from actors.effects import clock, fresh, operation, parallel
from actors.testing import settle

DONE: list[str] = []
STACKED: list[str] = []


@operation
def first(n: int) -> int:
    DONE.append(f"first {n}")
    return n


@operation
def second(n: int) -> int:
    DONE.append(f"second {n}")
    return n


def body() -> Any:
    first(1)
    for n in range(2):
        second(n)
    if ask(Prompt("name")) == "Ada":
        fresh.uuid4()
        first(3)
    return ask(Prompt("city"))


def added() -> Any:
    first(1)
    first(9)
    for n in range(2):
        second(n)
    ask(Prompt("name"))
    return ask(Prompt("city"))


def removed() -> Any:
    for n in range(2):
        second(n)
    return ask(Prompt("name"))


def reordered() -> Any:
    for n in range(2):
        second(n)
    first(1)
    return ask(Prompt("name"))


@operation
def renamed_first(n: int) -> int:
    DONE.append(f"renamed {n}")
    return n


def renamed() -> Any:
    renamed_first(1)


def other_arguments() -> Any:
    first(2)


def other_question() -> Any:
    first(1)
    for n in range(2):
        second(n)
    ask(Prompt("surname"))


def other_branch() -> Any:
    first(1)
    for n in range(2):
        second(n)
    if ask(Prompt("name")) != "Ada":
        fresh.uuid4()
        first(3)
    return ask(Prompt("city"))


def longer_loop() -> Any:
    first(1)
    for n in range(3):
        second(n)
    ask(Prompt("name"))


def shorter_loop() -> Any:
    first(1)
    second(0)
    ask(Prompt("name"))


def early_return() -> Any:
    first(1)
    return "done"


def raising() -> Any:
    first(1)
    raise LookupError("gone")


def more_after_the_open_question() -> Any:
    body()
    return first(100)


def takes_another(name: str) -> Any:
    return name


@pytest.fixture
def asked(store: Store) -> Store:
    """A store with a run that waits at its second question."""
    with DurableRuns(store, [body]) as runs:
        run = runs.start(body, id="one")
        assert isinstance(runs.wait("one", 5.0), Suspend)
        assert isinstance(run.resume_sync("Ada"), Suspend)
    DONE.clear()
    return store


def differences(store: Store, code: Callable[..., Any]) -> list[tuple[str, str, str]]:
    return [(str(found.position), str(found.expected), str(found.got)) for found in check(store, {"body": code})]


@pytest.mark.sentence("D14")
@pytest.mark.parametrize(
    ("code", "difference"),
    [
        (added, ("1", "second(0)", "first(9)")),
        (removed, ("0", "first(1)", "second(0)")),
        (reordered, ("0", "first(1)", "second(0)")),
        (renamed, ("0", "first(1)", "renamed_first(1)")),
        (other_arguments, ("0", "first(1)", "first(2)")),
        (other_question, ("3", "Prompt(name='name', text='')", "Prompt(name='surname', text='')")),
        (other_branch, ("4", "Uuid4()", "Prompt(name='city', text='')")),
        (longer_loop, ("3", "Prompt(name='name', text='')", "second(2)")),
        (shorter_loop, ("2", "second(1)", "Prompt(name='name', text='')")),
        (early_return, ("1", "second(0)", "nothing more")),
        (raising, ("1", "second(0)", "nothing more (LookupError('gone'))")),
        (takes_another, ("None", "body()", "takes_another")),
    ],
)
def test_the_first_difference_is_found_and_nothing_is_performed_or_written(
    asked: Store, code: Callable[..., Any], difference: tuple[str, str, str]
) -> None:
    before = asked.load("one")
    ((position, expected, got),) = differences(asked, code)
    assert (position, expected) == difference[:2]
    assert difference[2] in got
    assert DONE == []
    assert asked.load("one") == before


@pytest.mark.sentence("D14")
@pytest.mark.parametrize("code", [body, more_after_the_open_question])
def test_code_that_fits_is_no_finding(asked: Store, code: Callable[..., Any]) -> None:
    before = asked.load("one")
    assert differences(asked, code) == []
    assert DONE == []
    assert asked.load("one") == before


def test_runs_that_ended_and_those_of_other_computations_are_passed_over(asked: Store) -> None:
    with DurableRuns(asked, [body, takes_another]) as runs:
        runs.start(takes_another, "x", id="two")
        runs.wait("two", 5.0)
        settle()
    assert check(asked, {"takes_another": early_return}) == []
    assert check(asked, {"elsewhere": early_return}) == []


def test_all_runs_are_checked(store: Store) -> None:
    with DurableRuns(store, [body]) as runs:
        for number in range(3):
            runs.start(body, id=str(number))
            runs.wait(str(number), 5.0)
    assert [found.run for found in check(store, {"body": early_return})] == ["0", "1", "2"]


def several() -> Any:
    def branch(n: int) -> Any:
        first(n)
        return ask(Prompt(f"of {n}"))

    return parallel(lambda: branch(1), lambda: branch(2))


def several_otherwise() -> Any:
    return parallel(lambda: ask(Prompt("of 1")), lambda: first(2))


def test_branches_are_checked_too(store: Store) -> None:
    with DurableRuns(store, [several]) as runs:
        runs.start(several, id="one")
        runs.wait("one", 5.0)
        settle()
    DONE.clear()
    assert check(store, {"several": several}) == []
    (found,) = check(store, {"several": several_otherwise})
    assert (str(found.position), str(found.expected)) == ("0.0/0", "first(1)")
    assert DONE == []


def leaving() -> Any:
    try:
        ask(Prompt("one"))
    finally:
        first(1)
        clock.sleep(1000)


def leaving_otherwise() -> Any:
    with suppress(ValueError):
        ask(Prompt("one"))


def test_a_run_that_is_being_cancelled_is_checked_too(store: Store) -> None:
    with DurableRuns(store, [leaving]) as runs:
        run = runs.start(leaving, id="one", shutdown=0.1)
        runs.wait("one", 5.0)
        run.cancel("enough")
        settle()
    DONE.clear()
    assert check(store, {"leaving": leaving}) == []
    (found,) = check(store, {"leaving": leaving_otherwise})
    assert (str(found.expected), str(found.got)[:12]) == ("first(1)", "nothing more")
    assert DONE == []


def begins() -> Any:
    first(1)
    return continue_as(goes_on, 2)


def goes_on(n: int) -> Any:
    return ask(Prompt(f"after {n}"))


def goes_on_otherwise(n: int) -> Any:
    return ask(Prompt(f"before {n}"))


def test_what_a_run_goes_on_as_is_checked_by_its_own_log(store: Store) -> None:
    with DurableRuns(store, [begins, goes_on]) as runs:
        runs.start(begins, id="one")
        runs.wait("one", 5.0)
        assert runs.check() == []
    (found,) = check(store, {"goes_on": goes_on_otherwise})
    assert found == Finding("one", "goes_on", found.position, found.expected, Prompt("before 2"))
    assert str(found).splitlines()[1:] == ["- Prompt(name='after 2', text='')", "+ Prompt(name='before 2', text='')"]
