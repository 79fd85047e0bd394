"""Looking at running actors: what each does, or waits for, and since when."""

import dataclasses
import gc
import json
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Prompt, ask, parallel
from actors.effects import clock
from actors.runtime import (
    ActorExit,
    ActorInfo,
    Shutdown,
    background,
    current,
    give_way,
    inspect_actor,
    kill,
    link,
    monitor,
    receive,
    send,
    send_exit,
    spawn,
    trap_exits,
    zombies,
)
from actors.runtime.actor import ActorRef
from actors.server import NoReply, Server, call
from actors.testing import ManualClock, settle, simulate
from tests import garbage

EVER = 1e6

leaves_actors = pytest.mark.leaves_actors("they wait for ever, so that one can look")


class Silent(Server):
    def handle_call(self, request: Any, call: Any) -> Any:
        return NoReply()


def seen(body: Callable[..., Any], *args: Any, **options: Any) -> ActorInfo:
    """What is seen of an actor that has come to rest."""
    ref = spawn(body, *args, link=False, **options)
    settle()
    return inspect_actor(ref)


def call_silent() -> None:
    call(Server.start(Silent, link=False), "hello", timeout=EVER)


def send_to_full() -> None:
    full = spawn(clock.sleep, EVER, mailbox=1, link=False)
    send(full, "first")
    send(full, "second")


def resume_for_ever() -> None:
    AsyncComputation.start_sync(clock.sleep, EVER, timeout=None)


def wait_for_outcome() -> None:
    AsyncComputation.start_sync(ask, Prompt("name"))[0].wait()


WAITS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "receive": (receive, "receiving", "a message (receive)"),
    "receive with a limit": (lambda: receive(EVER), "receiving", "a message (receive)"),
    "match": (lambda: receive(match=lambda _: False), "receiving", "a message (receive)"),
    "sleep": (lambda: clock.sleep(3e5), "waiting", "sleep 300000.0 s"),
    "call": (call_silent, "waiting", "the reply to 'hello'"),
    "full mailbox": (send_to_full, "waiting", "room for 'second'"),
    "sync call": (resume_for_ever, "waiting", "an outcome of <AsyncComputation sleep"),
    "outcome": (wait_for_outcome, "waiting", "the next outcome"),
    "outside": (lambda: gevent.sleep(EVER), "blocked outside", "outside the runtime, in <lambda>"),
}


@leaves_actors
@pytest.mark.parametrize("name", WAITS)
def test_it_is_seen_what_an_actor_waits_for(name: str) -> None:
    body, state, what = WAITS[name]
    found = seen(body)
    assert found.state == state
    assert found.waits_for is not None
    assert what in found.waits_for
    assert (found.waited is None) == (name == "outside")
    assert json.loads(json.dumps(dataclasses.asdict(found))) == dataclasses.asdict(found)
    assert what in str(found)


@leaves_actors
def test_where_it_is_blocked_outside_is_a_line_of_its_own_code() -> None:
    found = seen(lambda: gevent.sleep(EVER))
    assert "test_inspecting.py:" in str(found.waits_for)


@leaves_actors
def test_a_suspended_run_shows_its_question_its_tag_and_its_owner() -> None:
    runner = AsyncComputation.start(ask, Prompt("name"), tag="mine")
    settle()
    found = inspect_actor(runner)
    assert found.waits_for == f"an answer to {Prompt('name')!r}"
    assert found.run is not None
    assert (found.run.state, found.run.tag, found.run.question) == ("suspended", "'mine'", repr(Prompt("name")))
    assert found.run.owner == repr(current())


@leaves_actors
def test_a_run_waits_for_its_branches() -> None:
    runner = AsyncComputation.start(parallel, lambda: ask(Prompt("a")), lambda: ask(Prompt("b")))
    settle()
    assert inspect_actor(runner).waits_for == "2 of 2 branches"


@leaves_actors
def test_since_when_it_waits_is_seen() -> None:
    with ManualClock() as time:
        receiving, asking = spawn(receive, link=False), AsyncComputation.start(ask, Prompt("q"))
        calling = spawn(call_silent, link=False)
        settle()
        time.advance(5.0)
        assert [inspect_actor(ref).waited for ref in (receiving, asking, calling)] == pytest.approx([5.0] * 3)
        assert " for 5.000 s: a message (receive)" in str(inspect_actor(receiving))


@leaves_actors
def test_a_new_wait_counts_anew() -> None:
    def twice() -> None:
        receive()
        receive()

    with ManualClock() as time:
        ref = spawn(twice, link=False)
        settle()
        time.advance(5.0)
        send(ref, 1)
        settle()
        time.advance(2.0)
        assert inspect_actor(ref).waited == pytest.approx(2.0)


