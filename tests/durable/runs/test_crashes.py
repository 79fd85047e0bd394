"""The process dies at each write: of runs that are cancelled, whose branches fail, and whose clean-up has much to do."""

from collections.abc import Callable
from typing import Any

import pytest

from actors import Cancelled, Prompt, Suspend, ask
from actors.durable import DetachedError, Store, StoreUnavailableError
from actors.effects import clock, events, operation, parallel, state
from actors.testing import crash_everywhere
from tests.durable.runs.world import WORLDS, Mortal, World

pytestmark = [pytest.mark.sentence("D5", "D19"), pytest.mark.usefixtures("world")]


@operation
def deed(what: str) -> str:
    return WORLDS[0].do(what).rsplit(" ", 1)[0]


@operation(idempotent=True)
def quick(what: str) -> str:
    return WORLDS[0].do(what).rsplit(" ", 1)[0]


@operation
def refused(what: str) -> str:
    WORLDS[0].do(what)
    raise LookupError(what)


def careful(name: str) -> str:
    with state.holding(name):
        try:
            quick(f"{name} begins")
            return deed(f"{name} asks") + ask(Prompt(name))
        finally:
            clock.sleep(0.0)
            deed(f"{name} cleans up")
            quick(f"{name} is clean")


def one() -> str:
    return careful("one")


def many() -> Any:
    try:
        return parallel(lambda: careful("left"), lambda: parallel(lambda: careful("inner"), lambda: careful("other")))
    finally:
        deed("all clean up")


def failing_branch() -> Any:
    with events.collected() as emitted:
        try:
            parallel(lambda: careful("left"), lambda: refused(ask(Prompt("right"))), lambda: careful("third"))
        except LookupError as error:
            events.emit(str(error))
            deed("caught")
        return emitted, ask(Prompt("after"))


def nested() -> Any:
    try:
        try:
            refused("first")
        finally:
            deed("inner")
    except LookupError:
        try:
            refused("second")
        except LookupError as error:
            return type(error.__context__).__name__, careful("last")
    return None


def lived(kept: Store, world: World, fn: Callable[..., Any], writes: int) -> tuple[Any, bool]:
    """Live until so many writes: bring it to its first question, cancel it there, and return what it comes to."""
    dying = Mortal(kept, writes)
    runs = world.open(dying, [fn], max_attempts=1000)
    outcome: Any = None
    try:
        if kept.get("r") is None:
            runs.start(fn, id="r")
        outcome = runs.wait("r", 5)
        if isinstance(outcome, Suspend):
            runs.cancel("r", "no")
            outcome = runs.wait("r", 5)
    except (StoreUnavailableError, DetachedError):
        assert dying.dead
    world.die(runs)
    return outcome, dying.dead


def scopes_left(world: World) -> bool:
    """Whether each branch that began cleaned up; which of them had begun when the cancel came is a matter of time."""
    deeds = world.deeds_by_name
    begun = [deed.split()[0] for deed in deeds if deed.endswith("begins")]
    return bool(begun) and all(f"{name} cleans up" in deeds and f"{name} is clean" in deeds for name in begun)


@pytest.mark.parametrize("fn", [one, many])
def test_a_cancel(world: World, store: Store, fn: Callable[..., Any]) -> None:
    hot, _ = lived(store, world, fn, 10_000)
    assert hot == Cancelled("no")
    assert scopes_left(world)
    assert world.repeated == 0
    for writes in range(200):
        world.done.clear()
        world.begun.clear()
        store.forget("r")
        outcome, dead = lived(store, world, fn, writes)
        if dead:
            outcome, _ = lived(store, world, fn, 10_000)
        assert outcome == hot, writes
        assert scopes_left(world), writes
        assert world.repeated <= 3
        if not dead:
            return
    raise AssertionError("it does not end")


@pytest.mark.parametrize("fn", [one, many, failing_branch, nested])
def test_an_answer(world: World, fn: Callable[..., Any]) -> None:
    deaths = crash_everywhere(
        fn,
        answer=lambda question: question.name,
        before=world.reset,
        compared=lambda outcome: (repr(outcome), fn is failing_branch or sorted(world.deeds_by_name)),  # who was first
    )
    assert deaths > 8
