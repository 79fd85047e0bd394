"""S8: supervisors known by their names."""

from __future__ import annotations

import re
from functools import partial

import pytest

from actors import receive
from actors.exits import LinkedExitError, NoSuchActorError
from actors.runtime import kill
from actors.server import Server, ServerExitedError
from actors.testing import settle
from supervisors import ChildSpec, DynamicSupervisor, Supervisor
from tests.supervisors.common import Book


@pytest.mark.sentence("S8")
def test_a_supervisor_is_found_by_its_name() -> None:
    with Supervisor.start([Book().spec("a")], name="root") as root:
        named = Supervisor("root")
        assert named.ref is root.ref
        assert named.which_children() == root.which_children()
        assert repr(named) == "Supervisor('root')"
        assert named == Supervisor("root")
        assert hash(named) == hash(Supervisor("root"))
        named.stop()
    assert not root.ref.alive


@pytest.mark.sentence("S8")
def test_a_name_that_nobody_has_is_an_error_at_each_call() -> None:
    nobody = Supervisor("nobody here")
    with pytest.raises(ServerExitedError, match="no living actor is registered as 'nobody here'; it may be"):
        nobody.which_children()
    with pytest.raises(NoSuchActorError):
        _ = nobody.ref
    with pytest.raises(NoSuchActorError):
        nobody.wait()
    nobody.stop()  # nothing to do
    with pytest.raises(TypeError, match="give a supervisor's ref or its name"):
        Supervisor(7)  # type: ignore[arg-type]


@pytest.mark.sentence("S8", "S3")
def test_a_named_supervisor_has_its_name_again_after_a_restart() -> None:
    def nested() -> Supervisor:
        return Supervisor.start([Book().spec("a")], name="nested")

    with Supervisor.start([ChildSpec("n", nested)]):
        before = Supervisor("nested").ref
        kill(before)
        settle()
        assert Supervisor("nested").ref is not before
        assert Supervisor("nested").count_children().active == 1


@pytest.mark.sentence("S8")
def test_a_call_of_one_thing_to_another_kind_of_server_is_its_own_affair() -> None:
    class Other(Server):
        def handle_call(self, request: object, call: object) -> object:
            return "what?"

    other = Server.start(Other)
    answer: object = Supervisor(other).which_children()
    assert answer == "what?"
    kill(other)
    with pytest.raises(LinkedExitError):
        receive(1.0)


def test_one_without_a_name_shows_where_it_stands_and_how_many_children_run() -> None:
    inner = ChildSpec("pool", DynamicSupervisor.start)
    with Supervisor.start([ChildSpec("db", partial(Supervisor.start, [inner])), Book().spec("a")]) as root:
        db = root.child("db")
        pool = db.child("pool")
        assert re.fullmatch(r"Supervisor\(<Actor Supervising 0x\w+>, 2 running\)", repr(root))
        assert re.fullmatch(r"Supervisor\(<Actor Supervising 'db' 0x\w+>, 1 running\)", repr(db))
        assert re.fullmatch(r"DynamicSupervisor\(<Actor DynamicSupervising 'db'/'pool' 0x\w+>, 0 running\)", repr(pool))
    assert re.fullmatch(r"<Actor DynamicSupervising 'db'/'pool' 0x\w+ ended Shutdown\(.*\)>", repr(pool.ref))
