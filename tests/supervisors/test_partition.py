"""S9: a partition supervisor has n copies of a child, and a key decides which one it is."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import Any

import pytest

from actors import receive, send, spawn, telemetry
from actors.runtime import ActorRef, BackgroundThread, background, give_way, kill, trap_exits
from actors.server import Call, CallingSelfError, Request, Server, ServerExitedError, call
from actors.testing import ManualClock, settle, simulate
from supervisors import Backoff, ChildSpec, DynamicSupervisor, Intensity, PartitionSupervisor, Supervisor
from supervisors.errors import ChildRestartingError, GaveUpError, SpecError, StartError
from supervisors.routing import index_of

pytestmark = pytest.mark.sentence("S9")


class Which(Request[int]):
    """Say who you are."""


class Copy(Server):
    def __init__(self, index: int) -> None:
        self.index = index

    def handle_call(self, request: Any, call: Call) -> int:
        return self.index

    def handle_info(self, message: Any) -> None:
        raise ValueError(message)


def copy(index: int, **options: Any) -> ChildSpec[ActorRef]:
    return ChildSpec("whatever", lambda: Server.start(Copy, index), **options)


def worker() -> None:
    if receive() == "crash":
        raise ValueError("told to")


def test_each_key_has_its_copy_and_every_copy_its_keys() -> None:
    with PartitionSupervisor.start(copy, 4) as parts:
        assert parts.partitions == 4
        assert [info.id for info in parts.which_children()] == [0, 1, 2, 3]
        assert parts.count_children() == (4, 4, 0, 4)
        for key in ("ada", b"ada", ("user", 7), None, 5, -1):
            assert call(parts.partition(key), Which()) == index_of(key, 4)
            assert parts.partition(key) is parts.partition(key)
        assert {call(parts.partition(f"user-{number}"), Which()) for number in range(50)} == {0, 1, 2, 3}


def test_one_spec_serves_for_all_and_there_is_one_a_processor_by_default() -> None:
    with PartitionSupervisor.start(ChildSpec("w", partial(spawn, worker))) as parts:
        assert parts.partitions == (os.cpu_count() or 1)
        assert len({info.ref for info in parts.which_children()}) == parts.partitions


def test_no_message_is_sent_to_find_a_copy() -> None:
    with PartitionSupervisor.start(copy, 2) as parts:
        handled: list[object] = []
        stop = telemetry.subscribe(lambda event, data: handled.append((event, data)))
        try:
            found = parts.partition("ada")
        finally:
            stop()
        assert found.alive
        assert handled == []


def test_after_a_restart_the_key_leads_to_the_new_copy() -> None:
    with PartitionSupervisor.start(copy, 3) as parts:
        before = [parts.partition(index) for index in range(3)]
        send(before[1], "crash")
        give_way()
        after = [parts.partition(index) for index in range(3)]
        assert after[1] is not before[1]
        assert after[1].alive
        assert [after[0], after[2]] == [before[0], before[2]]
        assert call(after[1], Which()) == 1


def test_a_copy_that_was_just_killed_is_never_returned() -> None:
    with PartitionSupervisor.start(copy, 2) as parts:
        before = parts.partition(1)
        kill(before)
        assert parts.partition(1) is not before  # nobody else has run meanwhile: the supervisor was waited for
        assert parts.partition(1).alive


def test_while_the_restart_of_a_copy_waits_its_keys_are_refused_and_no_others() -> None:
    with ManualClock() as time, PartitionSupervisor.start(partial(copy, backoff=Backoff(first=10.0)), 2) as parts:
        send(parts.partition(1), "crash")
        settle()
        with pytest.raises(ChildRestartingError):
            parts.partition(1)
        assert parts.partition(0).alive
        time.advance(10.0)
        assert parts.partition(1).alive


def test_copies_that_are_supervisors() -> None:
    with PartitionSupervisor.start(ChildSpec("d", DynamicSupervisor.start), 3) as parts:
        child = parts.partition("ada").start_child(ChildSpec("w", partial(spawn, worker)))
        assert parts.count_children() == (3, 3, 3, 0)
        assert [info.ref for info in parts.partition("ada").which_children()] == [child]
    assert not child.alive


def test_one_failure_more_than_the_intensity_allows_ends_it() -> None:
    parts = PartitionSupervisor.start(ChildSpec("w", partial(spawn, worker)), 2, intensity=Intensity(0, 60.0))
    spawn(send, parts.partition(0), "crash")
    with pytest.raises(GaveUpError):
        parts.wait(5.0)
    with pytest.raises(ServerExitedError):
        parts.partition(0)


# -- by name, from everywhere, and the end


def test_it_is_found_by_name_whoever_has_it() -> None:
    parts: PartitionSupervisor[ActorRef] = PartitionSupervisor("parts")
    with pytest.raises(ServerExitedError, match="parts"):
        parts.partition("ada")
    for count in (2, 5):
        with PartitionSupervisor.start(copy, count, name="parts"):
            assert parts.partitions == count
            assert call(parts.partition("ada"), Which()) == index_of("ada", count)


def test_one_that_is_no_partition_supervisor_says_so_and_lives_on() -> None:
    with Supervisor.start(name="plain") as plain:
        with pytest.raises(TypeError, match="another kind of supervisor"):
            PartitionSupervisor[ActorRef]("plain").partition("ada")
        assert plain.count_children().specs == 0


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_once_it_has_ended_it_says_so(killed: bool) -> None:
    def starter() -> None:
        trap_exits(True)
        parts = PartitionSupervisor.start(copy, 2)
        found.extend([parts, parts.partition(0)])
        if killed:
            kill(parts.ref)
        else:
            parts.stop()
        with pytest.raises(ServerExitedError):
            parts.partition(0)
        with pytest.raises(ServerExitedError):
            _ = parts.partitions

    found: list[Any] = []
    spawn(starter)
    settle()
    assert len(found) == 2
    assert not found[1].alive


def test_a_copy_that_asks_for_another_during_its_start_finds_only_those_that_run() -> None:
    def needs(index: int) -> ChildSpec[ActorRef]:
        def start() -> ActorRef:
            if index == 1:
                assert named.partition(0).alive
                with pytest.raises(CallingSelfError):
                    named.partition(1)
            return spawn(worker)

        return ChildSpec("w", start)

    named: PartitionSupervisor[ActorRef] = PartitionSupervisor("busy")
    with PartitionSupervisor.start(needs, 2, name="busy"):
        assert named.partition(0).alive


def test_a_copy_that_does_not_start_takes_the_others_along() -> None:
    started: list[ActorRef] = []

    def fails(index: int) -> ChildSpec[ActorRef]:
        def start() -> ActorRef:
            if index == 2:
                raise OSError("no port")
            started.append(spawn(worker))
            return started[-1]

        return ChildSpec("w", start)

    with pytest.raises(StartError, match="child 2 did not start"):
        PartitionSupervisor.start(fails, 3)
    assert len(started) == 2
    assert not any(ref.alive for ref in started)


def test_plain_threads_find_copies_of_the_background_while_they_are_restarted() -> None:
    thread: BackgroundThread = background()
    parts = PartitionSupervisor.start(copy, 4, on=thread, intensity=Intensity(1000, 60.0))
    wrong: list[object] = []

    def plain() -> None:
        for number in range(200):
            found = parts.partition(number)
            if number % 10 == 0:
                send(found, "crash")
            if found not in {info.ref for info in parts.which_children()} and found.alive:
                wrong.append(found)

    threads = [threading.Thread(target=plain) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert [call(parts.partition(index), Which()) for index in range(4)] == [0, 1, 2, 3]
    parts.stop()
    assert thread.close() == []


def test_in_any_order_a_copy_that_is_found_is_the_right_one() -> None:
    def program() -> int:
        parts = PartitionSupervisor.start(copy, 3, intensity=Intensity(1000, 60.0))
        found = 0

        def asks(index: int) -> None:
            nonlocal found
            for _ in range(3):
                copy_ = parts.partition(index)
                try:
                    assert call(copy_, Which()) == index
                    found += 1
                except ServerExitedError:
                    pass  # another has had it crash meanwhile
                send(parts.partition(index + 1), "crash")

        clients = [spawn(asks, index) for index in range(3)]
        while any(client.alive for client in clients):
            give_way()
        parts.stop()
        return found

    assert sum(simulate(seed, program).value for seed in range(40)) > 40


# -- bad input


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"], ids=repr)
def test_what_is_no_number_of_copies_is_refused(value: Any) -> None:
    with pytest.raises(SpecError, match="partitions=") as error:
        PartitionSupervisor.start(copy, value)
    assert error.value.field == "partitions"


def test_other_bad_arguments_are_refused_where_they_are_given() -> None:
    bad: Any = 7
    with pytest.raises(SpecError, match="spec=7"):
        PartitionSupervisor.start(bad, 2)
    with pytest.raises(SpecError, match="spec=7"):
        PartitionSupervisor.start(lambda index: bad if index else copy(index), 2)
    with pytest.raises(SpecError, match="intensity="):
        PartitionSupervisor.start(copy, 2, intensity=bad)
    with PartitionSupervisor.start(copy, 2) as parts, pytest.raises(TypeError, match="no key"):
        parts.partition(1.5)
