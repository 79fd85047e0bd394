"""Durable runs: started, answered hot and cold, cancelled, and told of, on a store in memory."""

from typing import Any

import pytest

from actors import Cancelled, Completed, Notify, Prompt, Suspend, Throw, ask, notify, receive
from actors.computation import FinishedError, NotSuspendedError, StaleTokenError
from actors.durable import DurableRuns, OperationFailed, RunExistsError, Store, UnknownComputationError
from actors.effects import fresh, operation, parallel, state
from actors.ops import Question
from actors.testing import settle
from tests.durable.runs.world import WORLDS, World, deed, rewritten

pytestmark = pytest.mark.usefixtures("world")


@operation
def fails(error: str) -> None:
    raise Boom(error) if error == "bad" else LookupError(error)


class Boom(Exception):
    """Has no name to be stored under."""


class Number(Question[int]):
    text: str

    def parse(self, answer: Any) -> int:
        return int(answer)


def wizard(greeting: str) -> tuple[Any, ...]:
    with state.holding(0) as cell:
        name = ask(Prompt("name"))
        state.put(state.get() + 1)
        identity = fresh.uuid4()
        account = deed(f"account of {name}")
        number = ask(Number("how many"))
        state.put(state.get() + number)
        return greeting, name, str(identity), account, cell.value


def refunding() -> str:
    deed("pay")
    try:
        return ask(Prompt("sure"))
    finally:
        deed("refund")


def raising() -> None:
    fails("bad")


def catching() -> str:
    try:
        fails("gone")
    except LookupError as error:
        ask(Prompt("after"))
        return f"{type(error).__name__} {error}"
    return "never"


def telling() -> None:
    notify("a")
    ask(Prompt("b"))
    notify("c")


def in_two() -> tuple[str, str]:
    return parallel(lambda: ask(Prompt("left")) + deed("left"), lambda: ask(Prompt("right")) + deed("right"))


def add_one(number: int) -> int:
    return number + 1


def drop(runs: DurableRuns, id_: str) -> None:
    """Have the next answer be cold."""
    settle()  # a branch that is on its way to its own question keeps the run live
    runs.passivate(id_)
    settle()
    assert not runs.is_live(id_)


@pytest.mark.sentence("D1", "D5")
@pytest.mark.parametrize("cold", [False, True], ids=["hot", "cold"])
def test_a_wizard(opened: Any, cold: bool) -> None:
    runs = opened(wizard)
    run = runs.start(wizard, "hi", id="w")
    outcome = run.wait(5)
    assert outcome.value == Prompt("name")
    if cold:
        drop(runs, "w")
    outcome = run.resume_sync("Ada", token=outcome.token)
    assert outcome.value == Number("how many")
    if cold:
        drop(runs, "w")
    ended: Any = run.resume_sync("41", token=outcome.token)
    value = ended.value
    assert value[:2] == ("hi", "Ada")
    assert value[3:] == ("account of Ada 0", 42)
    assert WORLDS[0].deeds == ["account of Ada 0"]
    assert runs.get("w").status == "finished"


@pytest.mark.sentence("D1")
def test_an_id_is_taken_once(opened: Any) -> None:
    runs = opened(wizard)
    first = runs.start(wizard, "a", id="w")
    with pytest.raises(RunExistsError, match="'w'"):
        runs.start(wizard, "b", id="w")
    assert runs.start_or_attach(wizard, "b", id="w") is first
    assert first.wait(5).value == Prompt("name")


@pytest.mark.sentence("D1")
def test_only_computations_that_every_process_can_find_are_run(opened: Any, store: Store) -> None:
    runs = opened(wizard)
    with pytest.raises(UnknownComputationError, match=r"'refunding'.*which knows wizard"):
        runs.start(refunding)
    nameless: Any = lambda: None  # noqa: E731
    with pytest.raises(ValueError, match="no name of its own"):
        DurableRuns(store, [nameless])
    with pytest.raises(ValueError, match="two computations are named 'wizard'"):
        DurableRuns(store, [wizard, wizard])


@pytest.mark.sentence("D2")
def test_the_owner_hears_of_a_question_when_it_is_on_disk(opened: Any, store: Store) -> None:
    runs = opened(wizard)
    run = runs.start(wizard, "hi", id="w", tag="mine")
    event = receive(5)
    assert (event.tag, event.runner) == ("mine", run)
    assert [row.kind for row in store.log("w")] == [2, 1]  # what the state begins with, the question
    assert event.outcome.token == 1
    run.resume("Ada", token=1)
    assert [row.seq for row in store.log("w")][:3] == [0, 1, 2]
    assert receive(5).outcome.value == Number("how many")


@pytest.mark.sentence("D3")
def test_an_operation_under_way_at_a_crash_is_performed_again_with_its_key(opened: Any, store: Store, world: World) -> None:
    runs = opened(wizard)
    run = runs.start(wizard, "hi", id="w")
    token = run.wait(5).token
    log = run.log
    append = store.append
    kinds: list[int] = []

    def lost(run_id: str, entries: Any, *args: Any, **options: Any) -> Any:
        kinds.extend(entry.kind for entry in entries)
        return append(run_id, entries, *args, **options)

    log.store = type("Spy", (), {"append": staticmethod(lost)})()
    run.resume_sync("Ada", token=token)
    assert kinds == [2, 2, 1, 2, 1]  # answer, identity, the deed begins; its answer; the question
    stored = store.load("w")
    assert stored is not None
    assert [entry.kind for entry in stored.entries] == [2, 1, 2, 2, 1, 2, 1]
    world.die(runs)
    rewritten(store, "w", 5, status="running", question=None)  # the deed was done, and its answer lost
    again = opened(wizard)
    assert again.wait("w", 5).value == Number("how many")
    assert world.begun == {"w:4": 2}
    assert world.deeds == ["account of Ada 0"]


