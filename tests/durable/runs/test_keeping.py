"""What `DurableRuns` looks after: the inbox, runs that keep dying, old runs; what is told of runs; other threads."""

from collections.abc import Generator
from typing import Any

import pytest

from actors import Cancelled, Completed, ComputationEvent, Prompt, Suspend, Throw, ask, current, receive, send, spawn
from actors.codec import EncodeError, encode, stored
from actors.computation import FinishedError
from actors.durable import DurableRuns, MemoryStore, NoSuchRunError, ParkedError, Store
from actors.durable.rows import packed, unpacked
from actors.durable.store_faults import StoreUnavailableError
from actors.effects import Retry, clock, operation, parallel
from actors.ops import Question
from actors.runtime.background import background
from actors.testing import ManualClock, settle
from tests.durable.runs.world import WORLDS, World, deed, drained, rewritten

TRIES: list[int] = []


@pytest.fixture(autouse=True)
def _the_world(world: World) -> Generator[None]:
    yield
    TRIES.clear()


class Number(Question[int]):
    text: str

    def parse(self, answer: Any) -> int:
        return int(answer)


def asking() -> int:
    return ask(Number("n")) + ask(Number("m"))


def refunding() -> str:
    deed("pay")
    try:
        return ask(Prompt("sure"))
    finally:
        deed("refund")


def post(store: Store, message: str, *payload: Any) -> None:
    assert store.post("r", message, encode([*payload]))


# -- D15


@pytest.mark.sentence("D15")
@pytest.mark.parametrize("live", [True, False], ids=["live", "passivated"])
def test_an_answer_that_another_process_posts_is_taken(world: World, store: Store, live: bool) -> None:
    with ManualClock(1e9) as time:
        runs = world.open(store, [asking], poll=0.25)
        run = runs.start(asking, id="r")
        time.advance(0)
        if not live:
            runs.passivate("r")
            settle()
        token = runs.get("r").token  # type: ignore[union-attr]
        post(store, "m1", "answer", "1", token)
        time.advance(0.25)
        outcome: Any = run.outcome
        assert outcome.value == Number("m")
        assert store.inbox("r") == []
        post(store, "m2", "answer", "41", None)
        time.advance(0.25)
        assert run.outcome == Completed(42)
        runs.close()


@pytest.mark.sentence("D15")
def test_what_cannot_be_used_is_dropped_with_a_report(world: World, store: Store) -> None:
    with ManualClock(1e9) as time:
        runs = world.open(store, [asking], poll=0.25)
        run = runs.start(asking, id="r")
        time.advance(0)
        for number, payload in enumerate(
            [("answer", "many", 0), ("answer", "1", 77), ("nonsense",), ("cancel",), ("answer", "x")]
        ):
            post(store, f"m{number}", *payload)
        store.post("r", "garbage", b"\xc1")
        time.advance(0.25)
        assert store.inbox("r") == []
        outcome: Any = run.outcome
        assert isinstance(outcome, Suspend)
        assert "many" in (outcome.error or "")
        post(store, "good", "answer", "1", 0)
        time.advance(0.25)
        assert run.outcome.value == Number("m")  # type: ignore[union-attr]
        runs.close()


@pytest.mark.sentence("D15", "D19")
@pytest.mark.parametrize("live", [True, False], ids=["live", "passivated"])
def test_a_cancel_that_another_process_posts_is_taken(world: World, store: Store, live: bool) -> None:
    with ManualClock(1e9) as time:
        runs = world.open(store, [refunding], poll=0.25)
        run = runs.start(refunding, id="r")
        time.advance(0)
        if not live:
            runs.passivate("r")
            settle()
        post(store, "m", "cancel", "no more")
        time.advance(0.25)
        assert run.outcome == Cancelled("no more")
        assert world.deeds == ["pay 0", "refund 1"]
        runs.close()


def changed_asking() -> int:
    return ask(Number("other"))


@pytest.mark.sentence("D6", "D15")
def test_an_answer_for_a_parked_run_stays_in_the_inbox(world: World, store: Store) -> None:
    with ManualClock(1e9) as time:
        runs = world.open(store, {"it": asking}, poll=0.25)
        runs.start(asking, id="r")
        time.advance(0)
        runs.park("r", "by hand")
        world.die(runs)
        post(store, "m", "answer", "1", 0)
        runs = world.open(store, {"it": asking}, poll=0.25)
        time.advance(1)
        assert len(store.inbox("r")) == 1
        run = runs.retry("r")
        time.advance(0.5)
        assert run.outcome.value == Number("m")  # type: ignore[union-attr]
        assert store.inbox("r") == []
        runs.close()


