"""Code that no longer fits a run's log: found at the first difference, nothing performed, the run parked, nothing lost."""

from collections.abc import Callable
from typing import Any

import pytest

from actors import Cancelled, Completed, Prompt, Suspend, ask, receive
from actors.computation import NotSuspendedError
from actors.durable import DetachedError, Diverged, DurableRuns, Parked, ParkedError, Store
from actors.effects import fresh, operation, parallel
from actors.testing import settle
from tests.durable.runs.world import WORLDS, World, rewritten

pytestmark = [pytest.mark.sentence("D6"), pytest.mark.usefixtures("world")]


@operation
def deed(what: str) -> str:
    return WORLDS[0].do(what).rsplit(" ", 1)[0]


@operation
def other_deed(what: str) -> str:
    return WORLDS[0].do(f"other {what}")


def recorded() -> list[str]:
    seen = [ask(Prompt("a")), deed("one")]
    seen += [deed(f"turn {turn}") for turn in range(2)]
    return [*seen, deed("two"), ask(Prompt("b")), deed("after")]


def added() -> None:
    ask(Prompt("a"))
    deed("one")
    deed("added")
    deed("turn 0")


def removed() -> None:
    ask(Prompt("a"))
    deed("turn 0")


def reordered() -> None:
    ask(Prompt("a"))
    deed("two")
    deed("one")


def renamed() -> None:
    ask(Prompt("a"))
    other_deed("one")


def other_arguments() -> None:
    ask(Prompt("a"))
    deed("uno")


def other_question() -> None:
    ask(Prompt("c"))


def other_kind() -> None:
    ask(Prompt("a"))
    fresh.uuid4()


def longer() -> None:
    ask(Prompt("a"))
    deed("one")
    for turn in range(3):
        deed(f"turn {turn}")


def shorter() -> None:
    ask(Prompt("a"))
    deed("one")
    deed("turn 0")
    deed("two")


def early_return() -> str:
    ask(Prompt("a"))
    return deed("one")


def early_raise() -> None:
    ask(Prompt("a"))
    raise LookupError(deed("one"))


def returning_before_the_question() -> list[str]:
    seen = [ask(Prompt("a")), deed("one")]
    seen += [deed(f"turn {turn}") for turn in range(2)]
    return [*seen, deed("two")]


def other_pending_question() -> None:
    returning_before_the_question()
    ask(Prompt("c"))


def eating() -> str:
    try:
        other_arguments()
    except Exception:
        deed("eaten")
    return "eaten"


def cleaning() -> None:
    try:
        other_arguments()
    finally:
        deed("clean-up")


CHANGED: list[tuple[Callable[[], Any], str, str]] = [
    (added, "deed('turn 0')", "added"),
    (removed, "deed('one')", "turn 0"),
    (reordered, "deed('one')", "two"),
    (renamed, "deed('one')", "other_deed"),
    (other_arguments, "deed('one')", "uno"),
    (other_question, "Prompt(name='a', text='')", "'c'"),
    (other_kind, "deed('one')", "Uuid4"),
    (longer, "deed('two')", "turn 2"),
    (shorter, "deed('turn 1')", "two"),
    (early_return, "deed('turn 0')", "nothing more"),
    (early_raise, "deed('turn 0')", "nothing more"),
    (returning_before_the_question, "Prompt(name='b', text='')", "nothing more"),
    (other_pending_question, "Prompt(name='b', text='')", "'c'"),
    (eating, "deed('one')", "uno"),
    (cleaning, "deed('one')", "uno"),
]
NAMES = [changed.__name__ for changed, _, _ in CHANGED]


def beside(body: Callable[[], Any]) -> Callable[[], Any]:
    """The same, in a branch beside one that asks too."""

    def together() -> Any:
        return parallel(body, lambda: ask(Prompt("beside")))[0]

    return together


def begun(world: World, store: Store, body: Callable[[], Any], *answers: str) -> None:
    """Bring a run to where it asks for the last time, and end the process."""
    runs = world.open(store, {"it": body})
    outcome: Any = runs.start(body, id="r").wait(5)
    for answer in answers:
        assert isinstance(outcome, Suspend)
        runs.resume("r", answer, token=outcome.token)
        outcome = runs.wait("r", 5)
    assert isinstance(outcome, Suspend)
    world.die(runs)


