"""`Registry`: keys for actors, with values, published to, and gone before anyone learns that the actor ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Prompt, ask, current, receive, send, spawn
from actors.effects import clock
from actors.runtime import (
    ActorRef,
    Down,
    Entry,
    Exit,
    KeyTakenError,
    NotRegisteredError,
    Registry,
    actor,
    background,
    dead_letters,
    give_way,
    kill,
    register,
    trap_exits,
    whereis,
)
from actors.runtime.proxy import Proxy
from actors.testing import Probe, settle, simulate
from tests.runtime.watching import PATIENCE, Boom, boom, end_of, start
from tests.threads.crossing import in_thread

pytestmark = pytest.mark.sentence("S13")


@pytest.fixture
def probe() -> Generator[Probe]:
    made = Probe()
    yield made
    made.end()


@pytest.fixture
def desks() -> Registry:
    return Registry(name="desks")


@pytest.fixture
def news() -> Registry:
    return Registry(unique=False, name="news")


def is_empty(registry: Registry) -> bool:
    """Nobody can be found, and nothing is kept."""
    return not len(registry) and not list(registry) and not vars_of(registry)


def vars_of(registry: Registry) -> dict[Any, Any]:
    return registry._held  # pyright: ignore[reportPrivateUsage]


# -- unique keys


def test_whereis_finds_who_has_the_key_and_lookup_the_value_too(desks: Registry) -> None:
    desks.register("till", "first floor")
    assert desks.whereis("till") is current()
    assert desks.lookup("till") == (Entry(current(), "first floor"),)
    assert "till" in desks


def test_nobody_is_found_where_nobody_is(desks: Registry) -> None:
    assert desks.whereis("till") is None
    assert desks.lookup("till") == ()
    assert "till" not in desks
    assert is_empty(desks)


def test_a_unique_key_belongs_to_one_living_actor(desks: Registry, probe: Probe) -> None:
    desks.register("till", 1, ref=probe.ref)
    with pytest.raises(KeyTakenError, match="'till'") as raised:
        desks.register("till", 2)
    assert (raised.value.key, raised.value.holder) == ("till", probe.ref)
    assert desks.lookup("till") == (Entry(probe.ref, 1),)
    assert desks.keys() == ()


def test_registering_again_replaces_the_value(desks: Registry) -> None:
    desks.register("till", 1)
    desks.register("till", 2)
    assert desks.lookup("till") == (Entry(current(), 2),)


def test_an_actor_may_have_many_keys_of_many_registries(desks: Registry, news: Registry) -> None:
    for key in ("a", ("b", 2), 3):
        desks.register(key)
    news.register("a")
    assert desks.keys() == ("a", ("b", 2), 3)
    assert list(desks) == ["a", ("b", 2), 3]
    assert (len(desks), len(news)) == (3, 1)


def test_unregister_frees_the_key_and_is_harmless_elsewhere(desks: Registry, probe: Probe) -> None:
    desks.register("till", ref=probe.ref)
    desks.unregister("till")
    before = desks.whereis("till")
    desks.unregister("till", ref=probe.ref)
    desks.unregister("till", ref=probe.ref)
    assert before is probe.ref
    assert is_empty(desks)
    assert desks.keys(probe.ref) == ()


def test_the_end_of_an_earlier_holder_does_not_free_the_key_of_the_next(desks: Registry, probe: Probe) -> None:
    desks.register("till", ref=probe.ref)
    desks.register("other", ref=probe.ref)
    desks.unregister("till", ref=probe.ref)
    desks.register("till")
    probe.end()
    assert desks.whereis("till") is current()
    assert list(desks) == ["till"]


def test_update_changes_the_value_and_returns_it(desks: Registry) -> None:
    desks.register("visits", 1)
    assert desks.update("visits", lambda visits: visits + 1) == 2
    assert desks.lookup("visits") == (Entry(current(), 2),)


def test_update_is_for_who_stands_under_the_key(desks: Registry, probe: Probe) -> None:
    desks.register("visits", 1, ref=probe.ref)
    with pytest.raises(NotRegisteredError, match="'visits'") as raised:
        desks.update("visits", str)
    assert (raised.value.key, raised.value.ref) == ("visits", current())
    assert desks.lookup("visits") == (Entry(probe.ref, 1),)


def test_what_the_function_of_an_update_raises_leaves_the_value(desks: Registry) -> None:
    desks.register("visits", 1)
    with pytest.raises(ZeroDivisionError):
        desks.update("visits", lambda visits: visits / 0)
    assert desks.lookup("visits") == (Entry(current(), 1),)


def test_an_update_is_not_put_back_where_the_entry_went_meanwhile(desks: Registry) -> None:
    desks.register("visits", 1)
    with pytest.raises(NotRegisteredError):
        desks.update("visits", lambda _: desks.unregister("visits"))
    assert is_empty(desks)


# -- shared keys


def test_many_actors_stand_under_a_shared_key_in_the_order_of_registration(news: Registry, probe: Probe) -> None:
    news.register("sport", 1, ref=probe.ref)
    news.register("sport", 2)
    news.register("sport", 3, ref=probe.ref)
    assert news.lookup("sport") == (Entry(probe.ref, 3), Entry(current(), 2))
    assert len(news) == 1


def test_publish_sends_to_everyone_under_the_key_but_whom_it_excludes(news: Registry, probe: Probe) -> None:
    other = Probe()
    for ref in (probe.ref, current(), other.ref):
        news.register("sport", ref=ref)
    assert news.publish("sport", "2:1", exclude=current()) == 2
    assert news.publish("sport", "3:1") == 3
    assert news.publish("weather", "rain") == 0
    assert (probe.messages, receive(0), other.messages) == (["2:1", "3:1"], "3:1", ["2:1", "3:1"])
    other.end()


def test_publish_in_a_unique_registry_reaches_the_one(desks: Registry, probe: Probe) -> None:
    desks.register("till", ref=probe.ref)
    assert desks.publish("till", "open") == 1
    assert probe.messages == ["open"]


def test_what_one_publishes_and_sends_arrives_in_that_order(news: Registry, probe: Probe) -> None:
    news.register("sport", ref=probe.ref)
    for number in range(0, 10, 2):
        news.publish("sport", number)
        send(probe.ref, number + 1)
    assert probe.messages == list(range(10))


def test_a_full_mailbox_holds_no_publisher_up_and_its_message_is_a_dead_letter(news: Registry, probe: Probe) -> None:
    full = spawn(clock.sleep, 3600.0, link=False, mailbox=1)
    settle()
    letters: list[Any] = []
    stop = dead_letters.subscribe(lambda ref, message: letters.append((ref, message)))
    for ref in (full, probe.ref):
        news.register("sport", ref=ref)
    assert [news.publish("sport", number) for number in range(3)] == [2, 1, 1]
    stop()
    assert letters == [(full, 1), (full, 2)]
    assert probe.messages == [0, 1, 2]
    kill(full)
    settle()


def test_a_waiting_receiver_with_a_bounded_mailbox_gets_what_is_published(news: Registry) -> None:
    got: list[Any] = []
    ref = spawn(lambda: got.append(receive()), mailbox=1)
    settle()
    news.register("sport", ref=ref)
    assert news.publish("sport", "2:1") == 1
    end_of(ref)
    assert got == ["2:1"]


# -- what is refused


@pytest.mark.parametrize("what", ["register", "unregister", "lookup", "whereis", "publish", "update"])
def test_a_key_that_is_not_hashable_is_a_type_error(what: str, desks: Registry) -> None:
    rest = {"publish": ("message",), "update": (str,)}.get(what, ())
    with pytest.raises(TypeError, match=r"\['till'\] cannot be a key of a registry"):
        getattr(desks, what)(["till"], *rest)


def test_an_actor_that_has_ended_cannot_be_registered(desks: Registry, probe: Probe) -> None:
    probe.end()
    with pytest.raises(ValueError, match="has ended"):
        desks.register("till", ref=probe.ref)
    assert is_empty(desks)


def test_whereis_is_for_unique_keys(news: Registry) -> None:
    with pytest.raises(TypeError, match="lookup"):
        news.whereis("sport")


@pytest.mark.parametrize("what", ["register", "unregister"])
def test_what_is_no_ref_is_a_type_error(what: str, desks: Registry) -> None:
    with pytest.raises(TypeError, match="ActorRef"):
        getattr(desks, what)("till", ref="ref")


def test_a_registry_shows_its_name_and_kind(desks: Registry) -> None:
    assert repr(desks) == "<Registry 'desks' of unique keys>"
    assert repr(Registry(unique=False)) == "<Registry of shared keys>"


# -- cleaning


@pytest.mark.parametrize("end", ["returns", "crashes", "killed", "never begins"])
@pytest.mark.parametrize("unique", [True, False], ids=["unique", "shared"])
def test_the_entries_are_gone_before_a_monitor_or_a_link_learns_of_the_end(end: str, unique: bool) -> None:
    trap_exits(True)
    registry = Registry(unique=unique)
    ref = spawn({"returns": give_way, "crashes": boom, "killed": receive, "never begins": receive}[end], monitor=True)
    for key in ("one", "two"):
        registry.register(key, ref=ref)
    if end == "killed":
        settle()
    if end in ("killed", "never begins"):
        kill(ref)
    learned: list[Any] = []
    for _ in range(2):
        learned.append(type(receive(PATIENCE)))
        assert is_empty(registry)
        assert registry.keys(ref) == ()
    assert set(learned) == {Exit, Down}


def test_an_actor_that_is_killed_while_it_leaves_its_scopes_is_gone_at_once(desks: Registry) -> None:
    def lingers() -> None:
        desks.register("till")
        try:
            receive()
        finally:
            seen.append(desks.whereis("till"))
            desks.unregister("till")

    seen: list[Any] = []
    ref = spawn(lingers, link=False)
    settle()
    kill(ref)
    assert desks.whereis("till") is None
    settle()
    assert seen == [None]


def test_clean_up_of_the_killed_registers_nothing(desks: Registry) -> None:
    def clings() -> None:
        try:
            receive()
        finally:
            with pytest.raises(ValueError, match="has ended"):
                desks.register("till")
            tried.append(True)

    tried: list[bool] = []
    ref = spawn(clings, link=False)
    settle()
    kill(ref)
    settle()
    assert tried == [True]
    assert is_empty(desks)


def test_a_restarted_actor_takes_its_old_key_at_once(desks: Registry) -> None:
    def serves() -> None:
        desks.register("till")
        if receive() == "crash":
            raise Boom

    trap_exits(True)
    for _ in range(3):
        ref = spawn(serves)
        settle()
        assert desks.whereis("till") is ref
        send(ref, "crash")
        receive(PATIENCE)
    assert is_empty(desks)


def test_whoever_learns_of_a_kill_from_the_ref_itself_finds_the_key_free(desks: Registry, probe: Probe) -> None:
    desks.register("till", ref=probe.ref)
    probe.end()
    desks.register("till")
    assert desks.whereis("till") is current()


# -- runs: their outcome is published before links and monitors are told


def holds(registry: Registry, end: Callable[[], Any]) -> Any:
    register("run", current())
    registry.register("till")
    ask(Prompt("go"))
    return end()


def takes_all() -> None:
    while True:
        receive()


ENDS: dict[str, Callable[[], Any]] = {"completed": str, "throws": boom, "cancelled": str, "killed": str}


def end_run(runner: AsyncComputation[Any], how: str) -> None:
    if how == "cancelled":
        runner.cancel("enough")
    elif how == "killed":
        kill(runner.ref)
    else:
        runner.resume("on")


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.sentence("A7")
def test_name_and_entries_of_a_run_are_gone_before_its_outcome_passes_on_to_another_thread(
    how: str, desks: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, ...]] = []
    deliver = Proxy.deliver

    def looks(self: Proxy, message: Any) -> None:
        seen.append((whereis("run"), desks.whereis("till"), desks.keys(runner.ref), len(desks), runner.ref.alive))
        deliver(self, message)

    far = spawn(takes_all, link=False, on=background())
    runner = AsyncComputation.start(holds, desks, ENDS[how], owner=far)
    settle()
    assert (whereis("run"), desks.whereis("till")) == (runner.ref, runner.ref)
    monkeypatch.setattr(Proxy, "deliver", looks)
    monkeypatch.setattr(Proxy, "take", looks)
    end_run(runner, how)
    settle()
    assert seen == [(None, None, (), 0, False)]
    kill(far)


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.sentence("A7")
def test_name_and_entries_of_a_run_are_gone_before_its_outcome_is_a_dead_letter(how: str, desks: Registry) -> None:
    owner = Probe()
    runner = AsyncComputation.start(holds, desks, ENDS[how], owner=owner.ref, link=False)
    settle()
    owner.end()
    seen: list[Any] = []

    def looks(*_: object) -> None:
        seen.append((whereis("run"), desks.whereis("till"), runner.ref.alive))

    stop = dead_letters.subscribe(looks)
    end_run(runner, how)
    settle()
    stop()
    assert seen == [(None, None, False)]
    assert is_empty(desks)


@pytest.mark.sentence("A7")
def test_who_is_told_of_a_run_first_takes_its_name_and_key(desks: Registry) -> None:
    def takes(*_: object) -> None:
        register("run", me)
        desks.register("till", ref=me)

    me = current()
    owner = Probe()
    runner = AsyncComputation.start(holds, desks, str, owner=owner.ref, link=False)
    settle()
    owner.end()
    stop = dead_letters.subscribe(takes)
    runner.resume("on")
    settle()
    stop()
    assert (whereis("run"), desks.whereis("till")) == (me, me)
    assert runner.ref.name is None


def test_a_waiter_for_the_result_of_a_run_finds_its_key_free(desks: Registry) -> None:
    runner, _ = AsyncComputation.start_sync(holds, desks, str)
    runner.resume_sync("on")
    assert is_empty(desks)


# -- who is no actor of the runtime's


def test_a_greenlet_of_gevents_is_gone_when_it_ends(desks: Registry) -> None:
    start(lambda: desks.register("till")).join()
    gevent.sleep(0)
    assert is_empty(desks)


def test_a_block_is_gone_when_it_is_left(desks: Registry) -> None:
    with actor() as ref:
        desks.register("till")
        before = desks.whereis("till")
    assert before is ref
    assert is_empty(desks)


def test_a_plain_thread_is_gone_when_it_ends(desks: Registry) -> None:
    def body() -> ActorRef:
        desks.register("till")
        ref = desks.whereis("till")
        assert ref is not None
        return ref

    assert not in_thread(body).alive
    assert is_empty(desks)


def test_a_thread_that_ends_without_closing_leaves_nothing(desks: Registry) -> None:
    def body() -> None:
        desks.register("till")
        desks.register("drawer", ref=spawn(receive, link=False))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert is_empty(desks)


def test_in_a_simulation_whoever_hears_of_an_end_finds_the_key_free() -> None:
    def program() -> int:
        registry = Registry()
        trap_exits(True)
        for _ in range(5):
            registry.register("till", ref=spawn(clock.sleep, 1.0))
            receive()
            assert is_empty(registry)
        return len(registry)

    for seed in range(5):
        assert simulate(seed, program).value == 0