@pytest.mark.sentence("D6", "D15")
def test_a_parked_run_is_cancelled_from_the_inbox(world: World, store: Store) -> None:
    with ManualClock(1e9) as time:
        runs = world.open(store, {"it": asking}, poll=0.25)
        runs.start(asking, id="r")
        time.advance(0)
        runs.park("r", "by hand")
        world.die(runs)
        runs = world.open(store, {"it": changed_asking}, poll=0.25)
        post(store, "m", "cancel", "over")
        time.advance(0.25)
        assert runs.wait("r", 0) == Cancelled("over")
        assert store.inbox("r") == []
        runs.close()


@pytest.mark.sentence("D15")
def test_what_is_told_of_runs(store: Store) -> None:
    def sleeping() -> None:
        clock.sleep(1000)

    runs = DurableRuns(store, {"asking": asking, "sleeping": sleeping}, version="v7", poll=60.0)
    runs.start(asking, id="a")
    runs.start(sleeping, id="s")
    done = runs.start(asking, id="d")
    done.wait(5)
    done.resume_sync("1")
    done.resume_sync("2")
    settle()
    told = {info.id: info for info in runs.list()}
    assert {id_: info.status for id_, info in told.items()} == {"a": "suspended", "s": "sleeping", "d": "finished"}
    assert told["a"].question == Number("n")
    assert told["a"].token == 0
    assert (told["a"].name, told["a"].version) == ("asking", "v7")
    assert told["s"].wake_at == pytest.approx(told["s"].since + 1000, abs=5)
    assert [info.id for info in runs.list("finished")] == ["d"]
    assert [info.id for info in runs.list(name="sleeping")] == ["s"]
    assert runs.get("nobody") is None
    runs.close()


@pytest.mark.sentence("D15")
def test_finished_runs_are_kept_for_a_time_and_then_forgotten(world: World, store: Store) -> None:
    with ManualClock(1e9) as time:
        runs = world.open(store, [asking], retention=100.0, poll=1.0)
        run = runs.start(asking, id="r")
        runs.start(asking, id="open")
        time.advance(0)
        run.resume("1")
        time.advance(0)
        run.resume("1")
        time.advance(90)
        assert runs.get("r") is not None
        time.advance(80)
        assert runs.get("r") is None
        assert runs.get("open") is not None
        runs.close()


@pytest.mark.sentence("D15")
def test_a_run_is_forgotten(opened: Any, store: Store) -> None:
    runs = opened(refunding)
    run = runs.start(refunding, id="r")
    run.wait(5)
    assert runs.forget("r")
    settle()
    assert not runs.forget("r")
    assert store.get("r") is None
    assert WORLDS[0].deeds == ["pay 0"]
    with pytest.raises(NoSuchRunError):
        runs.resume("r", "x")
    assert isinstance(runs.start(refunding, id="r").wait(5), Suspend)


# -- D16


def crashing() -> None:
    deed("before")
    deed("deadly")


@pytest.mark.sentence("D16")
def test_a_run_that_keeps_dying_is_parked_and_its_siblings_go_on(world: World, store: Store) -> None:
    runs = world.open(store, [asking])
    runs.start(asking, id="sibling").wait(5)
    runs.start(asking, id="r").wait(5)
    world.die(runs)
    interrupted: dict[str, Any] = {"status": "running", "question": None, "owner": "a dead process"}
    rewritten(store, "r", **interrupted)
    for attempt in range(1, 4):
        opening = DurableRuns(store, [asking], poll=60.0)
        settle()
        assert store.get("r").attempts == attempt  # type: ignore[union-attr]
        opening.close()
        drained()
        rewritten(store, "r", **interrupted)
    runs = world.open(store, [asking])
    settle()
    info = runs.get("r")
    assert info is not None
    assert info.status == "parked"
    assert "interrupted 3 times" in (info.reason or "")
    with pytest.raises(ParkedError, match="3 times"):
        runs.resume("r", "1")
    runs.resume("sibling", "1")
    assert isinstance(runs.wait("sibling", 5), Suspend)


