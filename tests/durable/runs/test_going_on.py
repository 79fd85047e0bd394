"""Code that changes under runs, and logs that stay short: `changed` and `continue_as`."""

from typing import Any

import pytest

from actors import Completed, Prompt, Suspend, Throw, ask
from actors.codec import EncodeError
from actors.durable import Store, StoreUnavailableError, UnknownComputationError, changed, continue_as
from actors.durable.runs_faults import DetachedError
from actors.effects import operation, parallel, state
from actors.testing import settle
from tests.durable.runs.world import Mortal, World, deed

pytestmark = pytest.mark.usefixtures("world")


def old() -> list[str]:
    return [ask(Prompt("a")), ask(Prompt("b")), ask(Prompt("c"))]


def new() -> list[str]:
    given = [ask(Prompt("a"))]
    if changed("with b2"):
        given.append(ask(Prompt("b2")))
    given.append(ask(Prompt("b")))
    if changed("with b2"):
        given.append("and again")
    given.append(ask(Prompt("c")))
    if changed("with c2"):
        given.append(ask(Prompt("c2")))
    return given


def answered(runs: Any, id_: str) -> tuple[list[str], Any]:
    asked: list[str] = []
    outcome = runs.wait(id_, 5)
    while isinstance(outcome, Suspend):
        asked.append(outcome.value.name)
        runs.resume(id_, outcome.value.name, token=outcome.token)
        outcome = runs.wait(id_, 5)
    return asked, outcome.value


@pytest.mark.sentence("D7")
@pytest.mark.parametrize(
    ("before", "then"),
    [
        ([], ["a", "b2", "b", "c", "c2"]),
        (["a"], ["b", "c", "c2"]),
        (["a", "b"], ["c", "c2"]),
    ],
    ids=["at the first question", "past the marker", "well past it"],
)
def test_a_run_that_passed_the_marker_keeps_to_the_old_way(
    world: World, store: Store, before: list[str], then: list[str]
) -> None:
    runs = world.open(store, {"it": old})
    runs.start(old, id="r")
    for answer in before:
        outcome: Any = runs.wait("r", 5)
        runs.resume("r", answer, token=outcome.token)
    runs.wait("r", 5)
    world.die(runs)
    runs = world.open(store, {"it": new})
    asked, value = answered(runs, "r")
    assert asked == then
    assert ("and again" in value) == ("b2" in then)


@pytest.mark.sentence("D7")
def test_the_answer_of_a_marker_is_kept(world: World, store: Store) -> None:
    runs = world.open(store, {"it": old})
    runs.start(old, id="r")
    runs.resume("r", "a", token=runs.wait("r", 5).token)  # type: ignore[union-attr]
    outcome: Any = runs.wait("r", 5)
    for answer in ("b", "c"):  # each in a process of its own
        world.die(runs)
        runs = world.open(store, {"it": new})
        outcome = runs.wait("r", 5)
        assert outcome.value == Prompt(answer)
        runs.resume("r", answer, token=outcome.token)
        outcome = runs.wait("r", 5)
    assert outcome.value == Prompt("c2")


@pytest.mark.sentence("D7")
def test_a_new_run_takes_the_new_way(world: World, store: Store) -> None:
    runs = world.open(store, {"it": new})
    runs.start(new, id="r")
    assert answered(runs, "r") == (["a", "b2", "b", "c", "c2"], ["a", "b2", "b", "and again", "c", "c2"])


def looping(turn: int, most: int) -> str:
    with state.holding(turn) as cell:
        deed(f"turn {cell.value}")
        ask(Prompt(f"turn {turn}"))
        if turn + 1 < most:
            continue_as(looping, turn + 1, most)
    return f"{most} turns"


def in_a_branch() -> Any:
    return parallel(lambda: continue_as(looping, 0, 1))


def as_a_stranger() -> None:
    continue_as(answered, None, "x")


def with_what_cannot_be_stored() -> None:
    continue_as(looping, object(), 1)  # type: ignore[arg-type]


@operation
def within() -> None:
    continue_as(looping, 0, 1)


def inside_an_operation() -> None:
    within()


@pytest.mark.sentence("D8")
@pytest.mark.parametrize("cold", [False, True], ids=["hot", "cold"])
def test_the_log_of_a_loop_stays_short_and_nothing_occurs_twice(world: World, store: Store, cold: bool) -> None:
    runs = world.open(store, [looping])
    run = runs.start(looping, 0, 20, id="l")
    tokens: list[Any] = []
    outcome: Any = run.wait(5)
    while isinstance(outcome, Suspend):
        tokens.append(outcome.token)
        assert len(store.log("l")) == 4
        if cold:
            runs.passivate("l")
            settle()
        outcome = run.resume_sync("x", token=outcome.token)
    assert outcome == Completed("20 turns")
    assert tokens == sorted(set(tokens))
    assert len(tokens) == 20
    assert world.repeated == 0
    assert [deed.rsplit(" ", 1)[0] for deed in world.deeds] == [f"turn {turn}" for turn in range(20)]


@pytest.mark.sentence("D8")
def test_a_crash_at_any_write_leaves_the_one_log_or_the_other(world: World, store: Store) -> None:
    for writes in range(30):
        world.done.clear()
        world.begun.clear()
        store.forget("l")
        left: Any = writes
        while True:
            dying = Mortal(store, left)
            runs = world.open(dying, [looping], max_attempts=1000)
            try:
                if store.get("l") is None:
                    runs.start(looping, 0, 4, id="l")
                _, value = answered(runs, "l")
                assert value == "4 turns"
            except (StoreUnavailableError, DetachedError):
                assert dying.dead
            if not dying.dead:
                break
            world.die(runs)
            left = 10_000
        assert [deed.rsplit(" ", 1)[0] for deed in world.deeds] == [f"turn {turn}" for turn in range(4)], writes
        assert world.repeated <= 1
        runs.close()


@pytest.mark.sentence("D8")
@pytest.mark.parametrize(
    ("fn", "kind", "words"),
    [
        (in_a_branch, RuntimeError, "in a branch"),
        (as_a_stranger, UnknownComputationError, "answered"),
        (with_what_cannot_be_stored, EncodeError, "object"),
        (inside_an_operation, RuntimeError, "external operation"),
    ],
    ids=["branch", "stranger", "argument", "operation"],
)
def test_where_it_cannot_be_it_is_refused(world: World, store: Store, fn: Any, kind: type[Exception], words: str) -> None:
    runs = world.open(store, [looping, fn])
    outcome = runs.start(fn, id="r").wait(5)
    assert isinstance(outcome, Throw)
    assert words in str(outcome.error)
    assert isinstance(outcome.error, kind) or "RuntimeError" in str(outcome.error)


@pytest.mark.sentence("D8")
def test_outside_a_durable_run_it_is_refused() -> None:
    with pytest.raises(RuntimeError, match="outside a durable run"):
        continue_as(looping, 0, 1)
