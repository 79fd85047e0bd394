"""`crash_everywhere` and `replay`, for those who write durable computations; and that the first can fail."""

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from actors import Completed, Prompt, Throw, ask
from actors.durable import Diverged, DurableRuns, MemoryStore, changed, continue_as, current_operation
from actors.durable.appends import Append
from actors.durable.store import EntryRow
from actors.effects import events, fresh, operation, parallel, state
from actors.testing import crash_everywhere, replay, settle
from actors.testing.crashing import Dying

DONE: dict[str, str] = {}


@pytest.fixture(autouse=True)
def _done() -> Generator[None]:
    yield
    DONE.clear()


@operation
def deed(what: str) -> str:
    DONE.setdefault(current_operation().key, what)
    return what


@operation(idempotent=True)
def lookup(what: str) -> str:
    return what.upper()


def wizard(greeting: str) -> tuple[Any, ...]:
    with state.holding(0) as cell, events.collected() as emitted:
        name = ask(Prompt("name"))
        state.put(len(name))
        events.emit(lookup(name))
        identity = fresh.uuid4()
        deed(f"account of {name}")
        both = parallel(lambda: deed("left") + ask(Prompt("l")), lambda: ask(Prompt("r")) + deed("right"))
        try:
            ask(Prompt("sure"))
        finally:
            deed("clean-up")
        return greeting, str(identity), cell.value, emitted, both


def looping(turn: int) -> str:
    deed(f"turn {turn}")
    if turn < 3:
        continue_as(looping, turn + 1)
    return "over"


def failing() -> None:
    deed("one")
    raise LookupError("gone")


@pytest.mark.sentence("D3", "D5")
def test_a_wizard_holds_at_every_write() -> None:
    deaths = crash_everywhere(
        wizard,
        "hi",
        answer=lambda question: question.name,
        handlers=fresh.numbered,
        before=DONE.clear,
        compared=lambda outcome: (outcome, sorted(DONE.values())),
    )
    assert deaths > 12


@pytest.mark.sentence("D8")
def test_a_chain_of_computations_holds() -> None:
    assert crash_everywhere(looping, 0, before=DONE.clear, compared=lambda _: list(DONE.values())) > 6


@pytest.mark.sentence("D5")
def test_errors_are_compared_too() -> None:
    assert crash_everywhere(failing) >= 4


def test_what_differs_from_life_to_life_is_found() -> None:
    lives: list[int] = []
    with pytest.raises(AssertionError, match=r"write 1 of \d+"):
        crash_everywhere(lambda: len(lives), before=lambda: lives.append(1))


def test_what_is_done_beside_the_log_is_found() -> None:
    done: list[str] = []

    def careless() -> int:
        done.append("beside the log")
        ask(Prompt("a"))
        deed("one")
        return len(done)

    with pytest.raises(AssertionError, match="came to"):
        crash_everywhere(careless, answer="x", before=done.clear)


@pytest.mark.sentence("D3")
def test_a_log_that_is_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    append = Dying.append

    def acknowledged(self: Dying, run: str, entries: Sequence[EntryRow] = (), *args: Any, **options: Any) -> Append:
        if self.left != 1:
            return append(self, run, entries, *args, **options)
        self.left -= 1  # the last write before the death was not on disk when it said so
        lost = Append(run, entries, None, 0)
        lost.done = True
        return lost

    monkeypatch.setattr(Dying, "append", acknowledged)

    def two() -> list[str]:
        return [deed("one"), deed("two")]

    with pytest.raises(AssertionError, match=r"began crashing:0.* again"):
        crash_everywhere(two, before=DONE.clear, compared=lambda _: list(DONE.items()))


# -- replay


def logged(fn: Any, *answers: str) -> list[Any]:
    store = MemoryStore()
    with DurableRuns(store, {"it": fn}, poll=60.0) as runs:
        run = runs.start(fn, id="r")
        outcome: Any = run.wait(5)
        for answer in answers:
            outcome = run.resume_sync(answer, token=outcome.token)
        settle()
        return list(store.log("r"))


def two_questions() -> str:
    return ask(Prompt("a")) + deed("one") + ask(Prompt("b"))


def more() -> str:
    given = two_questions()
    return given + (deed("two") if changed("more") else "")


def other() -> str:
    return ask(Prompt("a")) + deed("another")


def test_a_log_is_replayed_without_performing_anything() -> None:
    log = logged(two_questions, "x", "y")
    DONE.clear()
    assert replay(log, two_questions) == Completed("xoney")
    assert replay(log[:-1], two_questions) is None
    assert replay([(row.kind, row.payload) for row in log], two_questions) == Completed("xoney")
    assert replay(log, more) is None  # it would go on to the second deed
    with pytest.raises(Diverged, match="another"):
        replay(log, other)
    assert DONE == {}


def test_what_it_raises_is_returned() -> None:
    log = logged(failing)
    outcome = replay(log, failing)
    assert isinstance(outcome, Throw)
    assert str(outcome.error) == "gone"