@pytest.mark.sentence("D16")
def test_a_run_that_got_on_has_all_its_attempts_again(world: World, store: Store) -> None:
    runs = world.open(store, [asking])
    runs.start(asking, id="r").wait(5)
    world.die(runs)
    rewritten(store, "r", attempts=2)
    runs = world.open(store, [asking])
    runs.resume("r", "1")
    assert isinstance(runs.wait("r", 5), Suspend)
    assert store.get("r").attempts == 0  # type: ignore[union-attr]


@pytest.mark.sentence("D16")
def test_a_run_that_throws_is_finished(opened: Any, store: Store) -> None:
    runs = opened(raising)
    assert isinstance(runs.start(raising, id="r").wait(5), Throw)
    runs.close()
    again = opened(raising)
    settle()
    assert again.get("r").status == "finished"
    assert isinstance(again.wait("r", 0), Throw)
    with pytest.raises(FinishedError):
        again.resume("r", "x")


def raising() -> None:
    raise LookupError("gone")


# -- D13, D20


@stored("test.Named")
class Named(Exception):
    """Has a name to be stored under."""


@operation
def fails(how: str) -> Any:
    match how:
        case "named":
            raise Named("n")
        case "nameless":
            raise Nameless("x")
        case _:
            return object()


class Nameless(Exception):
    """Has none."""


def failing(how: str) -> str:
    try:
        fails(how)
    except Exception as error:
        shown = f"{type(error).__name__}: {error}"
        ask(Prompt("after"))
        return shown
    return "did not fail"


@pytest.mark.sentence("D13")
@pytest.mark.parametrize(
    ("how", "shown"),
    [("named", "Named: n"), ("nameless", "OperationFailed: Nameless: x"), ("unstorable", "EncodeError: ")],
)
def test_an_error_of_an_operation_is_the_same_hot_and_cold(world: World, how: str, shown: str) -> None:
    values: list[Any] = []
    for cold in (False, True):
        runs = world.open(MemoryStore(), [failing])
        run = runs.start(failing, how, id="r")
        first: Any = run.wait(5)
        token = first.token
        if cold:
            runs.passivate("r")
            settle()
        values.append(run.resume_sync("x", token=token).value)
    assert values[0].startswith(shown)
    assert values[1].startswith(shown) or how == "unstorable"


def with_argument() -> None:
    deed(object())  # type: ignore[arg-type]


@pytest.mark.sentence("D13")
def test_an_argument_that_cannot_be_stored_is_refused_before_the_operation_begins(opened: Any, world: World) -> None:
    runs = opened(with_argument)
    outcome = runs.start(with_argument).wait(5)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, EncodeError)
    assert world.begun == {}


@pytest.mark.sentence("D13")
def test_an_answer_that_cannot_be_stored_is_refused_and_the_question_stays_open(opened: Any) -> None:
    runs = opened(refunding)
    run = runs.start(refunding, id="r")
    token = run.wait(5).token
    for cold in (False, True):
        if cold:
            runs.passivate("r")
            settle()
        with pytest.raises(EncodeError):
            run.resume(object(), token=token)
        assert run.state == "suspended"
    assert run.resume_sync("yes", token=token) == Completed("yes")


@pytest.mark.sentence("D13")
def test_an_argument_of_the_run_that_cannot_be_stored_is_refused(opened: Any, store: Store) -> None:
    runs = opened(failing)
    with pytest.raises(EncodeError):
        runs.start(failing, object(), id="r")
    assert store.get("r") is None


@operation(retry=Retry(5))
def unreliable() -> str:
    TRIES.append(len(TRIES))
    if len(TRIES) < 3:
        raise OSError("try again")
    return "at last"


def persistent() -> str:
    return unreliable() + ask(Prompt("a"))


@pytest.mark.sentence("D20")
def test_of_several_tries_the_last_answer_is_recorded(opened: Any, store: Store) -> None:
    runs = opened(persistent)
    run = runs.start(persistent, id="r")
    token = run.wait(5).token
    assert [row.kind for row in store.log("r")] == [1, 2, 1]
    runs.passivate("r")
    settle()
    assert run.resume_sync("x", token=token) == Completed("at lastx")
    assert TRIES == [0, 1, 2]


