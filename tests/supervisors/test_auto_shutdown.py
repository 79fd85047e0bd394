"""S7: supervisors that end with their significant children."""

from __future__ import annotations

import pytest

from actors import send, spawn
from actors.exits import Shutdown
from actors.runtime import ActorRef
from actors.testing import ManualClock, settle
from supervisors import AutoShutdown, ChildSpec, Restart, Strategy, Supervisor
from tests.supervisors.common import SLOW, Book, states, tell


def significant(book: Book, names: str, restart: Restart = Restart.TRANSIENT) -> list[ChildSpec[ActorRef]]:
    return [book.spec(name, restart=restart, significant=True) for name in names]


@pytest.mark.sentence("S7")
@pytest.mark.parametrize("restart", [Restart.TRANSIENT, Restart.TEMPORARY])
def test_a_supervisor_ends_with_any_significant_child(restart: Restart) -> None:
    book = Book()
    specs = [book.spec("x"), *significant(book, "ab", restart)]
    root = Supervisor.start(specs, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)
    ref = root.child("a")
    settle()
    spawn(send, ref, "return", link=False)
    assert isinstance(root.wait(1.0), Shutdown)
    assert book.read() == "+x +a +b -a -b -x"


@pytest.mark.sentence("S7")
def test_a_supervisor_ends_with_the_last_significant_child() -> None:
    book = Book()
    root = Supervisor.start([book.spec("x"), *significant(book, "ab")], auto_shutdown=AutoShutdown.ALL_SIGNIFICANT)
    tell(root, "a", "return")
    tell(root, "x", "return")  # permanent, not significant
    assert states(root) == {"x": "running", "a": "stopped", "b": "running"}
    spawn(send, root.child("b"), "return", link=False)
    reason = root.wait(1.0)
    assert isinstance(reason, Shutdown)
    assert "'b'" in str(reason.detail)


@pytest.mark.sentence("S7")
@pytest.mark.parametrize("auto_shutdown", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT])
def test_one_that_was_stopped_or_is_restarted_does_not_count(auto_shutdown: AutoShutdown) -> None:
    book = Book()
    with Supervisor.start(significant(book, "ab"), auto_shutdown=auto_shutdown) as root:
        tell(root, "a", OSError("now"))
        root.terminate_child("a")
        root.restart_child("a")
        root.terminate_child("a")
        root.delete_child("a")
        root.terminate_child("b")
        settle()
        assert states(root) == {"b": "stopped"}


@pytest.mark.sentence("S7")
def test_one_that_waits_for_its_restart_is_not_gone() -> None:
    book = Book()
    specs = [book.spec(name, restart=Restart.TRANSIENT, significant=True, backoff=SLOW) for name in "ab"]
    with ManualClock() as time, Supervisor.start(specs, auto_shutdown=AutoShutdown.ALL_SIGNIFICANT) as root:
        tell(root, "a", OSError("now"))
        tell(root, "b", "return")
        assert states(root) == {"a": "restarting", "b": "stopped"}
        time.advance(1.0)
        assert states(root) == {"a": "running", "b": "stopped"}


@pytest.mark.sentence("S7")
def test_one_that_goes_down_with_its_group_does_not_count() -> None:
    book = Book()
    specs = [book.spec("x"), *significant(book, "a", Restart.TEMPORARY), *significant(book, "b")]
    with Supervisor.start(specs, strategy=Strategy.ONE_FOR_ALL, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT) as root:
        tell(root, "x", OSError("now"))
        assert states(root) == {"x": "running", "b": "running"}


@pytest.mark.sentence("S7", "S6")
def test_the_end_by_auto_shutdown_is_not_abnormal_for_the_supervisor_above() -> None:
    book = Book()

    def nested() -> Supervisor:
        return Supervisor.start(significant(book, "a"), auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)

    with Supervisor.start([ChildSpec("n", nested, Restart.TRANSIENT)]) as root:
        tell(root.child("n"), "a", "return")
        assert states(root) == {"n": "stopped"}
