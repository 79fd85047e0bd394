"""`Probe`: an actor whose mailbox the test reads."""

import pytest

from actors.exits import Crash, Killed, Shutdown
from actors.runtime import Down, Exit, give_way, kill, link, monitor, receive, send, spawn
from actors.testing import Probe, settle


def test_a_probe_receives_what_is_sent_to_it_in_order() -> None:
    probe = Probe()
    send(probe.ref, 1)
    spawn(send, probe.ref, 2)
    assert probe.messages == [1]
    assert [probe.receive(), probe.receive()] == [1, 2]


def test_a_probe_waits_for_a_message_and_gives_up_with_a_list_of_what_came() -> None:
    probe = Probe()
    send(probe.ref, "other")
    with pytest.raises(AssertionError, match=r"expected int within 0\.001 seconds; queued: 'other'"):
        probe.expect(int, timeout=0.001)
    with pytest.raises(AssertionError, match="queued: 'other'"):
        probe.expect(int, timeout=0)
    assert probe.receive(0) == "other"
    with pytest.raises(TimeoutError):
        probe.receive(0)
    with pytest.raises(TimeoutError, match=r"no message within 0\.001 seconds; queued: nothing"):
        probe.receive(0.001)


def test_a_probe_takes_the_next_message_of_a_class_and_leaves_the_others() -> None:
    probe = Probe()

    def late() -> None:
        give_way()
        send(probe.ref, 5)

    send(probe.ref, "first")
    spawn(late)
    assert probe.expect(int) == 5
    assert probe.messages == ["first"]


def test_nothing_lets_everything_run_before_it_looks() -> None:
    probe = Probe()
    probe.nothing()
    spawn(send, probe.ref, "late")
    with pytest.raises(AssertionError, match="queued: 'late'"):
        probe.nothing()


def test_a_probe_can_be_linked_to_and_hears_of_exits_as_messages() -> None:
    probe = Probe()

    def linked() -> None:
        link(probe.ref)
        receive()

    ref = spawn(linked, link=False)
    settle()
    kill(ref)
    exited = probe.expect(Exit)
    assert (exited.ref, exited.reason) == (ref, Killed())


def test_the_end_of_a_probe_reaches_its_links_and_monitors() -> None:
    probe = Probe()
    watching = monitor(probe.ref)

    def linked() -> None:
        link(probe.ref)
        receive()

    ref = spawn(linked, link=False)
    settle()
    probe.end(Shutdown("over"))
    settle()
    down = receive(0)
    assert isinstance(down, Down)
    assert (down.monitor, down.reason) == (watching, Shutdown("over"))
    assert not ref.alive


def test_a_probe_that_has_ended_is_dead_and_cannot_be_read() -> None:
    probe = Probe()
    probe.end()
    probe.end(Crash(KeyError()))
    assert not probe.ref.alive
    with pytest.raises(RuntimeError, match="has ended: Normal"):
        probe.receive()


def test_a_probe_may_be_read_inside_an_actor() -> None:
    probe, seen = Probe(), list[object]()
    spawn(lambda: seen.append(probe.receive()))
    settle()
    send(probe.ref, "x")
    settle()
    assert seen == ["x"]


def test_a_probe_refuses_a_negative_timeout() -> None:
    with pytest.raises(ValueError, match="timeout=-1"):
        Probe().receive(-1)