def test_in_a_simulation_time_is_virtual() -> None:
    def program() -> float | None:
        ref = spawn(receive, link=False)
        clock.sleep(7.5)
        waited = inspect_actor(ref).waited
        kill(ref)
        return waited

    assert simulate(1, program).value == pytest.approx(7.5)


def test_new_running_and_ended_actors_wait_for_nothing() -> None:
    ref = spawn(give_way, link=False)
    assert inspect_actor(ref).state == "new"
    settle()
    ended = inspect_actor(ref)
    assert (ended.state, ended.reason, ended.waits_for, ended.waited) == ("ended", "Normal()", None, None)
    assert inspect_actor(current()).state == "running"


def test_mailbox_links_monitors_and_traps_are_counted() -> None:
    def body() -> None:
        trap_exits(True)
        clock.sleep(EVER)

    ref = spawn(body, link=False, mailbox=3, name="counted")
    settle()
    link(ref)
    monitor(ref)
    monitor(ref)
    send(ref, 1)
    found = inspect_actor(ref)
    assert (found.name, found.mailbox, found.bound, found.links, found.monitors) == ("counted", 1, 3, 1, 2)
    assert found.traps_exits
    assert "1 of at most 3 messages" in str(found)
    trap_exits(True)
    kill(ref)
    receive(5.0)


def test_what_is_no_ref_is_refused() -> None:
    wrong: Any = "name"
    with pytest.raises(TypeError):
        inspect_actor(wrong)


class Hostile:
    def __init__(self, text: str | None) -> None:
        self.text = text

    def __repr__(self) -> str:
        if self.text is None:
            raise ValueError("no repr")
        return self.text


@leaves_actors
@pytest.mark.parametrize(("text", "shows"), [(None, "whose repr raises ValueError"), ("x" * 10_000, "…")])
def test_the_repr_of_what_is_the_users_may_raise_or_be_long(text: str | None, shows: str) -> None:
    request = Hostile(text)
    found = seen(lambda: call(Server.start(Silent, link=False), request, timeout=EVER))
    assert shows in str(found.waits_for)
    assert len(str(found.waits_for)) < 300


def lingers(then: Callable[[], object]) -> None:
    try:
        receive()
    finally:
        then()


def ours(ref: ActorRef) -> list[ActorInfo]:
    return [info for info in zombies() if f"{id(ref):#x}" in info.ref]


@pytest.mark.sentence("A9")
def test_who_was_killed_and_is_still_leaving_is_a_zombie_until_its_body_is_gone() -> None:
    with ManualClock() as time:
        ref = spawn(lingers, lambda: clock.sleep(3.0), link=False)
        settle()
        assert ours(ref) == []
        kill(ref)
        settle()
        (found,) = ours(ref)
        assert found.zombie
        assert (found.state, found.reason, found.waits_for) == ("waiting", "Killed()", "sleep 3.0 s")
        assert "its body outlives it" in str(found)
        time.advance(3.0)
        settle()
        assert ours(ref) == []
        assert not inspect_actor(ref).zombie


@pytest.mark.sentence("A9")
def test_a_body_that_swallowed_its_kill_is_a_zombie_for_ever() -> None:
    def swallows() -> None:
        try:
            receive()
        except ActorExit:
            pass
        clock.sleep(EVER)

    ref = spawn(swallows, link=False)
    settle()
    kill(ref)
    settle()
    (found,) = ours(ref)
    assert (found.state, found.zombie) == ("abandoned", True)


def test_who_was_told_to_end_and_is_leaving_shows_why() -> None:
    with ManualClock() as time:
        ref = spawn(lingers, lambda: clock.sleep(3.0), link=False)
        settle()
        send_exit(ref, Shutdown("enough"))
        settle()
        found = inspect_actor(ref)
        assert found.told_to_end == repr(Shutdown("enough"))
        assert not found.zombie
        time.advance(3.0)
        settle()


def test_actors_of_another_thread_are_seen_from_here() -> None:
    running = background()
    try:
        ref = spawn(receive, on=running, link=False)
        states = {inspect_actor(ref).state for _ in range(1000)}  # it may be anything: it races
        assert states <= {"new", "ready", "running", "receiving", "blocked outside"}
        found = inspect_actor(ref)
        assert found.thread == running.scheduler.thread
        kill(ref)
    finally:
        running.close()
    assert inspect_actor(ref).state == "ended"


def test_looking_leaves_no_garbage_and_keeps_nobody_alive() -> None:
    garbage.begin_counting()
    try:
        ref = spawn(receive, link=False)
        settle()
        found = inspect_actor(ref)
        zombies()
        kill(ref)
        settle()
        assert found.state == "receiving"
        del ref
        assert garbage.count() == 0
    finally:
        gc.enable()
