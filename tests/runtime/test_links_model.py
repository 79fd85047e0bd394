"""Links, monitors and exits against a model: a graph, and the messages that each actor is to get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from actors.runtime import (
    ActorExit,
    ActorRef,
    Crash,
    Down,
    Exit,
    ExitReason,
    Killed,
    Monitor,
    Normal,
    NoSuchActorError,
    Shutdown,
    demonitor,
    kill,
    link,
    monitor,
    receive,
    send,
    send_exit,
    spawn,
    trap_exits,
    unlink,
)
from actors.testing import clean_up, settle
from tests.runtime.watching import Boom

Word: TypeAlias = Literal["normal", "shutdown", "crash", "killed", "no such actor"]

REASONS: dict[Word, ExitReason] = {
    "normal": Normal(),
    "shutdown": Shutdown("why"),
    "crash": Crash(Boom()),
    "killed": Killed(),
}


# What a rule adds to its bundle when there is nothing to add.
NONE: Any = multiple()  # pyright: ignore[reportUnknownVariableType]  # of nothing, the type is unknown


def word(reason: ExitReason) -> Word:
    if isinstance(reason, Crash) and isinstance(reason.error, NoSuchActorError):
        return "no such actor"
    return next(name for name, one in REASONS.items() if one == reason)


@dataclass(eq=False)
class Node:
    """An actor that does what it is told to, and what the model knows of it."""

    ref: ActorRef
    log: list[Any]  # the exits and downs that it got
    alive: bool = True
    traps: bool = False
    links: set[Node] = field(default_factory=set["Node"])
    watchers: list[Watch] = field(default_factory=list["Watch"])
    expected: list[tuple[str, ActorRef, Word]] = field(default_factory=list[tuple[str, ActorRef, Word]])

    def ends(self, reason: Word) -> None:
        """End, in the model, and tell everybody."""
        if not self.alive:
            return
        self.alive = False
        links, self.links = self.links, set()
        for other in links:
            other.links.discard(self)
            other.signalled(self.ref, reason)
        for watch in self.watchers:
            watch.watcher.expected.append(("down", self.ref, reason))

    def signalled(self, source: ActorRef, reason: Word) -> None:
        if self.traps:
            self.expected.append(("exit", source, reason))
        elif reason != "normal":
            self.ends(reason)


@dataclass(eq=False)
class Watch:
    """One monitor."""

    watcher: Node
    watched: Node
    made: list[Monitor]


def obeys(log: list[Any]) -> None:
    while True:
        message = receive()
        if isinstance(message, Exit | Down):
            log.append(message)
        else:
            message()


class Links(RuleBasedStateMachine):
    """Actors that link, watch and end in any order."""

    nodes = Bundle("nodes")
    watches = Bundle("watches")

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Node] = []

    def tell(self, node: Node, what: Callable[[], object]) -> bool:
        """Have an actor do something, if it lives."""
        if node.alive:
            send(node.ref, what)
            settle()
            return True
        return False

    def added(self, ref: ActorRef, log: list[Any]) -> Node:
        node = Node(ref, log)
        self.all.append(node)
        return node

    @rule(target=nodes)
    def spawn_alone(self) -> Node:
        log: list[Any] = []
        return self.added(spawn(obeys, log, link=False), log)

    @rule(target=nodes, parent=nodes, linked=st.booleans(), watched=st.booleans())
    def spawn_child(self, parent: Node, linked: bool, watched: bool) -> Any:
        log: list[Any] = []
        made: list[ActorRef] = []
        if not self.tell(parent, lambda: made.append(spawn(obeys, log, link=linked, monitor=watched))):
            return NONE
        child = self.added(made[0], log)
        if linked:
            parent.links.add(child)
            child.links.add(parent)
        if watched:
            child.watchers.append(Watch(parent, child, []))
        return child

    @rule(one=nodes, other=nodes)
    def link(self, one: Node, other: Node) -> None:
        if not self.tell(one, lambda: link(other.ref)) or one is other:
            return
        if other.alive:
            one.links.add(other)
            other.links.add(one)
        else:
            one.signalled(other.ref, "no such actor")

    @rule(one=nodes, other=nodes)
    def unlink(self, one: Node, other: Node) -> None:
        if self.tell(one, lambda: unlink(other.ref)):
            one.links.discard(other)
            other.links.discard(one)

    @rule(target=watches, one=nodes, other=nodes)
    def monitor(self, one: Node, other: Node) -> Any:
        made: list[Monitor] = []
        if not self.tell(one, lambda: made.append(monitor(other.ref))):
            return NONE
        watch = Watch(one, other, made)
        if other.alive:
            other.watchers.append(watch)
        else:
            one.expected.append(("down", other.ref, "no such actor"))
        return watch

    @rule(watch=consumes(watches))
    def demonitor(self, watch: Watch) -> None:
        if self.tell(watch.watcher, lambda: demonitor(watch.made[0])) and watch in watch.watched.watchers:
            watch.watched.watchers.remove(watch)

    @rule(node=nodes, traps=st.booleans())
    def trap(self, node: Node, traps: bool) -> None:
        if self.tell(node, lambda: trap_exits(traps)):
            node.traps = traps

    @rule(node=nodes, reason=st.sampled_from(["normal", "shutdown", "crash", "killed"]))
    def end(self, node: Node, reason: Word) -> None:
        def leave() -> None:
            raise ActorExit(REASONS[reason])

        if self.tell(node, leave):
            node.ends(reason)

    @rule(node=nodes)
    def kill(self, node: Node) -> None:
        kill(node.ref)
        settle()
        node.ends("killed")

    @rule(one=nodes, other=nodes, reason=st.sampled_from(["normal", "shutdown", "crash", "killed"]))
    def send_exit(self, one: Node, other: Node, reason: Word) -> None:
        if not self.tell(one, lambda: send_exit(other.ref, REASONS[reason])):
            return
        if one is other and not one.traps:
            one.ends(reason)
        elif other.alive:
            other.signalled(one.ref, reason)

    @invariant()
    def the_same_actors_live(self) -> None:
        settle()
        assert [node.ref.alive for node in self.all] == [node.alive for node in self.all]

    @invariant()
    def every_living_actor_was_told_what_it_is_to_know(self) -> None:
        settle()
        for node in self.all:
            if node.alive:
                got = [(type(one).__name__.lower(), one.ref, word(one.reason)) for one in node.log]
                assert Counter(got) == Counter(node.expected)

    def teardown(self) -> None:
        clean_up()


TestLinks = pytest.mark.sentence("A8", "A9", "A10", "A11")(
    pytest.mark.leaves_actors("they crash on purpose, and some are watched by nobody")(Links.TestCase)
)
TestLinks.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
