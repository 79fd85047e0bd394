from typing import Any

import pytest

from actors.runtime import (
    Down,
    Exit,
    NameTakenError,
    current,
    give_way,
    kill,
    receive,
    register,
    send,
    spawn,
    trap_exits,
    unregister,
    whereis,
)
from actors.testing import Probe, settle
from tests.runtime.watching import PATIENCE, boom, end_of


@pytest.mark.sentence("A7")
def test_whereis_finds_who_has_the_name() -> None:
    register("me", current())
    assert whereis("me") is current()
    assert current().name == "me"


@pytest.mark.sentence("A7")
def test_whereis_finds_nobody_when_nobody_has_the_name() -> None:
    assert whereis("nobody") is None


@pytest.mark.sentence("A7")
def test_a_name_belongs_to_one_living_actor() -> None:
    probe = Probe()
    register("one", probe.ref)
    with pytest.raises(NameTakenError) as raised:
        register("one", current())
    assert (raised.value.name, raised.value.holder) == ("one", probe.ref)
    assert whereis("one") is probe.ref
    probe.end()


@pytest.mark.sentence("A7")
def test_an_actor_may_register_its_own_name_again() -> None:
    register("mine", current())
    register("mine", current())
    assert whereis("mine") is current()


@pytest.mark.sentence("A7")
def test_after_unregister_the_name_is_free_and_the_actor_may_take_another() -> None:
    register("first", current())
    unregister("first")
    before = whereis("first")
    register("second", current())
    assert before is None
    assert current().name == "second"


@pytest.mark.sentence("A7")
def test_unregister_of_a_free_name_does_nothing() -> None:
    unregister("nobody")
    assert whereis("nobody") is None


@pytest.mark.sentence("A7")
def test_the_end_of_an_earlier_holder_does_not_free_the_name_of_the_next() -> None:
    ref = spawn(receive, name="passed on")
    unregister("passed on")
    register("passed on", current())
    send(ref, "end")
    settle()
    assert whereis("passed on") is current()


@pytest.mark.sentence("A7")
@pytest.mark.parametrize("end", ["returns", "crashes", "killed"])
def test_the_name_is_free_before_a_monitor_or_a_link_learns_of_the_end(end: str) -> None:
    trap_exits(True)
    body = {"returns": give_way, "crashes": boom, "killed": receive}[end]
    ref = spawn(body, name="holder", monitor=True)
    if end == "killed":
        settle()
        kill(ref)
    learned: list[Any] = []
    for _ in range(2):
        learned.append(type(receive(PATIENCE)))
        assert whereis("holder") is None
    assert set(learned) == {Exit, Down}


@pytest.mark.sentence("A7")
def test_whoever_learns_of_the_end_can_take_the_name_at_once() -> None:
    trap_exits(True)
    spawn(boom, name="post")
    receive(PATIENCE)
    successor = spawn(give_way, name="post")
    assert whereis("post") is successor
    end_of(successor)


@pytest.mark.sentence("A7")
def test_an_actor_that_never_began_frees_its_name() -> None:
    ref = spawn(give_way, link=False, name="unborn")
    kill(ref)
    assert whereis("unborn") is None
    settle()


def test_a_dead_actor_has_no_name() -> None:
    ref = spawn(give_way, name="mortal")
    end_of(ref)
    assert ref.name is None


def test_a_dead_actor_cannot_be_registered() -> None:
    ref = spawn(give_way)
    end_of(ref)
    with pytest.raises(ValueError, match="live actor"):
        register("late", ref)
    assert whereis("late") is None


def test_an_actor_that_has_a_name_gets_no_second_one() -> None:
    register("only", current())
    with pytest.raises(ValueError, match="without a name"):
        register("more", current())


def test_an_empty_name_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="name"):
        register("", current())


@pytest.mark.parametrize("name", [None, 3, b"bytes"], ids=["None", "number", "bytes"])
def test_a_name_that_is_no_text_is_a_type_error(name: Any) -> None:
    with pytest.raises(TypeError, match="text"):
        register(name, current())


def test_what_is_no_ref_cannot_be_registered() -> None:
    what: Any = "ref"
    with pytest.raises(TypeError, match="ActorRef"):
        register("name", what)
