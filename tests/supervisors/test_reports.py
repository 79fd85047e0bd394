"""What telemetry and the log get of supervisors: one event for each thing that happens, and no storm of lines."""

from collections import Counter
from collections.abc import Generator, Mapping
from functools import partial
from typing import Any, cast

import gevent
import pytest
import structlog
from structlog.testing import capture_logs

from actors import receive, send, spawn, telemetry
from actors.exits import Crash, Killed, Normal, Shutdown
from actors.runtime import ActorRef, kill
from actors.testing import ManualClock, settle
from supervisors import Backoff, ChildSpec, DynamicSupervisor, Intensity, Restart, Strategy, Supervisor
from supervisors.errors import GaveUp

pytestmark = pytest.mark.sentence("S16")
Event = tuple[str, Mapping[str, Any]]

TREE = {"child", "supervisor", "shutdown", "restart"}  # the first words of a supervisor's events


@pytest.fixture
def events() -> Generator[list[Event]]:
    seen: list[Event] = []
    stop = telemetry.subscribe(lambda event, data: seen.append((event, data)) if event.split()[0] in TREE else None)
    yield seen
    stop()


def worker() -> None:
    if receive() == "crash":
        raise ValueError("told to")


def deaf() -> None:
    try:
        receive()
    finally:
        gevent.sleep(1000)


def spec(child_id: object = "a", body: Any = worker, **options: Any) -> ChildSpec[ActorRef]:
    return ChildSpec(child_id, partial(spawn, body), **options)


def storm(root: Supervisor, times: int) -> None:
    for _ in range(times):
        send(root.child("a"), "crash")
        settle()


def counted(events: list[Event]) -> dict[str, int]:
    return dict(Counter(event for event, _ in events))


def only(events: list[Event], name: str) -> Mapping[str, Any]:
    (data,) = [data for event, data in events if event == name]
    return data


def test_a_start_and_an_orderly_stop_are_one_event_each(events: list[Event]) -> None:
    with Supervisor.start([spec(), spec("b")]) as root:
        child = root.child("b")
    assert [event for event, _ in events] == [
        *("supervisor started", "child started", "child started"),
        *("child stopped", "child stopped", "supervisor stopped"),
    ]
    started, stopped = events[2][1], events[3][1]
    assert {key: started[key] for key in ("supervisor", "path", "child", "ref")} == {
        "supervisor": root.ref,
        "path": (),
        "child": "b",
        "ref": child,
    }
    assert (stopped["child"], stopped["ref"], stopped["reason"]) == ("b", child, Shutdown("stopped by its supervisor"))
    assert events[-1][1]["reason"] == Normal()


def test_a_crash_and_the_restart_that_follows_are_one_event_each(events: list[Event]) -> None:
    with Supervisor.start([spec()]) as root:
        before = root.child("a")
        del events[:]
        storm(root, 1)
        assert [event for event, _ in events] == ["child crashed", "child restarted"]
        crashed, restarted = events[0][1], events[1][1]
        assert (crashed["child"], crashed["ref"], str(crashed["error"])) == ("a", before, "told to")
        assert isinstance(crashed["reason"], Crash)
        assert (restarted["child"], restarted["ref"], restarted["restarts"]) == ("a", root.child("a"), 1)


def test_a_kill_by_somebody_is_a_crash(events: list[Event]) -> None:
    with Supervisor.start([spec()]) as root:
        kill(root.child("a"))
        settle()
        assert isinstance(only(events, "child crashed")["reason"], Killed)
        assert only(events, "child crashed")["error"] is None


def test_an_end_in_order_is_one_event(events: list[Event]) -> None:
    with Supervisor.start([spec(restart=Restart.TRANSIENT)]) as root:
        send(root.child("a"), "leave")
        settle()
        del events[:-1]
        assert only(events, "child ended")["reason"] == Normal()