@pytest.mark.sentence("D20")
def test_tries_begin_anew_after_a_crash(world: World, store: Store) -> None:
    runs = world.open(store, [persistent])
    runs.start(persistent, id="r").wait(5)
    world.die(runs)
    rewritten(store, "r", 1, status="running", question=None)
    TRIES.clear()
    runs = world.open(store, [persistent])
    assert isinstance(runs.wait("r", 5), Suspend)
    assert TRIES == [0, 1, 2]


@pytest.mark.sentence("D20")
@pytest.mark.parametrize("cold", [False, True], ids=["hot", "cold"])
def test_a_refused_answer_is_not_recorded(opened: Any, store: Store, cold: bool) -> None:
    runs = opened(asking)
    run = runs.start(asking, id="r")
    run.wait(5)
    if cold:
        runs.passivate("r")
        settle()
    log = store.log("r")
    assert "many" in run.resume_sync("many").error
    assert store.log("r") == log
    assert run.resume_sync("1").value == Number("m")


# -- migration


def asking_more() -> int:
    return ask(Number("n")) + ask(Number("m")) + ask(Number("o"))


def renamed() -> int:
    return ask(Number("N")) + ask(Number("m"))


def to_new_name(rows: list[Any]) -> list[Any]:
    """Have the first question be the renamed one."""
    changed: list[Any] = []
    for row in rows:
        where, form, body, until = unpacked(row.payload)
        form = encode(Number("N")) if form == encode(Number("n")) else form
        changed.append(row._replace(payload=packed(where, form, body, until)))
    return changed


@pytest.mark.sentence("D6")
def test_a_parked_run_is_migrated(world: World, store: Store) -> None:
    runs = world.open(store, {"it": asking})
    runs.start(asking, id="r").wait(5)
    runs.resume("r", "1")
    second: Any = runs.wait("r", 5)
    token = second.token
    world.die(runs)
    runs = world.open(store, {"it": renamed})
    runs.resume("r", "41", token=token)
    settle()
    assert runs.get("r").status == "parked"  # type: ignore[union-attr]
    numbers = [row.seq for row in store.log("r")]
    runs.migrate("r", to_new_name)
    assert runs.wait("r", 5) == Completed(42)
    assert min(row.seq for row in store.log("r")) > max(numbers)


# -- D19


def sleeping() -> None:
    try:
        clock.sleep(1000)
    finally:
        deed("clean-up")


@operation
def held_up() -> None:
    clock.sleep(1000)


def busy() -> None:
    try:
        held_up()
    finally:
        deed("clean-up")


def in_branches() -> Any:
    def branch(name: str) -> str:
        try:
            return ask(Prompt(name))
        finally:
            deed(name)

    return parallel(lambda: branch("left"), lambda: branch("right"))


def swallowing() -> str:
    try:
        ask(Prompt("a"))
    except BaseException:
        deed("swallowed")
    return "swallowed"


@pytest.mark.sentence("D19")
@pytest.mark.parametrize(
    ("fn", "deeds"),
    [
        (sleeping, ["clean-up"]),
        (busy, ["clean-up"]),
        (in_branches, ["left", "right"]),
        (refunding, ["pay", "refund"]),
    ],
    ids=["sleep", "operation", "branches", "question"],
)
@pytest.mark.parametrize("how", ["hot", "passivated", "after a crash"])
def test_a_cancel_leaves_the_scopes_of_all_once(world: World, store: Store, fn: Any, deeds: list[str], how: str) -> None:
    runs = world.open(store, [fn])
    runs.start(fn, id="r")
    settle()
    if how == "passivated":
        runs.passivate("r")
        settle()
        assert runs.is_live("r") == (fn is busy)  # an operation is under way
    elif how == "after a crash":
        world.die(runs)
        runs = world.open(store, [fn])
        settle()
    runs.cancel("r", "no")
    runs.cancel("r", "another reason")
    settle()
    assert runs.wait("r", 0) == Cancelled("no")
    assert sorted(world.deeds_by_name) == deeds
    assert world.repeated == 0
    assert runs.get("r").status == "finished"  # type: ignore[union-attr]
    runs.cancel("r", "too late")
    assert runs.wait("r", 0) == Cancelled("no")


