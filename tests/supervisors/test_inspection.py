"""A Unix socket that shows a running tree, where a program asks for it."""

import json
import os
import socket as native
import stat
from functools import partial
from pathlib import Path
from typing import Any, cast

import gevent
import pytest
from gevent import socket
from gevent.event import Event

from actors import receive, spawn
from actors.runtime import ActorRef, background, give_way, kill, zombies
from actors.server import Server
from actors.testing import settle
from supervisors import Application, ChildSpec, Restart, Supervisor
from supervisors.errors import StartError
from supervisors.inspection import VERSION, inspection_child
from tests.supervisors.programs import program

pytestmark = pytest.mark.sentence("S15")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a socket can be made: pytest's own folders have long names."""
    folder = Path(os.path.relpath(tmp_path))
    return min(folder / "s", tmp_path / "s", key=lambda path: len(str(path)))


def spec(child_id: str = "a") -> ChildSpec[ActorRef]:
    return ChildSpec(child_id, partial(spawn, cast(Any, receive)))


def answer(path: Path) -> bytes:
    """All that is written to a connection."""
    with cast(Any, socket).socket(native.AF_UNIX) as connection:
        connection.settimeout(10.0)
        connection.connect(str(path))
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def ids(path: Path) -> list[str]:
    return [child["id"] for child in json.loads(answer(path))["root"]["children"]]


def test_each_connection_is_answered_with_the_tree_as_a_line_of_json(path: Path) -> None:
    with Supervisor.start([inspection_child(path), spec()]):
        settle()
        written = answer(path)
        assert written.endswith(b"}\n")
        assert written.count(b"\n") == 1
        report = json.loads(written)
        assert (report["version"], report["pid"]) == (VERSION, os.getpid())
        assert [actor["ref"] for actor in report["zombies"]] == [actor.ref for actor in zombies()]  # of other tests
        assert [(child["id"], child["state"]) for child in report["root"]["children"]] == [
            ("inspection", "running"),
            ("a", "running"),
        ]
        assert ids(path) == ["inspection", "a"]


def test_the_socket_is_only_for_its_user_and_gone_at_the_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    listen = cast(Any, socket).socket.listen

    def listening(self: Any, *args: Any) -> None:
        modes.append(stat.S_IMODE(path.stat().st_mode))
        listen(self, *args)

    monkeypatch.setattr(cast(Any, socket).socket, "listen", listening)
    before = os.umask(0)
    try:
        with Supervisor.start([inspection_child(path)]):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert modes == [0o600]  # before anybody could connect
            assert os.umask(0) == 0
    finally:
        os.umask(before)
    assert not path.exists()


def test_it_is_gone_also_after_a_kill_and_the_child_comes_back(path: Path) -> None:
    with Supervisor.start([inspection_child(path), spec()]) as root:
        settle()
        before = root.child("inspection")
        kill(before)
        settle()
        assert root.child("inspection") is not before
        assert ids(path) == ["inspection", "a"]
    assert not path.exists()


def test_one_that_is_stopped_before_it_began_leaves_nothing(path: Path) -> None:
    Supervisor.start([inspection_child(path)]).stop()
    assert not path.exists()