def test_a_restart_that_fails_is_one_event_for_each_attempt(events: list[Event]) -> None:
    failures = iter([None, LookupError("first"), LookupError("second"), None])

    def start() -> ActorRef:
        if (error := next(failures)) is not None:
            raise error
        return spawn(worker)

    with Supervisor.start([ChildSpec("a", start)]) as root:
        storm(root, 1)
        settle()
        assert counted(events) == {
            "supervisor started": 1,
            "child started": 1,
            "child crashed": 1,
            "restart failed": 2,
            "child restarted": 1,
        }
        assert [str(data["error"]) for event, data in events if event == "restart failed"] == ["first", "second"]


def test_the_restart_of_a_group_is_one_event_for_each_of_it(events: list[Event]) -> None:
    with Supervisor.start([spec(), spec("b")], strategy=Strategy.ONE_FOR_ALL) as root:
        del events[:]
        storm(root, 1)
        assert counted(events) == {"child crashed": 1, "child stopped": 1, "child restarted": 2}


def test_giving_up_is_one_event(events: list[Event]) -> None:
    def program() -> None:
        root = Supervisor.start([spec()], intensity=Intensity(1, 60.0))
        send(root.child("a"), "crash")
        receive()

    spawn(program, link=False)
    settle()
    supervisor = only(events, "supervisor started")["supervisor"]
    send(only(events, "child restarted")["ref"], "crash")
    settle()
    gave_up = only(events, "supervisor gave up")
    assert (gave_up["supervisor"], gave_up["child"], gave_up["path"]) == (supervisor, "a", ())
    assert (gave_up["restarts"], gave_up["seconds"], type(gave_up["reason"])) == (1, 60.0, Crash)
    assert isinstance(only(events, "supervisor stopped")["reason"].detail, GaveUp)


def test_a_shutdown_that_takes_too_long_is_one_event_beside_the_stop(events: list[Event]) -> None:
    with ManualClock() as clock:
        root = Supervisor.start([spec("a", deaf, shutdown=2.0)])
        settle()
        stopping: Any = cast(Any, gevent).spawn(root.stop)
        settle()
        clock.advance(2.0)
        stopping.get()
    assert (only(events, "shutdown overrun")["child"], only(events, "shutdown overrun")["seconds"]) == ("a", 2.0)
    assert isinstance(only(events, "child stopped")["reason"], Killed)


def test_an_event_says_where_in_the_tree_it_happened(events: list[Event]) -> None:
    inner = ChildSpec("inner", partial(Supervisor.start, [spec()]))
    with Supervisor.start([ChildSpec("outer", partial(Supervisor.start, [inner]))]) as root:
        send(root.child("outer").child("inner").child("a"), "crash")
        settle()
    assert only(events, "child crashed")["path"] == ("outer", "inner")
    assert [data["path"] for event, data in events if event == "supervisor stopped"] == [("outer", "inner"), ("outer",), ()]


# -- the log


@pytest.fixture
def lines() -> Generator[list[Any]]:
    with capture_logs() as written:
        yield written
    structlog.reset_defaults()


def counts(lines: list[Any], event: str) -> list[int]:
    """How many were held back, by each line of this event."""
    return [line["held_back"] for line in lines if line["event"] == event]


def test_in_a_storm_a_child_has_at_most_one_line_a_second_of_each_kind_with_the_count(
    events: list[Event], lines: list[Any]
) -> None:
    with ManualClock() as clock, Supervisor.start([spec()], intensity=Intensity(1000, 60.0)) as root:
        storm(root, 10)
        assert (counts(lines, "child crashed"), counts(lines, "child restarted")) == ([0], [0])
        clock.advance(1.0)
        storm(root, 1)
        assert (counts(lines, "child crashed"), counts(lines, "child restarted")) == ([0, 9], [0, 9])
        assert counted(events)["child crashed"] == counted(events)["child restarted"] == 11


