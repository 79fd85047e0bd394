"""The watchdog: real loops that hold the thread, looked at from another thread at times that the test chooses."""

import sys
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

import gevent
import pytest
from gevent.event import Event
from gevent.monkey import get_original

from actors import telemetry
from actors.runtime import Crash, Normal, ThreadHeldError, give_way, receive, send, spawn, watchdog
from actors.runtime.scheduler import scheduler_here
from actors.runtime.watchdog import Watchdog, is_idle
from actors.testing import settle
from tests.runtime.watching import PATIENCE, run

start_thread: Callable[..., int] = get_original("_thread", "start_new_thread")
Events = list[Mapping[str, Any]]


@pytest.fixture
def held() -> Generator[Events]:
    """The events of the watchdog."""
    got: Events = []
    stop = telemetry.subscribe(lambda event, data: got.append(data) if event == "thread held" else None)
    yield got
    stop()


def busy_until(go: list[Any]) -> None:
    """Hold the thread until somebody says so."""
    until = time.monotonic() + PATIENCE
    while not go and time.monotonic() < until:
        pass


def beside(work: Callable[[], object], go: list[Any]) -> None:
    """Do something in another thread, then say go."""

    def thread() -> None:
        try:
            work()
        finally:
            go.append(1)

    start_thread(thread, ())


def looks(dog: Watchdog, *times: float) -> Callable[[], None]:
    def work() -> None:
        for now in times:
            dog.look(now)

    return work


def held_while(dog: Watchdog, *times: float) -> object:
    """Look at these times while an actor holds the thread; return its exit reason."""

    def body() -> None:
        go: list[Any] = []
        beside(looks(dog, *times), go)
        busy_until(go)

    return run(body)


@pytest.mark.sentence("A14")
def test_the_watchdog_names_function_file_line_seconds_and_stack_of_what_holds_its_thread(held: Events) -> None:
    assert held_while(Watchdog(1.0), 0.0, 1.5) == Normal()
    (event,) = held
    assert (event["function"], event["file"], event["seconds"]) == ("busy_until", __file__, 1.5)
    assert event["line"] >= busy_until.__code__.co_firstlineno
    assert "body" in event["actor"]
    assert any("held_while" in line for line in event["stack"])


@pytest.mark.sentence("A14")
def test_a_hold_is_reported_once_and_again_when_it_has_doubled(held: Events) -> None:
    held_while(Watchdog(1.0), 0.0, 0.9, 1.0, 1.5, 1.9, 2.0, 3.9, 4.0, 7.0)
    assert [event["seconds"] for event in held] == [1.0, 2.0, 4.0]


@pytest.mark.sentence("A14")
def test_an_idle_thread_is_not_named(held: Events) -> None:
    dog = Watchdog(1.0)
    looked = Event()
    watcher = gevent.get_hub().loop.async_()
    watcher.start(looked.set)
    main = scheduler_here().thread

    def work() -> None:
        until = time.monotonic() + PATIENCE
        while not is_idle(sys._current_frames()[main]) and time.monotonic() < until:  # pyright: ignore[reportPrivateUsage]
            pass
        looks(dog, *range(10))()
        watcher.send()

    start_thread(work, ())
    assert looked.wait(PATIENCE)
    watcher.stop()
    watcher.close()
    assert held == []


@pytest.mark.sentence("A14")
def test_actors_that_take_turns_hold_nothing(held: Events) -> None:
    dog = Watchdog(1.0)
    go: list[Any] = []

    def body() -> None:
        while not go:
            give_way()

    def work() -> None:
        for now in range(20):
            rounds = hub.loop.iteration
            until = time.monotonic() + PATIENCE
            while hub.loop.iteration == rounds and time.monotonic() < until:
                pass
            dog.look(float(now))

    hub: Any = gevent.get_hub()
    spawn(body)
    spawn(body)
    beside(work, go)
    settle()
    assert held == []


@pytest.mark.sentence("A14")
def test_what_holds_the_thread_outside_every_actor_is_named_too(held: Events) -> None:
    spawn(give_way)
    settle()
    go: list[Any] = []
    beside(looks(Watchdog(1.0), 0.0, 1.0), go)
    busy_until(go)
    assert [(event["actor"], event["function"]) for event in held] == [(None, "busy_until")]


@pytest.mark.sentence("A14")
def test_a_callback_that_blocks_the_hub_is_named(held: Events) -> None:
    def callback() -> None:
        go: list[Any] = []
        beside(looks(Watchdog(1.0), 0.0, 1.0), go)
        busy_until(go)

    spawn(give_way)
    gevent.get_hub().loop.run_callback(callback)
    settle()
    assert [event["function"] for event in held] == ["busy_until"]


@pytest.mark.sentence("A14")
def test_an_actor_that_holds_its_thread_is_interrupted_if_that_was_asked_for(held: Events) -> None:
    dog = Watchdog(1.0, interrupt=2.0)

    def body() -> None:
        go: list[Any] = []
        beside(looks(dog, 0.0, 1.0, 2.0), go)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            pass

    reason = run(body)
    assert isinstance(reason, Crash)
    assert isinstance(reason.error, ThreadHeldError)


@pytest.mark.sentence("A14")
def test_no_one_is_interrupted_unless_that_was_asked_for(held: Events) -> None:
    assert held_while(Watchdog(1.0), 0.0, 100.0) == Normal()
    assert len(held) == 1


@pytest.mark.sentence("A14")
def test_an_interruption_never_hits_the_main_greenlet(held: Events) -> None:
    spawn(give_way)
    settle()
    go: list[Any] = []
    beside(looks(Watchdog(1.0, interrupt=1.0), 0.0, 1.0, 2.0, 4.0), go)
    busy_until(go)
    assert len(held) == 3


@pytest.mark.sentence("A14")
def test_an_interruption_never_hits_another_actor_nor_the_library() -> None:
    dog = Watchdog(1e-9, interrupt=1e-9)
    bystander: list[Any] = []
    go: list[Any] = []

    def innocent() -> None:
        while not go:
            bystander.append(receive())
            bystander.clear()

    def guilty() -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            send(ref, 1)  # what is interrupted inside `send` would lose a wake-up

    def work() -> None:
        now = 0.0
        while not crashed and now < 1e6:
            now += 1.0
            dog.look(now)

    crashed: list[Any] = []
    ref = spawn(innocent, link=False)
    settle()
    beside(work, crashed)
    reason = run(guilty)
    assert isinstance(reason, Crash)
    assert isinstance(reason.error, ThreadHeldError)
    go.append(1)
    send(ref, "last")
    crashed.append(1)
    settle()
    assert not ref.alive


@pytest.mark.sentence("A14")
def test_the_thread_of_a_watchdog_ends_with_its_block(held: Events) -> None:
    def is_named() -> bool:
        return any(".body " in str(event["actor"]) for event in held)

    with watchdog(0.02) as dog:

        def body() -> None:
            until = time.monotonic() + PATIENCE
            while not is_named() and time.monotonic() < until:
                pass

        run(body)
        alive = dog.alive
    dog.stop()
    assert (alive, dog.alive) == (True, False)
    assert is_named()


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"seconds": -1.0}, {"interrupt": 0}, {"interrupt": -1.0}])
def test_a_time_that_is_not_positive_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"seconds|interrupt"):
        watchdog(**wrong)
