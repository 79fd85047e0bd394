"""The low level: a log as bytes, and a run that is started with one."""

from collections.abc import Generator
from typing import Any

import pytest

from actors import AsyncComputation, Cancelled, Completed, Prompt, Suspend, Throw, ask
from actors.codec import DecodeError, EncodeError, encode
from actors.durable import Diverged, EffectLog, OperationFailed, effect_logging
from actors.effects import fresh, operation, parallel, race, state
from actors.exits import Crash
from actors.ops import Question

pytestmark = pytest.mark.sentence("D17")

DONE: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_done() -> Generator[None]:
    yield
    DONE.clear()


@operation
def deed(what: str, times: int = 1) -> str:
    DONE.append(what)
    return f"{what} was done {times} times"


@operation
def failing(what: str) -> None:
    DONE.append(what)
    raise OSError(5, what)


class Strange(Exception):
    pass


@operation
def failing_strangely() -> None:
    raise Strange("who knows")


class Which(Question[str]):
    among: tuple[str, ...]


def wizard(greeting: str) -> Any:
    with state.holding(0) as cell:
        name = ask(Prompt("name"))
        identity = fresh.uuid4()
        made = deed(f"{greeting} {name}", times=2)
        try:
            failing("once")
        except OSError as error:
            made += f", {error.errno}"
        both = parallel(lambda: deed("left"), lambda: deed("right"))
        first = race(lambda: "first", lambda: ask(Prompt("never")))
        state.modify(one_more)
        which = ask(Which(("x", "y")))
        return name, str(identity), made, both, first, which, cell.value


def one_more(count: int) -> int:
    return count + 1


def logged(greeting: str) -> Any:
    with effect_logging():
        return wizard(greeting)


def interrupted(fn: Any) -> bytes:
    """Run it to its second question, and let it be lost there; return what its owner has of it."""
    runner, outcome = AsyncComputation.start_sync(fn, "hi")
    assert isinstance(outcome, Suspend)
    outcome = runner.resume_sync("Ada")
    assert isinstance(outcome, Suspend)
    runner.cancel_sync("lost")
    view: Any = outcome.data[EffectLog]
    data: bytes = view.to_bytes()
    return data


@pytest.mark.parametrize("fn", [wizard, logged], ids=["plain", "with a block of its own"])
def test_a_run_started_with_a_log_of_bytes_comes_to_its_question_and_goes_on(fn: Any) -> None:
    data = interrupted(logged)
    done = list(DONE)
    assert len(done) == 4
    log = EffectLog.from_bytes(data)
    runner, outcome = AsyncComputation.start_sync(fn, "hi", log=log)
    assert isinstance(outcome, Suspend)
    assert outcome.value == Which(("x", "y"))
    view: Any = outcome.data[EffectLog]
    assert view.to_bytes() == data
    assert done == DONE
    outcome = runner.resume_sync("y")
    assert isinstance(outcome, Completed)
    assert outcome.value[:1] + outcome.value[2:] == (
        "Ada",
        "hi Ada was done 2 times, 5",
        ("left was done 1 times", "right was done 1 times"),
        "first",
        "y",
        1,
    )
    assert done == DONE
    again, end = AsyncComputation.start_sync(fn, "hi", log=EffectLog.from_bytes(log.to_bytes()))
    assert end == outcome
    assert again.state == "finished"


def test_control_without_the_log_all_is_done_again() -> None:
    interrupted(logged)
    interrupted(logged)
    assert len(DONE) == 8


def test_start_takes_a_log_too_and_records_a_new_run() -> None:
    log = EffectLog()
    runner = AsyncComputation.start(wizard, "hi", log=log)
    for expected, answer in ((Prompt("name"), "Ada"), (Which(("x", "y")), "x")):
        outcome: Any = runner.wait(5)
        assert outcome.value == expected
        runner.resume(answer)
    assert isinstance(runner.wait(5), Completed)
    assert EffectLog.from_bytes(log.to_bytes()).to_bytes() == log.to_bytes()


def test_the_operations_of_the_handler_stack_pass_through_the_log() -> None:
    log = EffectLog()
    _, outcome = AsyncComputation.start_sync(str, log=log, handlers=lambda: state.holding(deed("at the start")))
    assert outcome == Completed("")
    _, outcome = AsyncComputation.start_sync(str, log=EffectLog(log), handlers=lambda: state.holding(deed("at the start")))
    assert (outcome, DONE) == (Completed(""), ["at the start"])


def test_code_that_differs_from_a_log_of_bytes_has_diverged() -> None:
    log = EffectLog.from_bytes(interrupted(logged))
    _, outcome = AsyncComputation.start_sync(wizard, "hello", log=log)
    assert isinstance(outcome, Cancelled)
    assert isinstance(outcome.reason, Crash)
    failure = outcome.reason.error
    assert isinstance(failure, Diverged)
    assert "deed('hi Ada', times=2)" in str(failure)
    assert len(DONE) == 4


def strange() -> str:
    try:
        failing_strangely()
    except (Strange, OperationFailed) as error:
        return repr(error)
    return "nothing"


def test_an_error_without_a_name_is_kept_as_text() -> None:
    log = EffectLog()
    AsyncComputation.start_sync(strange, log=log)
    _, outcome = AsyncComputation.start_sync(strange, log=EffectLog.from_bytes(log.to_bytes()))
    assert outcome == Completed("OperationFailed('Strange', 'who knows')")


def unstorable() -> None:
    ask(Prompt("what"))
    ask(Prompt("more"))


def test_an_answer_that_cannot_be_stored_is_refused_when_it_is_written() -> None:
    log = EffectLog()
    runner, _ = AsyncComputation.start_sync(unstorable, log=log)
    runner.resume_sync(object())
    with pytest.raises(EncodeError, match="object has no name"):
        log.to_bytes()
    runner.cancel_sync()


def test_bytes_that_are_no_log_are_refused() -> None:
    whole = interrupted(logged)
    for data in (
        b"",
        b"\x01",
        encode(7),
        encode(["effect log", 1, [7]]),
        encode(["effect log", 1, [[[], 0, ["Nope", 1], b"", None]]]),
    ):
        with pytest.raises(DecodeError):
            EffectLog.from_bytes(data)
    with pytest.raises(DecodeError, match="version 2, and 1 is the last"):
        EffectLog.from_bytes(encode(["effect log", 2, "whatever"]))
    for length in range(0, len(whole), 7):
        with pytest.raises(DecodeError):
            EffectLog.from_bytes(whole[:length])
    twice: Any = [[], 0, encode(["deed", [], {}]), encode(1), None]
    with pytest.raises(DecodeError, match="same position"):
        EffectLog.from_bytes(encode(["effect log", 1, [twice, twice]]))


def test_what_is_no_log_or_in_use_is_refused_where_it_is_given() -> None:
    log = EffectLog()
    runner, outcome = AsyncComputation.start_sync(wizard, "hi", log=log)
    assert isinstance(outcome, Suspend)
    with pytest.raises(RuntimeError, match="in use"):
        AsyncComputation.start(wizard, "hi", log=log)
    wrong: Any = outcome.data[EffectLog]
    with pytest.raises(TypeError, match=r"EffectLog\(view\)"):
        AsyncComputation.start(wizard, "hi", log=wrong)
    runner.cancel_sync()


def another_inside() -> None:
    with effect_logging(EffectLog()):
        pass


def test_another_log_inside_is_refused() -> None:
    _, outcome = AsyncComputation.start_sync(another_inside, log=EffectLog())
    assert isinstance(outcome, Throw)
    assert "inside another one" in str(outcome.error)