def resumed(runs: DurableRuns, answer: str) -> Diverged:
    """Give an answer that leads to a divergence, and return that."""
    run = runs.attach("r")
    assert isinstance(receive(5).outcome, Suspend)
    with pytest.raises(DetachedError) as caught:
        run.resume_sync(answer)
    notice: Any = caught.value.notice
    assert isinstance(notice, Parked)
    assert receive(5).outcome == notice
    settle()
    assert isinstance(notice.error, Diverged)
    return notice.error


@pytest.mark.parametrize("case", CHANGED, ids=NAMES)
@pytest.mark.parametrize("branch", [False, True], ids=["root", "branch"])
def test_the_first_difference_parks_the_run(
    world: World, store: Store, case: tuple[Callable[[], Any], str, str], branch: bool
) -> None:
    changed, expected, got = case
    old, new = (beside(recorded), beside(changed)) if branch else (recorded, changed)
    begun(world, store, old, *(["A", "B"] if branch else ["A"]))
    before, done = store.log("r"), list(world.deeds)
    error = resumed(world.open(store, {"it": new}), "last")
    assert (repr(error.expected), got in repr(error.got)) == (expected, True)
    assert len(error.position.path) == (2 if branch else 0)
    assert world.deeds == done
    assert store.log("r")[: len(before)] == before
    assert len(store.log("r")) == len(before) + 1  # the answer, which was on disk when it was taken
    row = store.get("r")
    assert row is not None
    assert row.status == "parked"
    assert expected in (row.reason or "")


@pytest.mark.parametrize("branch", [False, True], ids=["root", "branch"])
def test_a_parked_run_is_retried_with_mended_code_and_its_answer(world: World, store: Store, branch: bool) -> None:
    old, new = (beside(recorded), beside(removed)) if branch else (recorded, removed)
    begun(world, store, old, *(["A", "B"] if branch else ["A"]))
    runs = world.open(store, {"it": new})
    resumed(runs, "last")
    runs.close()
    again = world.open(store, {"it": old})
    with pytest.raises(ParkedError, match="'r'"):
        again.wait("r", 5)
    again.retry("r")
    value = again.wait("r", 5)
    assert isinstance(value, Completed)
    assert value.value[0] == "A"
    assert value.value[-1] == "after"
    assert "last" in value.value or branch
    assert world.repeated == 0


def test_a_retry_with_the_same_code_parks_it_again(world: World, store: Store) -> None:
    begun(world, store, recorded, "A")
    runs = world.open(store, {"it": removed})
    resumed(runs, "last")
    length = len(store.log("r"))
    run = runs.retry("r")
    with pytest.raises(DetachedError):
        run.wait(5)
    settle()
    assert runs.get("r").status == "parked"  # type: ignore[union-attr]
    assert len(store.log("r")) == length


def test_only_a_parked_run_is_retried(world: World, store: Store) -> None:
    begun(world, store, recorded, "A")
    runs = world.open(store, {"it": recorded})
    with pytest.raises(NotSuspendedError, match="not parked"):
        runs.retry("r")
    assert not runs.is_live("r")


def test_a_parked_run_is_cancelled_without_running_anything(world: World, store: Store) -> None:
    begun(world, store, recorded, "A")
    runs = world.open(store, {"it": removed})
    resumed(runs, "last")
    done = list(world.deeds)
    runs.cancel("r", "given up")
    assert runs.wait("r", 5) == Cancelled("given up")
    assert runs.get("r").status == "finished"  # type: ignore[union-attr]
    assert world.deeds == done


def test_an_interrupted_run_that_diverged_is_parked_when_it_is_begun_again(world: World, store: Store) -> None:
    begun(world, store, recorded, "A")
    rewritten(store, "r", 5, status="running", question=None)
    runs = world.open(store, {"it": removed})
    settle()
    assert runs.get("r").status == "parked"  # type: ignore[union-attr]
    assert len(store.log("r")) == 5


def test_control_the_same_code_goes_on(world: World, store: Store) -> None:
    begun(world, store, recorded, "A")
    runs = world.open(store, {"it": recorded})
    runs.resume("r", "last")
    assert isinstance(runs.wait("r", 5), Completed)
