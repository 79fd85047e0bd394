import gc
import sys
from collections.abc import Callable, Generator
from threading import Thread
from time import perf_counter
from typing import Any

import gevent
import pytest
from greenlet import getcurrent

from actors.runtime import (
    ActorRef,
    Crash,
    Down,
    Normal,
    Shutdown,
    give_way,
    kill,
    receive,
    scheduler,
    send,
    send_exit,
    spawn,
)
from actors.runtime.scheduler import POOL, scheduler_here
from actors.testing import clean_up, live_actors, settle
from tests.garbage import begin_counting, count
from tests.runtime.watching import PATIENCE, Boom, boom, end_of, run, start


@pytest.fixture
def uncollected() -> Generator[None]:
    """Leave cyclic garbage where it is, so that the test can count it."""
    begin_counting()
    yield
    gc.enable()


# -- garbage


class Knot:
    itself: object


@pytest.mark.usefixtures("uncollected")
def test_control_a_cycle_is_counted() -> None:
    knot = Knot()
    knot.itself = knot
    del knot
    assert count() == 1


@pytest.mark.usefixtures("uncollected")
def test_ten_thousand_actors_that_returned_leave_no_cyclic_garbage() -> None:
    for _ in range(100):
        for _ in range(100):
            spawn(give_way)
        settle()
    assert count() == 0


@pytest.mark.usefixtures("uncollected")
def test_actors_that_crashed_under_a_monitor_leave_no_cyclic_garbage() -> None:
    for _ in range(1000):
        spawn(boom, link=False, monitor=True)
        receive(PATIENCE)
    assert count() == 0


def shut_down(ref: ActorRef) -> None:
    send_exit(ref, Shutdown())


def say_the_word(ref: ActorRef) -> None:
    send(ref, "end")


def ended_by(end: Callable[[ActorRef], object]) -> None:
    ref = spawn(receive, link=False)
    give_way()
    end(ref)
    give_way()
    give_way()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("end", [kill, shut_down, say_the_word], ids=["kill", "exit", "message"])
def test_actors_that_were_ended_leave_no_cyclic_garbage(end: Callable[[ActorRef], object]) -> None:
    for _ in range(100):
        ended_by(end)
    assert count() == 0


@pytest.mark.usefixtures("uncollected")
def test_gevent_greenlets_that_used_the_runtime_leave_no_cyclic_garbage() -> None:
    def body() -> None:
        ref = spawn(receive)
        send(ref, "end")
        end_of(ref)

    start(body).join()
    begin_counting()
    for _ in range(100):
        start(body).join()
    settle()
    assert count() == 0


# -- the pool


def test_actors_that_have_ended_leave_no_worker_beyond_the_pool() -> None:
    scheduler = scheduler_here()
    refs = [spawn(receive, link=False) for _ in range(POOL + 500)]
    settle()
    at_work = len(scheduler.workers)
    for ref in refs:
        send(ref, "end")
    settle()
    abandoned = len(scheduler.abandoned)
    assert at_work >= POOL + 500
    assert len(scheduler.workers) <= POOL + abandoned
    assert len(scheduler.pool) <= POOL


def test_ten_thousand_actors_one_after_another_need_no_more_workers_than_one() -> None:
    scheduler = scheduler_here()
    run(give_way)
    before = len(scheduler.workers)
    for _ in range(10_000):
        spawn(give_way)
        give_way()
        give_way()
    settle()
    assert len(scheduler.workers) <= before + 1


def test_no_more_workers_are_kept_than_the_pools_limit() -> None:
    kept: list[tuple[int, int]] = []

    def in_a_thread_with_a_scheduler_of_its_own() -> None:
        scheduler = scheduler_here()
        scheduler.pool_limit = 3
        refs = [spawn(receive, link=False) for _ in range(10)]
        give_way()
        for ref in refs:
            send(ref, "end")
        settle()
        kept.append((len(scheduler.pool), len(scheduler.workers)))

    thread = Thread(target=in_a_thread_with_a_scheduler_of_its_own)
    thread.start()
    thread.join()
    assert kept == [(3, 3)]


