"""S9: `map` of a task supervisor is lazy and in order, and has no more in flight than it may."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import AsyncComputation, Prompt, ask, receive, spawn
from actors.clock import monotonic
from actors.computation import CancelledError
from actors.effects.clock import sleep
from actors.runtime import BackgroundThread, background, give_way, kill
from actors.server import ServerExitedError
from actors.testing import ManualClock, Seeded, settle, simulate
from supervisors import TaskSupervisor
from supervisors.errors import MaxChildrenError, SpecError, TaskTimeoutError

pytestmark = pytest.mark.sentence("S9")


class Work:
    """A function that keeps account of who is in it."""

    def __init__(self, seconds: tuple[float, ...] = (0.0,), fails: frozenset[int] = frozenset()) -> None:
        self.seconds = seconds
        self.fails = fails
        self.active: set[int] = set()
        self.most = 0
        self.ended: list[int] = []

    def __call__(self, item: int) -> str:
        self.active.add(item)
        self.most = max(self.most, len(self.active))
        try:
            sleep(self.seconds[item % len(self.seconds)])
            if item in self.fails:
                raise ValueError(f"no {item}")
            return f"<{item}>"
        finally:
            self.active.remove(item)
            self.ended.append(item)


class Items:
    """Whole numbers from 0 up, with the number taken so far."""

    def __init__(self, count: int, error_at: int | None = None) -> None:
        self.count = count
        self.error_at = error_at
        self.taken = 0

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if self.taken == self.error_at:
            raise LookupError("no more")
        if self.taken == self.count:
            raise StopIteration
        self.taken += 1
        return self.taken - 1


def wait_for_ever(item: int) -> int:
    sleep(1000.0)
    return item


def test_results_come_in_the_order_of_the_items_whoever_is_ready_first() -> None:
    def program() -> tuple[list[str], float, int]:
        with TaskSupervisor.start() as tasks:
            work = Work((5.0, 1.0, 3.0))
            began = monotonic()
            return list(tasks.map(work, range(9), limit=3)), monotonic() - began, work.most

    results, took, most = simulate(1, program).value
    assert results == [f"<{item}>" for item in range(9)]
    assert most == 3
    assert took < 27.0  # one after the other it would be that


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(0, 12),
    st.integers(1, 5),
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=1, max_size=5),
    st.sets(st.integers(0, 14), max_size=2),
    st.none() | st.integers(0, 13),
    st.integers(0, 14),
    st.none() | st.integers(1, 5),
)
def test_it_is_like_the_builtin_one_but_for_the_time(  # noqa: PLR0917  drawn
    seed: int,
    count: int,
    limit: int,
    seconds: list[float],
    fails: set[int],
    error_at: int | None,
    leave_after: int,
    room: int | None,
) -> None:
    """The same results and then the same error; the bound is never exceeded, and nothing is taken before it is needed."""

    def take(results: Iterator[str], given_out: list[str], check: Any) -> str:
        try:
            for result in results:
                given_out.append(result)
                check(len(given_out))
                if len(given_out) == leave_after:
                    return "left"
        except (ValueError, LookupError) as error:
            return repr(error)
        return "over"

    def len_only(_: int) -> None:
        """Check nothing."""

    def plain(item: int) -> str:
        if item in fails:
            raise ValueError(f"no {item}")
        return f"<{item}>"

    expected: list[str] = []
    how = take(map(plain, Items(count, error_at)), expected, len_only)

    def program() -> None:
        with TaskSupervisor.start(max_children=room) as tasks:
            work, items, found = Work(tuple(seconds), frozenset(fails)), Items(count, error_at), list[str]()

            def check(given_out: int) -> None:
                assert items.taken <= given_out - 1 + limit

            results = tasks.map(work, items, limit=limit)
            assert items.taken == 0
            assert take(results, found, check) == how
            del results
            assert found == expected
            assert work.most <= min(limit, room or limit)
            while tasks.count_children().specs:
                sleep(0.01)
            assert work.active == set()

    simulate(seed, program)


def test_items_are_taken_only_as_results_are() -> None:
    with TaskSupervisor.start() as tasks:
        items = Items(100)
        results = tasks.map(Work(), items, limit=4)
        settle()
        assert items.taken == 0
        assert next(results) == "<0>"
        settle()
        assert items.taken == 4
        assert next(results) == "<1>"
        assert items.taken == 5
        results.close()


def test_what_one_raises_is_raised_at_its_place_and_the_others_are_cancelled_and_waited_for() -> None:
    def slowly(item: int) -> int:
        if item == 2:
            raise ValueError("no 2")
        try:
            sleep(1.0 + item if item < 2 else 1000.0)
        finally:
            sleep(0.5)  # clean-up that takes its time
            left.append(item)
        return item

    left: list[int] = []

    def program() -> None:
        with TaskSupervisor.start() as tasks:
            results = tasks.map(slowly, range(100), limit=5)
            assert [next(results), next(results)] == [0, 1]
            with pytest.raises(ValueError, match="no 2"):
                next(results)
            assert sorted(left) == [0, 1, 3, 4, 5]
            assert tasks.count_children().specs == 0
            assert list(results) == []

    simulate(5, program)


def test_one_that_is_left_early_cancels_what_is_in_flight() -> None:
    with TaskSupervisor.start() as tasks:
        for result in tasks.map(lambda item: item or wait_for_ever(0) if item != 1 else 1, [1, 0, 0], limit=3):
            assert result == 1
            break
        settle()
        assert tasks.which_children() == ()


def test_one_that_the_garbage_collector_finds_cancels_too() -> None:
    class Knot:
        results: Any = None
        knot: Any = None

    with TaskSupervisor.start() as tasks:
        knot = Knot()
        knot.knot, knot.results = knot, tasks.map(lambda item: wait_for_ever(0) if item else 0, [0, 1, 1])
        assert next(knot.results) == 0
        settle()
        assert tasks.count_children().specs == 2
        del knot
        gc.collect()
        settle()
        assert tasks.count_children().specs == 0


def test_an_item_that_takes_too_long_is_cancelled_and_named() -> None:
    with TaskSupervisor.start() as tasks, ManualClock() as time:
        caught: list[TaskTimeoutError] = []

        def iterates() -> None:
            try:
                list(tasks.map(wait_for_ever, [7], timeout=2.0))
            except TaskTimeoutError as error:
                caught.append(error)

        spawn(iterates)
        time.advance(1.9)
        assert caught == []
        time.advance(0.2)
        assert [(error.item, error.seconds) for error in caught] == [(7, 2.0)]
        assert "wait_for_ever(7) took more than timeout=2.0 s" in str(caught[0])


def test_the_time_is_for_each_item_and_counts_from_its_start() -> None:
    def program() -> list[str]:
        with TaskSupervisor.start() as tasks:
            return list(tasks.map(Work((3.0,)), range(6), limit=2, timeout=4.0))

    assert len(simulate(1, program).value) == 6


def test_the_end_of_whoever_iterates_cancels_what_is_in_flight() -> None:
    def iterates() -> None:
        for _ in tasks.map(wait_for_ever, range(10), limit=4):
            pass

    with TaskSupervisor.start() as tasks:
        client = spawn(iterates, link=False)
        settle()
        assert tasks.count_children().specs == 4
        kill(client)
        settle()
        assert tasks.count_children().specs == 0


def test_a_crash_further_on_waits_for_its_place() -> None:
    def program() -> list[str]:
        with TaskSupervisor.start() as tasks:
            results = tasks.map(Work((1.0, 0.0), frozenset({1})), range(4), limit=4)
            found = [next(results)]
            with pytest.raises(ValueError, match="no 1"):
                next(results)
            sleep(1.0)  # the crash is no signal besides
            return found

    assert simulate(2, program).value == ["<0>"]


def test_the_room_of_the_supervisor_is_a_limit_too() -> None:
    with TaskSupervisor.start(max_children=2) as tasks:
        assert list(tasks.map(Work(), range(20), limit=8)) == [f"<{item}>" for item in range(20)]
        others = [tasks.run(wait_for_ever, 0) for _ in range(2)]
        with pytest.raises(MaxChildrenError):
            next(tasks.map(Work(), [1]))
        for other in others:
            other.cancel()


def test_a_supervisor_that_is_stopped_meanwhile_ends_it() -> None:
    def iterates() -> None:
        try:
            for _ in tasks.map(wait_for_ever, range(3)):
                pass
        except CancelledError as error:
            caught.append(str(error.reason))
        with pytest.raises(ServerExitedError):
            list(tasks.map(wait_for_ever, range(3)))

    caught: list[str] = []
    tasks = TaskSupervisor.start()
    spawn(iterates)
    settle()
    tasks.stop()
    settle()
    assert len(caught) == 1
    assert "stopped by its supervisor" in caught[0]


def test_an_item_that_asks_is_cancelled() -> None:
    with TaskSupervisor.start() as tasks, pytest.raises(CancelledError, match="nobody answers"):
        list(tasks.map(lambda name: ask(Prompt(name)), ["a"]))


def test_it_works_in_a_computation_and_leaves_no_event_with_it() -> None:
    with TaskSupervisor.start() as tasks:

        def sums() -> int:
            return sum(tasks.map(lambda item: item * item, range(10)))

        assert AsyncComputation.start(sums).result(5.0) == 285
        assert sum(tasks.map(lambda item: item * item, range(10))) == 285
        with pytest.raises(TimeoutError):
            receive(0)


def test_it_serves_plain_threads() -> None:
    thread: BackgroundThread = background()
    tasks = TaskSupervisor.start(on=thread)
    found: list[list[str]] = []

    def plain() -> None:
        found.append(list(tasks.map(Work(), range(30), limit=5)))

    threads = [threading.Thread(target=plain) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [[f"<{item}>" for item in range(30)]] * 3
    tasks.stop()
    assert thread.close() == []


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": 1.5}, "limit"),
        ({"timeout": -1.0}, "timeout"),
        ({"timeout": "1"}, "timeout"),
        ({"items": 7}, "items"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused_before_the_first_result(options: dict[str, Any], field: str) -> None:
    arguments: dict[str, Any] = {"items": [1], **options}
    with TaskSupervisor.start() as tasks:
        with pytest.raises(SpecError, match=f"{field}=") as error:
            tasks.map(Work(), **arguments)
        assert error.value.field == field
        bad: Any = 7
        with pytest.raises(TypeError, match="not callable"):
            tasks.map(bad, [1])
        with pytest.raises(TypeError):
            tasks.map(give_way, [1])  # type: ignore[arg-type]  # it takes no argument


def test_drawn_seeds_are_decisions_too() -> None:
    def program() -> int:
        with TaskSupervisor.start() as tasks:
            return len(list(tasks.map(Work((0.1, 0.0)), range(5), limit=2)))

    assert simulate(Seeded(9), program).value == 5