@pytest.mark.sentence("D19")
def test_a_cancel_that_is_swallowed_still_ends_it_as_cancelled(opened: Any, store: Store) -> None:
    runs = opened(swallowing)
    run = runs.start(swallowing, id="r")
    run.wait(5)
    run.cancel("no")
    settle()
    assert runs.wait("r", 0) == Cancelled("no")
    assert runs.get("r").status == "finished"


# -- threads


@pytest.mark.sentence("D1")
def test_its_methods_may_be_called_from_other_threads(opened: Any, store: Store) -> None:
    runs = opened(asking)
    runs.start(asking, id="near").wait(5)

    def elsewhere() -> list[Any]:
        run = runs.start(asking, id="far")
        first: Any = run.wait(5)
        second: Any = run.resume_sync("1", token=first.token)
        run.resume("2", token=second.token)
        seen = [first.value, second.value, run.result(5)]
        attached = runs.attach("near")
        suspend = receive(5, match=lambda event: event.runner is attached).outcome
        runs.resume("near", "3", token=suspend.token)
        runs.wait("near", 5)
        runs.cancel("near", "enough")
        seen += [runs.wait("near", 5), runs.get("near").status]
        return seen

    me = current()
    spawn(lambda: send(me, elsewhere()), on=background(), link=False)
    told = receive(10, match=lambda message: isinstance(message, list))
    assert told == [Number("n"), Number("m"), 3, Cancelled("enough"), "finished"]


@pytest.mark.sentence("D1", "D5")
def test_a_run_that_nobody_has_is_brought_back_into_the_thread_of_its_runs(opened: Any, store: Store) -> None:
    before = opened(asking)
    for id_ in ("answered", "cancelled"):
        before.start(asking, id=id_).wait(5)
    before.close()
    runs = opened(asking)

    def elsewhere() -> list[Any]:
        runs.resume("answered", "1")
        asked: Any = runs.wait("answered", 5)
        runs.cancel("cancelled", "enough")
        return [asked.value, asked.runner.scheduler is runs.scheduler, runs.wait("cancelled", 5), runs.forget("cancelled")]

    me = current()
    spawn(lambda: send(me, elsewhere()), on=background(), link=False)
    told = receive(10, match=lambda message: isinstance(message, list))
    assert told == [Number("m"), True, Cancelled("enough"), True]


class Stuck:
    """A ticket of a store that does not get on, and that can be withdrawn or not."""

    def __init__(self, begun: bool) -> None:
        self.begun = begun
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> None:
        self.waits.append(timeout)
        if timeout is not None:
            raise TimeoutError("not yet")

    def withdraw(self) -> bool:
        return not self.begun


@pytest.mark.sentence("D2")
@pytest.mark.parametrize("begun", [False, True])
def test_an_answer_that_the_store_does_not_take_in_time_is_withdrawn(opened: Any, begun: bool) -> None:
    """One whose writing has begun cannot be: then it is waited for, and nobody is told that it was not taken."""
    runs = opened(asking)
    run = runs.start(asking, id="r")
    run.wait(5)
    ticket: Any = Stuck(begun)
    if begun:
        run.on_disk(ticket)
        assert ticket.waits == [5.0, None]
    else:
        with pytest.raises(StoreUnavailableError, match="took nothing for 5"):
            run.on_disk(ticket)
        assert ticket.waits == [5.0]


def dozing() -> str:
    clock.sleep(0.02)
    return "awake"


@pytest.mark.sentence("D1")
def test_another_thread_waits_for_what_a_run_comes_to(opened: Any) -> None:
    runs = opened(dozing)
    runs.start(dozing, id="d")
    me = current()
    spawn(lambda: send(me, runs.wait("d", 5)), on=background(), link=False)
    assert receive(10, match=lambda message: isinstance(message, Completed)) == Completed("awake")


@pytest.mark.sentence("D1", "D16")
def test_one_that_was_interrupted_is_brought_back_by_another_thread_into_its_own(opened: Any, store: Store) -> None:
    before = opened(asking)
    before.start(asking, id="i").wait(5)
    before.close()
    runs = opened(asking)
    rewritten(store, "i", status="running")
    me = current()
    spawn(lambda: send(me, runs.in_hand("i")), on=background(), link=False)
    run = receive(10, match=lambda message: not isinstance(message, ComputationEvent))
    assert (run.inner.scheduler is runs.scheduler, runs.wait("i", 5).value) == (True, Number("n"))
