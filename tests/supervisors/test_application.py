"""An application that is started and stopped without signals."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

import gevent
import pytest

from actors import receive, send, spawn, telemetry
from actors.runtime import ActorRef, Crash, ExitReason, Shutdown, background, give_way
from actors.server import Call, Request, Server, call
from supervisors import Application, AutoShutdown, ChildSpec, DynamicSupervisor, Intensity, Restart, Supervisor
from supervisors.errors import GaveUpError, SpecError, StartError

pytestmark = pytest.mark.sentence("S14")


@dataclass(frozen=True)
class Settings:
    rooms: tuple[str, ...]
    greeting: str


class Greet(Request[str]):
    whom: str


class Desk(Server):
    def __init__(self, greeting: str) -> None:
        self.greeting = greeting

    def handle_call(self, request: Greet, call: Call) -> str:
        return f"{self.greeting}, {request.whom}"


def idle(left: list[str], name: str) -> None:
    try:
        if receive() == "crash":
            raise LookupError("on purpose")
    finally:
        left.append(name)


def deaf(started: list[str], name: str) -> None:
    started.append(name)
    try:
        receive()
    finally:
        gevent.sleep(1000)


def broken() -> ActorRef:
    raise ConnectionRefusedError("nobody listens")


def child(body: Callable[[list[str], str], None], notes: list[str], name: str, **options: Any) -> ChildSpec[ActorRef]:
    return ChildSpec(name, lambda: spawn(body, notes, name), **options)


def nested(name: str, *specs: ChildSpec[Any]) -> ChildSpec[Supervisor]:
    return ChildSpec(name, lambda: Supervisor.start(specs))


def test_the_configuration_is_given_to_the_callable_that_makes_the_children_at_each_start() -> None:
    def tree(settings: Settings) -> list[ChildSpec[ActorRef]]:
        def desk(room: str) -> ChildSpec[ActorRef]:
            return ChildSpec(room, lambda: Server.start(Desk, settings.greeting, name=room))

        return [desk(room) for room in settings.rooms]

    hotel = Application(tree, name="hotel", config=Settings(("lobby", "bar"), "Hello"))
    with hotel:
        assert call("bar", Greet("Ada")) == "Hello, Ada"
        assert [info.id for info in hotel.root.which_children()] == ["lobby", "bar"]
        running = hotel.running
    assert (running, hotel.running) == (True, False)
    hotel.config = Settings(("attic",), "Good evening")
    with hotel:
        assert call("attic", Greet("Ada")) == "Good evening, Ada"


def test_stop_stops_in_order_and_a_second_one_does_nothing() -> None:
    left: list[str] = []
    application = Application([child(idle, left, "a"), nested("b", child(idle, left, "c"), child(idle, left, "d"))])
    root = application.start()
    give_way()
    assert application.stop() == ()
    assert left == ["d", "c", "a"]
    assert isinstance(application.wait(), Shutdown)
    assert application.stop() == ()
    assert not root.ref.alive


def test_it_ends_with_neither_the_greenlet_nor_the_actor_that_started_it() -> None:
    left: list[str] = []
    application = Application([child(idle, left, "a")])
    gevent.spawn(application.start).join()
    give_way()
    assert (application.running, left) == (True, [])
    application.stop()
    spawn(application.start, link=False)
    give_way()
    give_way()
    assert (application.running, left) == (True, ["a"])
    application.stop()
    assert left == ["a", "a"]


def test_who_had_to_be_killed_is_returned_and_reported_once() -> None:
    seen: list[tuple[str, Any]] = []
    stop = telemetry.subscribe(lambda event, data: seen.append((event, data.get("killed"))))
    started: list[str] = []
    inner = nested("storage", child(deaf, started, "db", shutdown=0.01), child(idle, started, "cache"))
    try:
        application = Application([inner, child(deaf, started, "web", shutdown=None)], stop_timeout=0.05)
        application.start()
        give_way()
        killed = application.stop()
    finally:
        stop()
    assert killed == (("web",), ("storage", "db"))
    assert [event for event, _ in seen].count("shutdown overrun") == 2
    assert [data for event, data in seen if event == "application stopped"] == [killed]


def test_children_that_were_not_told_before_the_time_was_over_still_get_a_moment() -> None:
    notes: list[str] = []
    quick = [child(idle, notes, str(number)) for number in range(50)]
    application = Application([*quick, child(deaf, notes, "deaf", shutdown=None)], stop_timeout=0.0)
    application.start()
    give_way()
    assert application.stop() == (("deaf",),)
    assert notes == ["deaf", *(str(number) for number in reversed(range(50)))]


def test_those_of_a_dynamic_supervisor_are_killed_and_named_too() -> None:
    started: list[str] = []
    with_children: list[DynamicSupervisor] = []

    def start() -> DynamicSupervisor:
        with_children.append(DynamicSupervisor.start())
        return with_children[-1]

    application = Application([ChildSpec("pool", start)], stop_timeout=0.05)
    application.start()
    for name in "ab":
        with_children[0].start_child(child(deaf, started, name, shutdown=None))
    give_way()
    assert sorted(application.stop()) == [("pool", "a"), ("pool", "b")]


def test_a_failed_start_raises_with_the_path_and_leaves_nothing() -> None:
    left: list[str] = []
    application = Application([child(idle, left, "a"), nested("storage", ChildSpec("db", broken))])
    with pytest.raises(StartError, match="child 'storage' did not start: StartError: child 'db' did not start") as error:
        application.start()
    assert isinstance(error.value.reason, StartError)
    assert error.value.reason.child_id == "db"
    assert not application.running
    assert application.stop() == ()
    with pytest.raises(RuntimeError, match=r"has not been started; start\(\) or run\(\) it"):
        _ = application.root


def test_whoever_started_it_is_told_when_it_gives_up_but_not_when_it_is_stopped() -> None:
    ends: list[ExitReason] = []
    left: list[str] = []
    application = Application([child(idle, left, "a")], intensity=Intensity(0, 60.0))
    root = application.start(ended=ends.append)
    application.stop()
    assert ends == []
    root = application.start(ended=ends.append)
    give_way()
    send(root.child("a"), "crash")
    with pytest.raises(GaveUpError) as error:
        application.wait(5.0)
    assert isinstance(error.value.reason, Crash)
    give_way()
    assert [type(end) for end in ends] == [Shutdown]
    application.stop()


def test_a_callback_that_raises_is_reported_and_harms_nobody() -> None:
    seen: list[str] = []
    stop = telemetry.subscribe(lambda event, data: seen.append(event))
    left: list[str] = []
    job = child(idle, left, "job", restart=Restart.TRANSIENT, significant=True)
    application = Application([job], auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)
    try:
        with telemetry.unwritten():
            root = application.start(ended=lambda reason: 1 / 0)
            give_way()
            send(root.child("job"), "leave")
            application.wait(5.0)
            give_way()
    finally:
        stop()
    assert "application callback failed" in seen
    application.stop()


def test_it_can_be_started_once_at_a_time() -> None:
    left: list[str] = []
    with Application([child(idle, left, "a")], name="shop") as application:
        with pytest.raises(RuntimeError, match=r"application 'shop' runs already; stop\(\) it first"):
            application.start()
        with pytest.raises(RuntimeError, match="runs already"):
            application.run()


def test_a_tree_of_the_background_thread_is_stopped_from_any_other() -> None:
    started: list[str] = []
    try:
        application = Application([child(deaf, started, "a", shutdown=None)], stop_timeout=0.05)
        ready = ChildSpec("desk", lambda: Server.start(Desk, "Hello", name="desk"))
        root = application.start(on=background())
        root.start_child(ready)
        assert call("desk", Greet("Ada")) == "Hello, Ada"
        killed: list[Any] = []
        thread = Thread(target=lambda: killed.append(application.stop()))
        thread.start()
        thread.join()
        assert killed == [(("a",),)]
        assert not root.ref.alive
    finally:
        assert background().close() == []


CHECKED: dict[str, Callable[[Any], object]] = {
    "children": lambda wrong: Application([wrong]),
    "name": lambda wrong: Application([], name=wrong),
    "strategy": lambda wrong: Application([], strategy=wrong),
    "intensity": lambda wrong: Application([], intensity=wrong),
    "auto_shutdown": lambda wrong: Application([], auto_shutdown=wrong),
}


@pytest.mark.parametrize("field", list(CHECKED))
def test_options_are_checked_when_it_is_made(field: str) -> None:
    with pytest.raises(SpecError, match=f"^{field}=7: "):
        CHECKED[field](7)


def test_children_that_are_no_list_are_refused() -> None:
    wrong: Any = 7
    with pytest.raises(SpecError, match=r"^children=7: give a list of ChildSpecs"):
        Application(wrong)


def test_a_negative_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r"stop_timeout=-1\.0 is not a duration"):
        Application([], stop_timeout=-1.0)


def test_a_stopped_application_keeps_nobody_alive() -> None:
    left: list[str] = []
    application = Application([child(idle, left, "a")])
    root = application.start()
    actor = weakref.ref(root.child("a"))
    del root
    application.stop()
    gc.collect()
    assert actor() is None
