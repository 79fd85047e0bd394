"""Recording and replay at the seam of dispatch, outside a run and inside one."""

from collections.abc import Callable
from typing import Any

import pytest

from actors import AsyncComputation, Cancelled, Completed, Suspend
from actors.durable import Branches, Diverged, EffectLog, Entry, LogView, Position, Unloaded, effect_logging
from actors.effects import (
    NoHandlerError,
    ask,
    clock,
    events,
    fresh,
    handling,
    notify,
    operation,
    parallel,
    perform,
    race,
    randomness,
    reader,
    state,
    writer,
)
from actors.effects.asking import Notification
from actors.effects.together import Parallel, Race
from actors.exits import Crash
from actors.ops import Op, Prompt
from actors.testing import answering

A, B, C = Prompt("a"), Prompt("b"), Prompt("c")


class Fetch(Op[str]):
    url: str


class World:
    """What is outside; it counts what was done to it, and answers each time with something new."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def do(self, what: str) -> str:
        self.done.append(what)
        return f"{what}{len(self.done)}"

    def fetch(self, op: Fetch) -> str:
        return self.do(op.url)


@pytest.fixture
def world() -> World:
    return World()


def one_more(count: int) -> int:
    return count + 1


def ops(log: EffectLog | LogView) -> list[object]:
    return [entry.op for entry in log]


def answers(log: EffectLog | LogView) -> list[object]:
    return [entry.answer for entry in log]


def record(fn: Callable[[], Any], *given: Any) -> tuple[Any, EffectLog]:
    with answering(*given), effect_logging() as log:
        return fn(), log


def replay(fn: Callable[[], Any], log: EffectLog) -> Any:
    with effect_logging(log):
        return fn()


# -- recording


def test_questions_are_recorded_with_their_answers_in_order() -> None:
    _, log = record(lambda: (ask(A), ask(B)), "1", "2")
    assert list(log) == [Entry(Position((), 0), A, "1"), Entry(Position((), 1), B, "2")]


def test_fresh_random_clock_and_notices_are_recorded() -> None:
    def body() -> None:
        fresh.uuid4()
        randomness.number()
        clock.now()
        clock.sleep(0)
        notify("n")

    _, log = record(body)
    assert [type(op) for op in ops(log)] == [
        fresh.Uuid4,
        randomness.Number,
        clock.Now,
        clock.Sleep,
        Notification,
    ]


def test_state_writer_events_and_reader_are_not_recorded_but_for_what_a_state_begins_with() -> None:
    def body() -> None:
        with state.holding(0), writer.collected(), events.collected(), reader.reading(1):
            state.put(state.get() + reader.get())
            state.modify(one_more)
            writer.tell("w")
            events.emit("e")

    _, log = record(body)
    assert answers(log) == [0]


def test_handlers_installed_inside_the_logged_part_are_recorded_too(world: World) -> None:
    def body() -> str:
        with handling(Fetch, world.fetch):
            return perform(Fetch("x"))

    value, log = record(body)
    assert list(log) == [Entry(Position((), 0), Fetch("x"), "x1")]
    assert replay(body, log) == value
    assert world.done == ["x"]


def test_the_body_of_a_recorded_operation_is_opaque(world: World) -> None:
    @operation
    def outer() -> str:
        return world.do("outer") + inner()

    @operation
    def inner() -> str:
        return world.do("inner")

    def body() -> str:
        return outer() + inner()

    value, log = record(body)
    assert len(log) == 2
    assert replay(body, log) == value == "outer1inner2inner3"
    assert world.done == ["outer", "inner", "inner"]


def test_a_handler_that_wraps_another_is_one_entry(world: World) -> None:
    def body() -> str:
        with handling(Fetch, world.fetch), handling(Fetch, lambda op: "<" + perform(op) + ">"):
            return perform(Fetch("x"))

    _, log = record(body)
    assert answers(log) == ["<x1>"]


def test_what_an_in_process_handler_performs_is_recorded_wherever_it_was_installed(world: World) -> None:
    with handling(Fetch, world.fetch), writer.telling(lambda url: perform(Fetch(url))):
        _, log = record(lambda: writer.tell("x"))
        assert answers(log) == ["x1"]
        replay(lambda: writer.tell("x"), log)
    assert world.done == ["x"]


class Count(Op[int]):
    in_process = True


class CountTwice(Count):
    pass


def test_an_operation_that_is_declared_in_process_is_run_again_and_not_recorded() -> None:
    def body() -> list[int]:
        numbers = iter(range(9))
        with handling(Count, lambda op: next(numbers)):
            return [perform(Count()), perform(CountTwice()), len(ask(A))]

    value, log = record(body, "a")
    assert ops(log) == [A]
    assert replay(body, log) == value == [0, 1, 1]


def test_of_the_standard_effects_state_reader_writer_and_events_are_in_process() -> None:
    standard = {key for scope in (state, reader, writer, events) for key in vars(scope).values() if is_operation(key)}
    assert {op.__name__ for op in standard if op.in_process} == {"Get", "Put", "Modify", "Read", "Tell", "Emit"}
    for other in (Op, Prompt, Parallel, Race, Notification, fresh.Uuid4, clock.Now, clock.Sleep, randomness.Number):
        assert not other.in_process


def test_a_field_cannot_have_the_name() -> None:
    with pytest.raises(TypeError, match=r"'in_process'.*rename"):
        type("Wrong", (Op,), {"__annotations__": {"in_process": "bool"}})


def is_operation(key: object) -> bool:
    return isinstance(key, type) and issubclass(key, Op)


def test_what_an_operation_raised_is_recorded_and_raised_again(world: World) -> None:
    error = OSError("disk full")

    @operation
    def fail() -> None:
        world.do("fail")
        raise error

    def body() -> BaseException:
        with pytest.raises(OSError, match="disk full") as caught:
            fail()
        return caught.value

    _, log = record(body)
    assert [entry.error for entry in log] == [error]
    assert replay(body, log) is error
    assert world.done == ["fail"]


def test_an_operation_that_nobody_handles_takes_no_position() -> None:
    def body() -> object:
        with pytest.raises(NoHandlerError):
            perform(Fetch("x"))
        return ask(A)

    _, log = record(body, "1")
    assert ops(log) == [A]
    with pytest.raises(NoHandlerError, match="Prompt"):
        replay(lambda: (body(), ask(B)), log)
    assert ops(log) == [A]


def test_an_interrupted_operation_is_not_recorded_and_leaves_its_position_free() -> None:
    def body() -> str:
        with handling(Fetch, lambda op: (_ for _ in ()).throw(KeyboardInterrupt)), pytest.raises(KeyboardInterrupt):
            perform(Fetch("x"))
        return ask(A)

    _, log = record(body, "1")
    assert list(log) == [Entry(Position((), 0), A, "1")]


# -- replay


def test_a_replay_gives_the_same_value_and_performs_nothing(world: World) -> None:
    def body() -> object:
        with state.holding(0) as cell, events.collected() as emitted, handling(Fetch, world.fetch):
            for name in "ab":
                state.modify(one_more)
                events.emit(perform(Fetch(name)) + ask(Prompt(name)))
            return cell.value, emitted, fresh.uuid4(), randomness.number(), clock.now()

    value, log = record(body, "1", "2")
    before = list(log)
    assert replay(body, log) == value
    assert replay(body, log) == value
    assert list(log) == before
    assert world.done == ["a", "b"]


def test_a_replay_goes_on_recording_where_the_log_ends() -> None:
    _, log = record(lambda: ask(A), "1")
    with answering("2") as asked, effect_logging(log):
        assert (ask(A), ask(B)) == ("1", "2")
    assert list(asked) == [B]
    assert ops(log) == [A, B]


def test_an_answer_that_is_changed_afterwards_is_still_what_it_was_in_the_log() -> None:
    def body() -> list[int]:
        items = randomness.shuffle([1, 2, 3])
        items.clear()
        items.append(4)
        return items

    _, log = record(body)
    for _ in range(2):
        assert replay(body, log) == [4]
        assert sorted(log[0].answer) == [1, 2, 3]  # type: ignore[call-overload]  # an answer is an object to the checker


def test_containers_in_an_answer_are_copied_at_every_depth() -> None:
    @operation
    def load() -> dict[str, Any]:
        return {"list": [1], "tuple": ([2],), "set": {3}}

    def body() -> object:
        loaded = load()
        loaded["list"].append(0)
        loaded["tuple"][0].append(0)
        loaded["set"].add(0)
        return loaded

    value, log = record(body)
    assert replay(body, log) == replay(body, log) == value


# -- divergence


@pytest.mark.parametrize(
    ("other", "position", "expected", "got"),
    [
        (lambda: (ask(A), ask(C)), 1, B, C),
        (lambda: (ask(A), fresh.uuid4()), 1, B, fresh.Uuid4()),
        (lambda: (ask(B), ask(A)), 0, A, B),
        (lambda: (ask(A), parallel(lambda: ask(B), lambda: 0)), 1, B, Branches(Parallel, 2)),
        (lambda: (ask(A), race(lambda: ask(B))), 1, B, Branches(Race, 1)),
    ],
    ids=["argument", "kind", "order", "parallel", "race"],
)
def test_the_first_difference_is_a_divergence_with_position_and_both_sides(
    other: Callable[[], object], position: int, expected: object, got: object
) -> None:
    _, log = record(lambda: (ask(A), ask(B)), "1", "2")
    with pytest.raises(Diverged) as caught, effect_logging(log):
        other()
    found = caught.value
    assert (found.position, found.expected, found.got) == (Position((), position), expected, got)
    assert repr(expected) in str(found)
    assert repr(got) in str(found)


def test_an_equal_operation_of_another_class_is_a_divergence() -> None:
    class Secret(Prompt):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Prompt) and other.name == self.name

        def __hash__(self) -> int:
            return hash(self.name)

    _, log = record(lambda: ask(A), "1")
    assert Secret("a") == A
    with pytest.raises(Diverged):
        replay(lambda: ask(Secret("a")), log)


def test_another_number_of_thunks_is_a_divergence() -> None:
    _, log = record(lambda: parallel(lambda: 1, lambda: 2))
    with pytest.raises(Diverged) as caught:
        replay(lambda: parallel(lambda: 1, lambda: 2, lambda: 3), log)
    assert caught.value.expected == Branches(Parallel, 2)
    assert caught.value.got == Branches(Parallel, 3)


def test_a_divergence_is_latched_and_nothing_more_is_performed(world: World) -> None:
    _, log = record(lambda: ask(A), "1")
    before = list(log)
    attempts: list[Callable[[], object]] = [
        lambda: ask(B),
        lambda: ask(A),
        lambda: perform(Fetch("x")),
        lambda: state.put(1),
        lambda: parallel(lambda: world.do("x")),
    ]

    def body() -> None:
        for attempt in attempts:
            with pytest.raises(Diverged) as caught:
                attempt()
            assert caught.value.position == Position((), 0)
            assert (caught.value.expected, caught.value.got) == (A, B)

    with handling(Fetch, world.fetch), state.holding(0) as cell, pytest.raises(Diverged):
        replay(body, log)
    assert cell.value == 0
    assert world.done == []
    assert list(log) == before


def test_entries_left_over_at_the_end_are_a_divergence() -> None:
    _, log = record(lambda: (ask(A), ask(B)), "1", "2")
    with pytest.raises(Diverged) as caught:
        replay(lambda: ask(A), log)
    assert (caught.value.position, caught.value.expected) == (Position((), 1), B)


def test_entries_left_over_in_a_branch_are_a_divergence() -> None:
    _, log = record(lambda: parallel(lambda: ask(A), lambda: ask(B)), "1", "2")
    with pytest.raises(Diverged) as caught:
        replay(lambda: parallel(lambda: ask(A), lambda: "2"), log)
    assert (caught.value.position, caught.value.expected) == (Position((0, 1), 0), B)


def test_an_error_of_the_block_is_not_hidden_by_entries_left_over() -> None:
    _, log = record(lambda: ask(A), "1")
    with pytest.raises(KeyError), effect_logging(log):
        raise KeyError


def test_control_the_same_code_does_not_diverge() -> None:
    _, log = record(lambda: (ask(A), ask(B)), "1", "2")
    assert replay(lambda: (ask(Prompt("a")), ask(Prompt("b"))), log) == ("1", "2")


# -- unload


def test_after_unload_every_operation_raises_and_nothing_is_performed_or_recorded(world: World) -> None:
    log = EffectLog()
    attempts: list[Callable[[], object]] = [
        lambda: perform(Fetch("x")),
        fresh.uuid4,
        state.get,
        lambda: state.put(1),
        lambda: parallel(lambda: world.do("x")),
        lambda: race(lambda: world.do("x")),
    ]

    def body() -> None:
        assert perform(Fetch("x")) == "x1"
        log.unload()
        for attempt in attempts:
            with pytest.raises(Unloaded):
                attempt()

    with handling(Fetch, world.fetch), state.holding(0) as cell, pytest.raises(Unloaded):
        replay(body, log)
    assert world.done == ["x"]
    assert cell.value == 0
    assert answers(log) == ["x1"]


def test_an_operation_under_way_at_the_unload_is_not_recorded(world: World) -> None:
    def fetch(op: Fetch) -> str:
        log.unload()
        return world.fetch(op)

    with handling(Fetch, fetch), pytest.raises(Unloaded), effect_logging() as log:
        perform(Fetch("x"))
    assert list(log) == []
    assert world.done == ["x"]


def test_a_log_that_was_unloaded_can_be_gone_on_with() -> None:
    log = EffectLog()

    def body() -> None:
        ask(A)
        log.unload()
        ask(B)

    with answering("1"), pytest.raises(Unloaded):
        replay(body, log)
    with answering("2"), effect_logging(log):
        assert (ask(A), ask(B)) == ("1", "2")


def test_the_old_pass_stays_unloaded_while_a_new_one_goes_on_and_does_not_end_it() -> None:
    log = EffectLog()

    def old() -> None:
        fresh.uuid4()
        ask(A)
        fresh.uuid4()

    def new() -> object:
        return fresh.uuid4(), ask(A)

    first, _ = AsyncComputation.start_sync(replay, old, log)
    log.unload()
    second, _ = AsyncComputation.start_sync(replay, new, log)
    outcome = first.resume_sync("1")
    assert isinstance(outcome, Cancelled)
    assert outcome.reason == Unloaded().reason
    with pytest.raises(RuntimeError, match="in use"):
        replay(new, log)
    assert second.resume_sync("2") == Completed((log[0].answer, "2"))
    assert ops(log)[1:] == [A]


# -- misuse


def test_a_logged_part_inside_another_is_refused() -> None:
    with effect_logging(), pytest.raises(RuntimeError, match="inside another"), effect_logging():
        pytest.fail("entered")


def test_a_log_that_is_in_use_is_refused() -> None:
    def other() -> None:
        with effect_logging(log):
            pytest.fail("entered")

    with effect_logging() as log, pytest.raises(RuntimeError, match="in use"):
        AsyncComputation.start(other).result()
    with effect_logging(log):
        pass


def test_after_the_block_nothing_is_recorded() -> None:
    with effect_logging() as log:
        pass
    fresh.uuid4()
    assert list(log) == []


# -- parallel and race


def together() -> object:
    return ask(A), parallel(lambda: (ask(B), fresh.uuid4()), lambda: parallel(lambda: ask(C), fresh.uuid4)), ask(A)


def run_logged(fn: Callable[[], Any], *given: Any, log: EffectLog | None = None) -> tuple[Any, EffectLog]:
    """Run it with real branches."""
    log = EffectLog() if log is None else log
    run, outcome = AsyncComputation.start_sync(replay, fn, log)
    for answer in given:
        assert isinstance(outcome, Suspend)
        outcome = run.resume_sync(answer)
    return run.result(), log


def test_branches_have_positions_of_their_own() -> None:
    _, log = record(together, *"1234")
    assert [str(entry.position) for entry in log] == ["0", "1", "1.0/0", "1.0/1", "1.1/0", "1.1/0.0/0", "1.1/0.1/0", "2"]


def test_a_log_of_a_run_with_branches_replays_in_sequence_outside() -> None:
    value, log = run_logged(together, *"1234")
    assert replay(together, log) == value


def test_a_log_recorded_in_sequence_replays_with_real_branches() -> None:
    value, log = record(together, *"1234")
    assert run_logged(together, log=log) == (value, log)


def test_both_give_equal_logs() -> None:
    with fresh.numbered():
        _, in_sequence = record(lambda: parallel(lambda: ask(A), lambda: ask(B)), *"12")
    _, in_run = run_logged(lambda: parallel(lambda: ask(A), lambda: ask(B)), *"12")
    assert in_sequence == in_run


def test_a_race_is_recorded_with_its_winner_and_not_run_again(world: World) -> None:
    def body() -> object:
        return race(lambda: world.do("slow") and ask(A), lambda: world.do("fast")), fresh.uuid4()

    value, log = run_logged(body)
    assert log.at(Position((), 0)) == Entry(Position((), 0), Branches(Race, 2), "fast2")
    assert replay(body, log) == value
    assert world.done == ["slow", "fast"]


def test_a_throw_of_a_branch_is_thrown_again() -> None:
    @operation
    def fail() -> None:
        raise KeyError("boom")

    def body() -> str:
        try:
            parallel(lambda: ask(A), fail, lambda: ask(B))
        except KeyError:
            return "caught"
        return "not caught"

    _, log = run_logged(body)
    assert run_logged(body, log=log) == ("caught", log)


# -- in a run


def test_recorded_answers_do_not_suspend() -> None:
    _, log = record(lambda: (ask(A), ask(B)), "1", "2")
    _, outcome = AsyncComputation.start_sync(replay, lambda: (ask(A), ask(B)), log)
    assert outcome == Completed(("1", "2"))


def test_recorded_notices_are_not_sent_again() -> None:
    _, log = record(lambda: notify("n"))
    run = AsyncComputation.start(replay, lambda: notify("n"), log)
    assert run.wait(1.0) == Completed(None)


def test_each_suspension_carries_a_view_of_the_log_so_far() -> None:
    run, first = AsyncComputation.start_sync(replay, lambda: (ask(A), ask(B)), EffectLog())
    second = run.resume_sync("1")
    assert isinstance(first, Suspend)
    assert isinstance(second, Suspend)
    assert ops(first.data[EffectLog]) == []
    assert ops(second.data[EffectLog]) == [A]
    assert second.data[EffectLog].log is first.data[EffectLog].log
    assert run.resume_sync("2") == Completed(("1", "2"))
    assert ops(second.data[EffectLog]) == [A]


def test_a_view_from_a_suspension_brings_a_new_run_to_the_same_question() -> None:
    body = lambda: (fresh.uuid4(), ask(A), ask(B))  # noqa: E731
    with AsyncComputation.start(replay, body, EffectLog()) as run:
        run.wait()
        suspend = run.resume_sync("1")
    assert isinstance(suspend, Suspend)
    view = suspend.data[EffectLog]
    again, outcome = AsyncComputation.start_sync(replay, body, EffectLog(view))
    assert isinstance(outcome, Suspend)
    assert outcome.value == B
    assert outcome.data[EffectLog] == view
    assert again.resume_sync("2") == Completed((view[0].answer, "1", "2"))


def test_a_divergence_ends_a_run_although_the_body_catches_every_exception() -> None:
    _, log = record(lambda: ask(A), "1")

    def body() -> str:
        try:
            return ask(B)
        except Exception:  # what a careless body does
            return "swallowed"

    _, outcome = AsyncComputation.start_sync(replay, body, log)
    assert isinstance(outcome, Cancelled)
    assert isinstance(outcome.reason, Crash)
    assert isinstance(outcome.reason.error, Diverged)


def test_a_divergence_in_a_branch_ends_the_run_with_the_same_reason() -> None:
    _, log = record(lambda: parallel(lambda: ask(A), lambda: ask(B)), "1", "2")
    _, outcome = AsyncComputation.start_sync(replay, lambda: parallel(lambda: ask(A), lambda: ask(C)), log)
    assert isinstance(outcome, Cancelled)
    assert isinstance(outcome.reason, Crash)
    assert isinstance(outcome.reason.error, Diverged)
    assert outcome.reason.error.position == Position((0, 1), 0)


def test_a_cancelled_question_is_not_recorded() -> None:
    log = EffectLog()
    run, _ = AsyncComputation.start_sync(replay, lambda: (ask(A), ask(B)), log)
    run.resume_sync("1")
    assert isinstance(run.cancel_sync(), Cancelled)
    assert ops(log) == [A]


def test_a_refused_answer_is_not_recorded() -> None:
    class Age(Prompt):
        __slots__ = ()

        def parse(self, answer: Any) -> str:
            return str(int(answer))

    log = EffectLog()
    run, _ = AsyncComputation.start_sync(replay, lambda: ask(Age("age")), log)
    run.resume_sync("old")
    assert list(log) == []
    assert run.resume_sync("7") == Completed("7")
    assert answers(log) == ["7"]