def test_another_child_has_its_own_line(lines: list[Any]) -> None:
    with ManualClock(), Supervisor.start([spec(), spec("b")], intensity=Intensity(1000, 60.0)) as root:
        storm(root, 5)
        send(root.child("b"), "crash")
        settle()
        assert [line["child"] for line in lines if line["event"] == "child crashed"] == ["a", "b"]


def test_the_end_of_a_supervisor_writes_how_many_were_held_back_at_last(events: list[Event], lines: list[Any]) -> None:
    with ManualClock(), Supervisor.start([spec(), spec("b")], intensity=Intensity(1000, 60.0)) as root:
        storm(root, 10)
    for event, count in counted(events).items():
        if event.startswith("child"):
            assert len(counts(lines, event)) <= 2
            assert max(counts(lines, event)) + 1 == count, event
    last = [line for line in lines if line["event"] == "child crashed"][-1]
    assert (last["child"], last["held_back"], "error" in last) == ("a", 9, False)


def test_many_starts_and_stops_at_once_are_a_storm_of_the_supervisor(events: list[Event], lines: list[Any]) -> None:
    with ManualClock(), Supervisor.start([spec(number) for number in range(1000)]):
        pass
    assert (counts(lines, "child started"), counts(lines, "child stopped")) == ([0, 999], [0, 999])
    assert counted(events)["child started"] == counted(events)["child stopped"] == 1000


@pytest.mark.parametrize("backoff", [None, Backoff(1.0)], ids=["at once", "later"])
def test_the_restart_of_a_large_group_is_a_storm_of_the_supervisor(
    events: list[Event], lines: list[Any], backoff: Backoff | None
) -> None:
    group = [spec(number, backoff=backoff) for number in range(1000)]
    with ManualClock() as clock, Supervisor.start(group, strategy=Strategy.ONE_FOR_ALL) as root:
        send(root.child(7), "crash")
        settle()
        clock.advance(1.0)
        assert (counts(lines, "child crashed"), counts(lines, "child restarted")) == ([0], [0])
        assert counted(events)["child restarted"] == 1000
    assert counts(lines, "child restarted") == [0, 999]


def test_in_a_group_that_is_restarted_again_and_again_all_lines_are_counted(lines: list[Any]) -> None:
    group = [spec("a"), spec("b"), spec("c")]
    many = Intensity(1000, 60.0)
    with ManualClock() as clock, Supervisor.start(group, strategy=Strategy.ONE_FOR_ALL, intensity=many) as root:
        storm(root, 3)
        clock.advance(1.0)
        storm(root, 1)
        assert counts(lines, "child restarted") == [0, 8]


def test_a_dynamic_supervisor_has_the_lines_of_all_its_children(lines: list[Any]) -> None:
    with ManualClock(), DynamicSupervisor.start(intensity=Intensity(1000, 60.0)) as many:
        for child in [many.start_child(spec(number)) for number in range(50)]:
            send(child, "crash")
        settle()
        assert (counts(lines, "child crashed"), counts(lines, "child restarted")) == ([0], [0])


def test_a_supervisor_below_another_that_gives_up_again_and_again_is_a_storm_too(
    events: list[Event], lines: list[Any]
) -> None:
    def fails() -> None:
        raise ValueError("always")

    def program() -> None:
        inner = ChildSpec("inner", partial(Supervisor.start, [spec("a", fails)], intensity=Intensity(0)))
        Supervisor.start([inner], intensity=Intensity(20, 60.0))
        receive()

    with ManualClock():
        spawn(program, link=False)
        settle()
    assert counted(events)["supervisor gave up"] == 22  # 21 times the one below, and then the one above
    errors = [line for line in lines if line["event"] in ("supervisor gave up", "child ended")]
    assert [(line["event"], line["log_level"], line.get("held_back")) for line in errors] == [
        ("child ended", "error", 0),
        ("supervisor gave up", "error", None),
        ("child ended", "error", 20),
    ]
