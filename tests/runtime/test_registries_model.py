"""A registry against a model: for each key, who stands there with what value, in order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from actors import receive, spawn
from actors.runtime import ActorRef, Entry, KeyTakenError, Registry, kill
from actors.testing import Probe, clean_up, settle

KEYS = st.sampled_from(["a", "b", ("c", 1)])


class Model(RuleBasedStateMachine):
    """Actors that come, register, are published to, and end in any order."""

    refs = Bundle("refs")
    probes = Bundle("probes")
    unique: bool

    def __init__(self) -> None:
        super().__init__()
        self.registry = Registry(unique=self.unique)
        self.held: dict[Any, dict[ActorRef, int]] = {}
        self.inboxes: dict[ActorRef, tuple[Probe, list[int]]] = {}
        self.known: list[ActorRef] = []

    def forget(self, ref: ActorRef) -> None:
        for actors in self.held.values():
            actors.pop(ref, None)
        self.inboxes.pop(ref, None)

    @rule(target=probes)
    def come(self) -> Probe:
        probe = Probe()
        self.inboxes[probe.ref] = (probe, [])
        self.known.append(probe.ref)
        return probe

    @rule(probe=probes, key=KEYS, value=st.integers(0, 9))
    def register(self, probe: Probe, key: Any, value: int) -> None:
        actors = self.held.setdefault(key, {})
        if not probe.ref.alive:
            with pytest.raises(ValueError, match="has ended"):
                self.registry.register(key, value, ref=probe.ref)
        elif self.unique and actors and probe.ref not in actors:
            with pytest.raises(KeyTakenError):
                self.registry.register(key, value, ref=probe.ref)
        else:
            self.registry.register(key, value, ref=probe.ref)
            actors[probe.ref] = value

    @rule(probe=probes, key=KEYS)
    def unregister(self, probe: Probe, key: Any) -> None:
        self.registry.unregister(key, ref=probe.ref)
        self.held.get(key, {}).pop(probe.ref, None)

    @rule(probe=consumes(probes))
    def end(self, probe: Probe) -> None:
        probe.end()
        self.forget(probe.ref)

    @rule(key=KEYS)
    def register_one_that_is_killed(self, key: Any) -> None:
        ref = spawn(receive, link=False)
        if not (self.unique and self.held.get(key)):
            self.registry.register(key, ref=ref)
        kill(ref)

    @rule(key=KEYS, number=st.integers(0, 9))
    def publish(self, key: Any, number: int) -> None:
        actors = self.held.get(key, {})
        assert self.registry.publish(key, number) == len(actors)
        for ref in actors:
            self.inboxes[ref][1].append(number)

    @invariant()
    def everyone_is_found_where_the_model_has_them(self) -> None:
        settle()
        assert set(self.registry) == {key for key, actors in self.held.items() if actors}
        assert len(self.registry) == sum(map(bool, self.held.values()))
        for key, actors in self.held.items():
            assert self.registry.lookup(key) == tuple(Entry(ref, value) for ref, value in actors.items())
        for ref in self.known:
            assert set(self.registry.keys(ref)) == {key for key, actors in self.held.items() if ref in actors}

    @invariant()
    def everyone_got_what_was_published(self) -> None:
        for probe, expected in self.inboxes.values():
            assert probe.messages == expected

    def teardown(self) -> None:
        for probe, _ in self.inboxes.values():
            probe.end()
        clean_up()


class UniqueKeys(Model):
    """One actor for each key."""

    unique = True


class SharedKeys(Model):
    """Any number of them."""

    unique = False


TestUniqueKeys = pytest.mark.sentence("S13")(UniqueKeys.TestCase)
TestUniqueKeys.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSharedKeys = pytest.mark.sentence("S13")(SharedKeys.TestCase)
TestSharedKeys.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