def test_every_actor_runs_when_no_worker_can_be_kept() -> None:
    ran: list[int] = []

    def in_a_thread_with_a_scheduler_of_its_own() -> None:
        scheduler_here().pool_limit = 0
        for number in range(1000):
            spawn(ran.append, number)
        settle()

    thread = Thread(target=in_a_thread_with_a_scheduler_of_its_own)
    thread.start()
    thread.join()
    assert ran == list(range(1000))


# -- depth of recursion


def depth() -> int:
    """Return how deep this greenlet can recurse from here."""
    try:
        return 1 + depth()
    except RecursionError:
        return 0


def deeply(levels: int, then: Callable[[], object]) -> None:
    if levels:
        deeply(levels - 1, then)
    else:
        then()


def test_deep_recursion_in_one_actor_does_not_lower_the_limit_of_the_next() -> None:
    found: list[int] = []

    def measure() -> None:
        found.append(depth())

    run(measure)
    run(depth)
    run(measure)
    assert abs(found[1] - found[0]) <= 1


def test_an_actor_that_is_started_while_another_is_deep_has_the_whole_depth() -> None:
    found: list[int] = []

    def measure() -> None:
        found.append(depth())

    run(measure)
    held = [spawn(receive, link=False) for _ in range(len(scheduler_here().pool))]
    settle()  # so that a new worker is needed

    def spawn_and_wait() -> None:
        end_of(spawn(measure))

    assert run(deeply, sys.getrecursionlimit() // 2, spawn_and_wait) == Normal()
    for ref in held:
        send(ref, "end")
    settle()
    assert abs(found[1] - found[0]) <= 1


def test_an_actor_that_recurses_without_end_crashes_alone() -> None:
    def endless() -> None:
        endless()

    reason = run(endless)
    assert isinstance(reason, Crash)
    assert isinstance(reason.error, RecursionError)
    assert run(give_way) == Normal()


# -- SystemExit, KeyboardInterrupt


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=["SystemExit", "KeyboardInterrupt"])
def test_an_error_that_ends_programs_is_raised_in_the_main_greenlet(error: BaseException) -> None:
    def body() -> None:
        raise error

    spawn(body, link=False, monitor=True)
    with pytest.raises(type(error)) as raised:
        receive(PATIENCE, match=lambda _: False)
    down = receive(PATIENCE)
    assert raised.value is error
    assert isinstance(down, Down)
    assert down.reason == Crash(error)


def test_after_an_error_that_ends_programs_the_scheduler_goes_on() -> None:
    def body() -> None:
        raise SystemExit

    spawn(body, link=False, monitor=True)
    with pytest.raises(SystemExit):
        receive(PATIENCE, match=lambda _: False)
    receive(PATIENCE)
    assert run(give_way) == Normal()


# -- references


def test_a_parked_actor_to_which_no_reference_is_left_stays_alive() -> None:
    told: list[str] = []

    def body() -> None:
        try:
            receive()
        finally:
            told.append("left")

    spawn(body, link=False)
    settle()
    gc.collect()
    settle()
    before, live = list(told), len(live_actors())
    clean_up()
    assert (before, live, told) == ([], 1, ["left"])


# -- turns


@pytest.mark.sentence("A4")
def test_actors_that_pause_take_turns() -> None:
    order: list[str] = []

    def body(name: str) -> None:
        for _ in range(3):
            order.append(name)
            give_way()

    for name in "abc":
        spawn(body, name)
    settle()
    assert order == [*"abc"] * 3


