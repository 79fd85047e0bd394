"""Properties: cut a recording anywhere, go on from there, and nothing can tell."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors import AsyncComputation, Completed, Suspend
from actors.durable import Branches, EffectLog, effect_logging
from actors.effects import ask, events, handling, operation, parallel, perform, state
from actors.ops import Op, Prompt
from actors.testing import answering


class Fetch(Op[int]):
    url: int


@operation
def charge(amount: int) -> int:
    raise NotImplementedError


@dataclass(frozen=True)
class Step:
    """One thing that a computation does; `many` does several at the same time, `guarded` catches its error."""

    kind: str
    number: int = 0
    inner: tuple[tuple["Step", ...], ...] = ()


class World:
    """What is outside: it outlives every cut."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []

    def fetch(self, op: Fetch) -> int:
        self.done.append(("fetch", op.url))
        return op.url * 10

    def charge(self, amount: int) -> int:
        self.done.append(("charge", amount))
        if amount == 0:
            raise OSError("declined")
        return amount * 100


def walk(steps: tuple[Step, ...], world: World) -> list[Any]:
    """Do the steps and return all that could be seen of them."""
    return [step_by(step, world) for step in steps]


def step_by(step: Step, world: World) -> Any:
    if step.kind == "many":
        return parallel(*[partial(observed, part, world) for part in step.inner])
    return DOING[step.kind](step.number, world)


def fetch_inside(number: int, world: World) -> int:
    with handling(Fetch, lambda op: world.fetch(op) + 1):
        return perform(Fetch(number))


def declined(_: int, __: World) -> str:
    try:
        charge(0)
    except OSError as error:
        return str(error)
    return "accepted"


def put(number: int, _: World) -> int:
    state.put(state.get(int) * 3 + number, name=int)
    return state.get(int)


DOING: dict[str, Callable[[int, World], Any]] = {
    "ask": lambda number, _: ask(Prompt(str(number))),
    "fetch": lambda number, _: perform(Fetch(number)),
    "inside": fetch_inside,
    "charge": lambda number, _: charge(number + 1),
    "fail": declined,
    "put": put,
    "emit": lambda number, _: events.emit((number, state.get(int))),
}
SIMPLE = st.builds(Step, st.sampled_from(sorted(DOING)), st.integers(0, 3))
PROGRAMS = st.recursive(
    st.lists(SIMPLE, max_size=5).map(tuple),
    lambda inner: st.lists(
        st.one_of(SIMPLE, st.builds(Step, st.just("many"), inner=st.lists(inner, min_size=1, max_size=3).map(tuple))),
        max_size=5,
    ).map(tuple),
    max_leaves=12,
)


def computation(steps: tuple[Step, ...], world: World, log: EffectLog | None) -> tuple[Any, ...]:
    """The whole of it, logged unless `log` is None."""
    with handling(Fetch, world.fetch), handling(charge, world.charge):
        if log is None:
            return observed(steps, world)
        with effect_logging(log):
            return observed(steps, world)


def observed(steps: tuple[Step, ...], world: World) -> tuple[Any, ...]:
    """Do the steps with a state and events of their own; branches that share them would depend on timing."""
    with state.holding(1, name=int) as cell, events.collected() as emitted:
        return walk(steps, world), cell.value, emitted


def questions(steps: tuple[Step, ...]) -> list[str]:
    found: list[str] = []
    for step in steps:
        found += [str(step.number)] if step.kind == "ask" else []
        for part in step.inner:
            found += questions(part)
    return found


def finish(steps: tuple[Step, ...], world: World, log: EffectLog | None) -> tuple[Any, ...]:
    """Run it to the end, answering each question with its own name."""
    run, outcome = AsyncComputation.start_sync(computation, steps, world, log)
    while isinstance(outcome, Suspend):
        outcome = run.resume_sync(outcome.value.name)
    assert isinstance(outcome, Completed), outcome
    return outcome.value


def record_until(steps: tuple[Step, ...], world: World, log: EffectLog, answers: int) -> None:
    """Run it until so many questions were answered, then drop it without a word."""
    run, outcome = AsyncComputation.start_sync(computation, steps, world, log)
    for _ in range(answers):
        if not isinstance(outcome, Suspend):
            return
        outcome = run.resume_sync(outcome.value.name)
    log.unload()
    run.cancel_sync("dropped")


def outside(steps: tuple[Step, ...], log: EffectLog | None) -> tuple[tuple[Any, ...], World]:
    world = World()
    with answering(*questions(steps)):
        return computation(steps, world, log), world


@given(PROGRAMS)
@settings(deadline=None)
def test_logging_changes_nothing_that_can_be_seen(steps: tuple[Step, ...]) -> None:
    plain, logged = World(), World()
    assert finish(steps, plain, None) == finish(steps, logged, EffectLog())
    assert sorted(plain.done) == sorted(logged.done)


@given(PROGRAMS)
@settings(deadline=None)
def test_a_whole_log_replays_to_the_same_value_and_touches_nothing(steps: tuple[Step, ...]) -> None:
    log = EffectLog()
    world = World()
    value = finish(steps, world, log)
    before, done = list(log), list(world.done)
    assert computation(steps, world, log) == value
    assert finish(steps, world, log) == value
    assert list(log) == before
    assert world.done == done


@given(PROGRAMS, st.data())
@settings(deadline=None)
def test_a_log_cut_anywhere_goes_on_as_if_it_had_not_been_cut(steps: tuple[Step, ...], data: st.DataObject) -> None:
    log = EffectLog()
    value, world = outside(steps, log)
    entries = list(log)
    cut = data.draw(st.integers(0, len(entries)), label="cut")
    done = sum(not isinstance(entry.op, Prompt | Branches | state.Holding) for entry in entries[:cut])

    shortened, later = EffectLog(entries[:cut]), World()
    left = [entry.answer for entry in entries[cut:] if isinstance(entry.op, Prompt)]
    with answering(*left):
        assert computation(steps, later, shortened) == value
    assert later.done == world.done[done:]
    assert [(e.position, e.op, e.answer) for e in shortened] == [(e.position, e.op, e.answer) for e in entries]


@given(PROGRAMS, st.lists(st.integers(0, 3), max_size=4))
@settings(deadline=None)
def test_a_run_dropped_at_questions_again_and_again_ends_like_one_that_was_not(
    steps: tuple[Step, ...], drops: list[int]
) -> None:
    undisturbed, world = World(), World()
    value = finish(steps, undisturbed, None)
    log = EffectLog()
    for answers in drops:
        record_until(steps, world, log, answers)
    assert finish(steps, world, log) == value
    assert sorted(world.done) == sorted(undisturbed.done)


def test_control_a_log_without_its_first_entry_is_noticed() -> None:
    steps = (Step("charge", 1), Step("charge", 2))
    log = EffectLog()
    _, world = outside(steps, log)
    begun, _, *rest = log  # what the state begins with, and the first charge
    shifted = EffectLog([begun, *rest])
    later = World()
    computation(steps, later, shifted)
    assert later.done == world.done[:1]  # it is performed again, which the property would see
