"""What a replay does again and what it takes from the log; and what cannot be done in a durable run."""

from collections.abc import Callable, Generator
from typing import Any

import pytest

from actors import Completed, Notify, Prompt, Suspend, Throw, ask, current, notify, receive, send
from actors.codec import EncodeError
from actors.durable import MemoryStore, NotInDurableError, Store, changed, current_operation
from actors.effects import clock, events, fresh, handling, operation, parallel, perform, race, randomness, state, writer
from actors.ops import Op
from actors.runtime import offload
from actors.testing import settle
from tests.durable.runs.world import World, deed, drained

BEGIN: list[int] = []


@pytest.fixture(autouse=True)
def _the_world(world: World) -> Generator[None]:
    yield
    BEGIN.clear()


def one_more(value: int) -> int:
    return value + 1


class Price(Op[int]):
    of: str


def twice(opened: Any, fn: Callable[..., Any], *, cold: bool = True) -> Any:
    """Run something that asks twice, dropped at each question, and return its outcome."""
    runs = opened(fn)
    run = runs.start(fn, id="r")
    outcome: Any = run.wait(5)
    while isinstance(outcome, Suspend):
        if cold:
            runs.passivate("r")
            settle()
            assert not runs.is_live("r")
        outcome = run.resume_sync(outcome.value.name, token=outcome.token)
    return outcome


def numbered() -> list[int]:
    with fresh.numbered():
        ids = [fresh.uuid4(), fresh.uuid7()]
        ask(Prompt("a"))
        ids.append(fresh.uuid4())
        ask(Prompt("b"))
        return [identity.int for identity in [*ids, fresh.uuid4()]]


def seeded() -> list[float]:
    with randomness.seeded(42):
        numbers = [randomness.number(), float(randomness.integer(1, 1000))]
        ask(Prompt("a"))
        return [*numbers, randomness.number(), randomness.element([1, 2, 3])]


def by_hand() -> list[float]:
    with clock.manual(100.0) as time:
        clock.sleep(5)
        ask(Prompt("a"))
        clock.sleep(7)
        time.advance(1)
        return [clock.now(), *time.slept]


@pytest.mark.sentence("D4")
@pytest.mark.parametrize("fn", [numbered, seeded, by_hand])
def test_handlers_of_tests_are_run_again(world: World, fn: Callable[..., Any]) -> None:
    def opened(fn: Callable[..., Any]) -> Any:
        return world.open(MemoryStore(), [fn])

    hot = twice(opened, fn, cold=False)
    assert isinstance(hot, Completed)
    assert twice(opened, fn) == hot


@pytest.mark.sentence("D4")
def test_numbered_identifiers_do_not_occur_twice(opened: Any) -> None:
    assert twice(opened, numbered) == Completed([1, 2, 3, 4])


def counting() -> list[int]:
    counted = iter(range(10))

    def price(op: Price) -> int:
        deed(op.of)
        return next(counted)

    with handling(Price, price, in_process=True):
        prices = [perform(Price("x")), perform(Price("y"))]
        ask(Prompt("a"))
        return [*prices, perform(Price("z"))]


def counting_outside() -> list[int]:
    counted = iter(range(10))
    with handling(Price, lambda _: next(counted)):
        prices = [perform(Price("x")), perform(Price("y"))]
        ask(Prompt("a"))
        return [*prices, perform(Price("z"))]


@pytest.mark.sentence("D4")
def test_a_handler_declared_in_process_is_run_again_and_what_it_performs_is_recorded(opened: Any, world: World) -> None:
    assert twice(opened, counting) == Completed([0, 1, 2])
    assert world.deeds_by_name == ["x", "y", "z"]
    assert world.repeated == 0


@pytest.mark.sentence("D4")
def test_any_other_is_answered_from_the_log(opened: Any) -> None:
    assert twice(opened, counting_outside) == Completed([0, 1, 0])


def translated() -> str:
    with handling(Prompt, lambda op: ask(Prompt(op.name.upper())) + "!", in_process=True):
        return ask(Prompt("a"))


@pytest.mark.sentence("D4")
def test_a_handler_in_process_may_ask_in_anothers_place(opened: Any) -> None:
    assert twice(opened, translated) == Completed("A!")


def holding_what_is_outside() -> int:
    with state.holding(BEGIN[0]) as cell:
        ask(Prompt("a"))
        state.modify(one_more)
        ask(Prompt("b"))
        return int(cell.value)


@pytest.mark.sentence("D4")
def test_what_a_state_begins_with_is_recorded(opened: Any) -> None:
    BEGIN.append(10)
    runs = opened(holding_what_is_outside)
    run = runs.start(holding_what_is_outside, id="r")
    token = run.wait(5).token
    runs.passivate("r")
    settle()
    BEGIN[0] = 99
    token = run.resume_sync("x", token=token).token
    runs.passivate("r")
    settle()
    assert run.resume_sync("x", token=token) == Completed(11)