@pytest.mark.sentence("A4")
def test_actors_that_pause_for_ever_do_not_starve_timers() -> None:
    stop: list[int] = []

    def body() -> None:
        while not stop:
            give_way()

    refs = [spawn(body, link=False) for _ in range(3)]
    gevent.spawn_later(0.0, stop.append, 1)
    end_of(refs[0])
    settle()
    assert not any(ref.alive for ref in refs)


def test_a_worker_gets_no_wake_up_that_was_meant_for_its_last_actor() -> None:
    """A body may leave behind something that switches to its greenlet later."""
    got: list[Any] = []

    def leaves_a_switch() -> None:
        gevent.get_hub().loop.run_callback(gevent.getcurrent().switch)

    def next_one() -> None:
        got.append(receive())

    spawn(leaves_a_switch)
    ref = spawn(next_one)
    settle()
    early = list(got)
    send(ref, "message")
    settle()
    assert (early, got) == ([], ["message"])


@pytest.mark.sentence("A1")
@pytest.mark.parametrize("late", ["throw", "switch"])
def test_what_comes_late_for_a_worker_that_rests_does_not_end_it(late: str) -> None:
    workers: list[Any] = []
    end_of(spawn(lambda: workers.append(getcurrent()), link=False))
    settle()
    (worker,) = workers
    assert worker.actor is None
    assert worker in scheduler_here().pool
    getattr(worker, late)(*[gevent.Timeout(None)] * (late == "throw"))
    assert not worker.dead
    assert worker in scheduler_here().pool
    assert end_of(spawn(lambda: workers.append(getcurrent()), link=False)) == Normal()
    assert len(workers) == 2


@pytest.mark.sentence("A1")
def test_a_timeout_that_nobody_closed_fires_in_no_worker_that_rests() -> None:
    def leave_one_behind() -> None:
        gevent.Timeout(0.0).start()

    end_of(spawn(leave_one_behind, link=False))
    gevent.sleep(0.001)  # in the hub, timers are due
    settle()
    ran: list[bool] = []
    assert end_of(spawn(lambda: ran.append(True), link=False)) == Normal()
    assert ran


def test_an_error_in_a_body_leaves_the_others_alone() -> None:
    ran: list[int] = []

    def body(number: int) -> None:
        if number % 2:
            raise Boom
        ran.append(number)

    refs = [spawn(body, number, link=False, monitor=True) for number in range(100)]
    settle()
    for _ in refs:
        receive(0)
    assert ran == list(range(0, 100, 2))


def polls_while_slow(legs: int) -> int:
    """How often the loop polls while actors take turns that are a hundred times as long as usual."""

    def slow() -> None:
        for _ in range(legs):
            until = perf_counter() + 0.0001
            while perf_counter() < until:
                pass
            give_way()

    loop = gevent.get_hub().loop
    before = loop.iteration
    watched = [spawn(slow, monitor=True) for _ in range(64)]
    for _ in watched:
        assert isinstance(receive(timeout=60), Down)
    return int(loop.iteration - before)


def test_where_turns_are_long_the_loop_polls_after_fewer() -> None:
    assert polls_while_slow(16) > 40


def test_after_long_turns_short_ones_get_as_many_as_before() -> None:
    polls_while_slow(16)
    assert scheduler_here().pace < scheduler.SWITCHES
    for _ in range(10):
        spawn(give_way)
        settle()  # of drains that are soon done
    assert scheduler_here().pace == scheduler.SWITCHES


def test_control_by_their_number_alone_it_would_poll_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "BURST", 1e9)
    assert polls_while_slow(16) < 20


def test_many_workers_begin_and_die_before_the_loop_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them comes back to the hub; beside one that is busy eight a poll would take for ever."""
    here = scheduler_here()
    monkeypatch.setattr(scheduler, "BURST", 1e9)
    monkeypatch.setattr(here, "pool_limit", 0)
    ended: list[int] = []
    for number in range(400):
        spawn(ended.append, number)
    before = here.drains
    settle()
    assert len(ended) == 400
    assert here.drains - before < 10