def test_the_socket_of_a_dead_process_is_replaced(path: Path) -> None:
    with native.socket(native.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.is_socket()
    with Supervisor.start([inspection_child(path)]):
        assert ids(path) == ["inspection"]


def test_a_path_where_somebody_listens_is_refused_and_left_alone(path: Path) -> None:
    with Supervisor.start([inspection_child(path)]):
        with pytest.raises(StartError, match="another process listens there; stop it, or give another path") as refused:
            Supervisor.start([inspection_child(path)])
        assert isinstance(refused.value.reason, OSError)
        assert ids(path) == ["inspection"]


def test_a_file_that_is_no_socket_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(StartError, match="there is a file that is no socket"):
        Supervisor.start([inspection_child(path)])
    assert path.read_text() == "precious"


def test_a_socket_that_another_has_put_in_its_place_is_not_removed(path: Path) -> None:
    with Supervisor.start([inspection_child(path)]):
        settle()
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"


def test_a_path_that_is_too_long_is_refused_when_it_is_given() -> None:
    with pytest.raises(ValueError, match="at most 107 bytes"):
        inspection_child("/tmp/" + "x" * 103)
    with pytest.raises(StartError, match="No such file or directory"):
        Supervisor.start([inspection_child("/nowhere/at/all")])


def test_a_client_that_goes_away_or_a_tree_that_cannot_be_read_disturbs_nobody(path: Path) -> None:
    roots: list[Any] = ["nobody"]
    with Supervisor.start([inspection_child(path, lambda: roots[0]), spec()]) as root:
        settle()
        with native.socket(native.AF_UNIX) as hasty:
            hasty.connect(str(path))
        assert answer(path) == b""
        roots[0] = root
        assert ids(path) == ["inspection", "a"]
        assert [info.restarts for info in root.which_children()] == [0, 0]


def test_another_tree_than_ones_own_can_be_shown(path: Path) -> None:
    with Supervisor.start([spec("b")], name="other"), Supervisor.start([inspection_child(path, "other", title="two")]):
        report = json.loads(answer(path))
        assert (report["title"], report["root"]["id"]) == ("two", "other")


class Slow(Server):
    def init(self) -> None:
        gevent.sleep(1000)


def test_an_application_answers_while_it_is_still_being_started(path: Path) -> None:
    slow = ChildSpec("slow", partial(Server.start, Slow, timeout=None))
    application = Application([spec(), slow], name="shop", inspect=path)

    def start() -> str:
        with pytest.raises(StartError) as refused:
            application.start()
        return str(refused.value)

    starting: Any = cast(Any, gevent).spawn(start)
    settle()
    report = json.loads(answer(path))
    assert report["title"] == "shop"
    assert [(child["id"], child["state"]) for child in report["root"]["children"]] == [
        ("inspection", "running"),
        ("a", "running"),
        ("slow", "starting"),
    ]
    application.stop()
    assert "slow" in starting.get()
    assert not path.exists()


def test_an_application_listens_nowhere_unless_it_is_asked_to(tmp_path: Path) -> None:
    with Application([spec()]) as application:
        assert [info.id for info in application.root.which_children()] == ["a"]
    assert list(tmp_path.iterdir()) == []


def test_in_another_thread_it_answers_while_the_trees_own_is_held(path: Path) -> None:
    with Supervisor.start([inspection_child(path, on=background()), spec()]):
        give_way()
        with native.socket(native.AF_UNIX) as connection:  # this thread blocks: nothing else runs in it meanwhile
            connection.settimeout(10.0)
            connection.connect(str(path))
            written = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert [child["id"] for child in json.loads(written)["root"]["children"]] == ["inspection", "a"]


def test_zombies_are_told(path: Path) -> None:
    end = Event()

    def undead() -> None:
        try:
            receive()
        finally:
            end.wait()

    with Supervisor.start([inspection_child(path)]):
        settle()
        zombie = spawn(undead, link=False)
        settle()
        kill(zombie)
        try:
            told = json.loads(answer(path))["zombies"]
        finally:
            end.set()
            settle()
        mine = [actor for actor in told if actor["label"].endswith("undead")]  # other tests have left others
        assert [(actor["zombie"], actor["reason"]) for actor in mine] == [(True, "Killed()")]


def test_after_sigkill_the_next_start_takes_the_path_over(path: Path) -> None:
    source = f"""
        application = Application([child("ready")], inspect={str(path.absolute())!r})
        application.run()
    """
    with program(source) as first:
        first.until("started ready")
        first.signal(9)
        first.end()
        assert path.is_socket()
        with program(source) as second:
            second.until("started ready")
            assert ids(path) == ["inspection", "ready"]
            second.signal(15)
            assert second.end()[0] == 0
    assert not path.exists()


def test_its_child_is_permanent() -> None:
    assert inspection_child("s").restart is Restart.PERMANENT