def holding_what_cannot_be_stored() -> None:
    with state.holding(object()):
        ask(Prompt("a"))


@pytest.mark.sentence("D4", "D13")
def test_what_cannot_be_stored_is_refused_there(opened: Any) -> None:
    runs = opened(holding_what_cannot_be_stored)
    outcome = runs.start(holding_what_cannot_be_stored).wait(5)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, EncodeError)


# -- opaque bodies


@operation
def asking() -> str:
    return ask(Prompt("inside"))


@operation
def writing(how: str) -> None:
    match how:
        case "put":
            state.put(1)
        case "modify":
            state.modify(one_more)
        case "tell":
            writer.tell(1)
        case "emit":
            events.emit(1)
        case _:
            changed("x")


@operation
def its_own() -> int:
    with state.holding(1), events.collected() as emitted:
        state.put(state.get() + 1)
        events.emit("e")
        return int(state.get()) + len(emitted)


@operation
def all_else() -> str:
    me = current()
    send(me, "dropped")
    fresh.uuid4()
    notify("from inside")
    key = current_operation().key
    results = parallel(lambda: offload(int, "7"), lambda: deed("nested"))
    return f"{key} {results[0]} {race(lambda: 1)} {state.get()}"


def using(body: Callable[..., Any], *args: Any) -> Any:
    with state.holding(0), writer.collected(), events.collected():
        return body(*args)


def opaque_asking() -> Any:
    return using(asking)


def opaque_put() -> Any:
    return using(writing, "put")


def opaque_modify() -> Any:
    return using(writing, "modify")


def opaque_tell() -> Any:
    return using(writing, "tell")


def opaque_emit() -> Any:
    return using(writing, "emit")


def opaque_changed() -> Any:
    return using(writing, "changed")


def opaque_handler() -> Any:
    with handling(Prompt, lambda _: ask(Prompt("other"))):
        return ask(Prompt("a"))


def racing() -> Any:
    return race(lambda: 1, lambda: 2)


def offloading() -> Any:
    return offload(int, "7")


def receiving() -> Any:
    return receive(0)


def writing_from_a_branch() -> Any:
    with state.holding(0):
        return parallel(lambda: state.put(1), lambda: None)


def modifying_from_a_branch() -> Any:
    with state.holding(0):
        return parallel(lambda: state.modify(one_more))


REFUSED: list[tuple[Callable[..., Any], str]] = [
    (opaque_asking, "ask before it"),
    (opaque_put, "return the value"),
    (opaque_modify, "return the value"),
    (opaque_tell, "return the value"),
    (opaque_emit, "return the value"),
    (opaque_changed, "ask for it before"),
    (opaque_handler, "in_process=True"),
    (racing, "race inside an external operation"),
    (offloading, "do it inside an @operation"),
    (receiving, "receive() inside a computation"),
    (writing_from_a_branch, "after the parallel"),
    (modifying_from_a_branch, "after the parallel"),
]


@pytest.mark.sentence("D18")
@pytest.mark.parametrize(("fn", "words"), REFUSED, ids=[fn.__name__ for fn, _ in REFUSED])
def test_what_a_replay_could_not_do_again_is_refused(
    world: World, store: Store, fn: Callable[..., Any], words: str
) -> None:
    runs = world.open(store, [fn])
    outcome: Any = runs.start(fn, id="r").wait(5)
    assert isinstance(outcome, Throw)
    assert words in str(outcome.error)
    assert isinstance(outcome.error, NotInDurableError) or fn is receiving or "NotInDurableError" in str(outcome.error)
    row = store.get("r")
    assert row is not None
    assert row.question is None


def opaque_own() -> Any:
    return using(its_own)


def opaque_rest() -> Any:
    return using(all_else)


def branch_own() -> Any:
    def branch(value: int) -> int:
        with state.holding(value):
            state.put(state.get() + 1)
            ask(Prompt(f"{value}"))
            return int(state.get())

    with state.holding(5):
        return parallel(lambda: branch(1), lambda: state.get() + 0, lambda: branch(2))


@pytest.mark.sentence("D18")
def test_control_what_belongs_to_the_operation_is_allowed(opened: Any, world: World) -> None:
    runs = opened(opaque_own, opaque_rest)
    assert runs.start(opaque_own, id="o").wait(5) == Completed(3)
    run = runs.start(opaque_rest, id="p")
    assert run.wait(5) == Completed("p:1 7 1 0")
    assert world.deeds == ["nested 0"]
    assert [event.outcome for event in drained()] == [Notify("from inside")]


@pytest.mark.sentence("D18")
def test_control_a_branch_writes_its_own_state(opened: Any) -> None:
    assert twice(opened, branch_own) == Completed((2, 5, 3))