@pytest.mark.sentence("D2")
def test_an_answer_that_is_refused_leaves_the_question_open(opened: Any) -> None:
    runs = opened(wizard)
    run = runs.start(wizard, "hi", id="w")
    run.wait(5)
    run.resume_sync("Ada")
    for cold in (False, True):
        if cold:
            drop(runs, "w")
        again = run.resume_sync("many")
        assert isinstance(again, Suspend)
        assert "many" in (again.error or "")
        assert runs.get("w").token == again.token
    assert isinstance(run.resume_sync("1"), Completed)


@pytest.mark.sentence("D2", "D15")
def test_tokens_hold_across_processes_and_once(opened: Any, world: World) -> None:
    runs = opened(wizard)
    token = runs.start(wizard, "hi", id="w").wait(5).token
    world.die(runs)
    again = opened(wizard)
    assert again.get("w").token == token
    again.resume("w", "Ada", token=token)
    with pytest.raises(StaleTokenError):
        again.resume("w", "Bob", token=token)
    assert again.wait("w", 5).value == Number("how many")
    again.resume("w", "3")
    with pytest.raises(FinishedError):
        again.resume("w", "3")


@pytest.mark.sentence("D19")
@pytest.mark.parametrize("cold", [False, True], ids=["hot", "cold"])
def test_a_cancel_leaves_the_scopes_once_and_its_clean_up_is_recorded(opened: Any, store: Store, cold: bool) -> None:
    runs = opened(refunding)
    run = runs.start(refunding, id="r")
    run.wait(5)
    if cold:
        drop(runs, "r")
    run.cancel("changed my mind")
    assert run.wait(5) == Cancelled("changed my mind")
    assert WORLDS[0].deeds == ["pay 0", "refund 1"]
    assert runs.get("r").status == "finished"
    assert [row.kind for row in store.log("r")] == [1, 2, 1, 6, 4, 1, 2]


@pytest.mark.sentence("D19")
def test_clean_up_goes_on_where_it_was_after_a_crash(opened: Any, store: Store, world: World) -> None:
    runs = opened(refunding)
    run = runs.start(refunding, id="r")
    run.wait(5)
    run.cancel("no")
    run.wait(5)
    world.die(runs)
    whole = len(store.log("r"))
    for length in range(3, 7):
        rewritten(store, "r", length, status="running", result=None, wake_at=None)
        world.begun.clear()
        again = opened(refunding)
        if length == 3:
            again.cancel("r", "no")
        assert again.wait("r", 5) == Cancelled("no")
        assert world.deeds == ["pay 0", "refund 1"]
        assert sum(world.begun.values()) <= 1
        world.die(again)
        assert len(store.log("r")) == whole


@pytest.mark.sentence("D13")
def test_an_error_without_a_name_comes_as_what_stands_for_it_hot_and_cold(opened: Any) -> None:
    runs = opened(raising, catching)
    run = runs.start(raising, id="b")
    outcome = run.wait(5)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, OperationFailed)
    assert str(outcome.error) == "Boom: bad"
    assert str(runs.wait("b").error) == "Boom: bad"
    run = runs.start(catching, id="c")
    run.wait(5)
    drop(runs, "c")
    assert run.resume_sync("x") == Completed("LookupError gone")


@pytest.mark.sentence("D3")
def test_notices_come_in_order_and_once(opened: Any, store: Store) -> None:
    runs = opened(telling)
    run = runs.start(telling, id="t")
    assert receive(5).outcome == Notify("a")
    assert receive(5).outcome.value == Prompt("b")
    drop(runs, "t")
    run.resume("x")
    assert receive(5).outcome == Notify("c")
    assert receive(5).outcome == Completed(None)


@pytest.mark.sentence("D5", "D6")
@pytest.mark.parametrize("cold", [False, True], ids=["hot", "cold"])
def test_questions_of_branches(opened: Any, cold: bool) -> None:
    runs = opened(in_two)
    run = runs.start(in_two, id="p")
    outcome: Any = run.wait(5)
    asked: list[Any] = []
    while isinstance(outcome, Suspend):
        asked.append(outcome.value)
        if cold:
            drop(runs, "p")
        outcome = run.resume_sync(outcome.value.name, token=outcome.token)
    assert asked == [Prompt("left"), Prompt("right")]
    assert outcome.value[0].startswith("leftleft")
    assert sorted(world_deed.split()[0] for world_deed in WORLDS[0].deeds) == ["left", "right"]


def test_an_answer_without_a_question_is_refused(opened: Any) -> None:
    runs = opened(telling)
    run = runs.start(telling, id="t")
    with pytest.raises(NotSuspendedError):
        run.resume("early")
    assert run.wait(5).value == Prompt("b")
