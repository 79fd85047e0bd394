"""A running tree as plain data: what each supervisor knows of its children, and what each of them does or waits for.

No supervisor is asked, so that one that hangs, in the start of a child for example, is seen with the child that it is
starting. What is there anyway is read, in whatever thread it belongs to: nothing is stopped, and parts of a tree that runs
meanwhile may be of different moments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from actors import clock
from actors.computation.runner import AsyncComputation
from actors.exits import NoSuchActorError
from actors.runtime import ActorInfo, ActorRef, inspect_actor
from actors.runtime.actor import Actor
from actors.runtime.arguments import addressed
from actors.runtime.inspecting import cut
from actors.runtime.registry import whom
from actors.server.faults import unregistered
from actors.server.serving import Serving
from supervisors.child import RUNNING, STOPPED, Child, ref_of
from supervisors.handle import Handle
from supervisors.keeper import Keeper

T = TypeVar("T")

ROOT: Final = "root"  # the id of one without a name
SUPERVISOR: Final = "supervisor"
RUN: Final = "run"
WORKER: Final = "worker"

STARTING: Final = "starting"
STOPPING: Final = "stopping"
TRIES: Final = 10  # to read what another thread changes meanwhile


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a supervisor has restarted children lately, and how often it may."""

    used: int  # restarts within the last `seconds`
    restarts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Node:
    """A supervisor, or one child of it, with all below it. `dataclasses.asdict` makes JSON of it.

    `state` is what the supervisor knows: "running"; "restarting" (an attempt is to come); "starting" (its `start` is being
    called); "stopping" (it was told to end, and has not ended); "stopped". A child that runs for its supervisor may have
    ended already: then `actor` says so.
    """

    id: str  # as text: a string as it is, anything else as its `repr`
    kind: str  # supervisor, run (a computation) or worker
    state: str
    restarts: int  # all it ever had
    actor: ActorInfo | None  # the last that it had, if it does not run; None before the first
    budget: Budget | None  # of a supervisor
    children: tuple[Node, ...]  # in the order in which they were added


def snapshot(root: Handle | ActorRef | str) -> Node:
    """Return the tree below a supervisor, as it is now; in any thread, and however busy the tree is.

    Takes time in proportion to the children: some 50 µs for each.

    Args:
        root: what its `start` returned, its ref or its name; a supervisor of any kind.

    Raises:
        NoSuchActorError: nobody has the name.
        TypeError: it is no supervisor.
    """
    given = root.server if isinstance(root, Handle) else root
    ref = whom(given)
    if ref is None:
        raise unregistered(given)
    actor = addressed(ref)
    keeper = keeper_of(actor)
    if keeper is None and not (isinstance(root, Handle) or actor.reason is not None):
        raise TypeError(f"snapshot({root!r}): that is no supervisor; give what Supervisor.start returned, its ref or name")
    info = inspect_actor(actor)
    state = RUNNING if actor.reason is None else STOPPED
    return Node(info.name or ROOT, SUPERVISOR, state, 0, info, budget_of(keeper), children_of(keeper))


def keeper_of(actor: Actor) -> Keeper | None:
    """Return the server of a supervisor that lives; None of any other actor."""
    body: Any = actor.body
    server: Any = getattr(body, "server", None) if isinstance(body, Serving) and actor.reason is None else None
    return server if isinstance(server, Keeper) else None


def budget_of(keeper: Keeper | None) -> Budget | None:
    """Return how often a supervisor restarts."""
    if keeper is None:
        return None
    intensity = keeper.intensity
    return Budget(keeper.window.count(clock.monotonic()), intensity.restarts, intensity.seconds)


def children_of(keeper: Keeper | None) -> tuple[Node, ...]:
    """Return the children of a supervisor; the one that it is starting, and those that are leaving, included."""
    if keeper is None:
        return ()
    children = read(keeper.known)
    starting = keeper.starts.child
    if starting is not None and starting not in children:
        children.append(starting)
    nodes: list[Node] = []
    seen: set[Actor | None] = {keeper.starts.starter}
    for child in children:
        actor, state = (being_started(keeper), STARTING) if child is starting else actor_of(child)
        seen.add(actor)
        nodes.append(node(child, actor, state))
    ties = keeper.me.ties
    others = [] if ties is None else read(lambda: ties.supervised or ())
    return (*nodes, *(leaving(other) for other in others if other not in seen and other.reason is None))


def node(child: Child, actor: Actor | None, state: str) -> Node:
    """Return what there is to tell of a child."""
    keeper = None if actor is None else keeper_of(actor)
    info = None if actor is None else inspect_actor(actor)
    kind = kind_of(child.started if actor is None else actor, keeper)
    return Node(shown(child.spec.id), kind, state, child.restarts, info, budget_of(keeper), children_of(keeper))


def leaving(actor: Actor) -> Node:
    """Return what there is to tell of an actor that its supervisor has told to end, and knows no more otherwise."""
    keeper, info = keeper_of(actor), inspect_actor(actor)
    return Node(info.name or info.label, kind_of(actor, keeper), STOPPING, 0, info, budget_of(keeper), children_of(keeper))


def actor_of(child: Child) -> tuple[Actor | None, str]:
    """Return the actor that a child has or had last, unless it is being started, and the child's state."""
    actor = child.actor
    if actor is not None:
        return actor, RUNNING
    before = None if child.started is None else last_of(child.started)
    if before is not None and before.reason is None:
        return before, STOPPING
    return before, child.state


def last_of(started: object) -> Actor | None:
    """Return the actor of what a `start` returned."""
    try:
        return addressed(ref_of(started))
    except (TypeError, NoSuchActorError):  # it is a name, which nobody has now
        return None


def being_started(keeper: Keeper) -> Actor | None:
    """Return the actor that the `start` of a child has made, as far as it has come: the last that was linked."""
    ties = keeper.me.ties
    for actor in reversed([] if ties is None else read(lambda: ties.links)):
        if actor in keeper.running or actor is keeper.starts.starter:
            return None
        if actor.reason is None:
            return actor
    return None


def kind_of(what: object, keeper: Keeper | None) -> str:
    """Return the kind of a child, of its actor or of what its `start` returned."""
    if keeper is not None or isinstance(what, Handle):
        return SUPERVISOR
    return RUN if isinstance(what, AsyncComputation) else WORKER


def shown(child_id: object) -> str:
    """Return an id as text."""
    return child_id if isinstance(child_id, str) else cut(child_id)


def read(what: Callable[[], Iterable[T]]) -> list[T]:
    """Return what another thread may be changing, as a list of its own."""
    for _ in range(TRIES):
        try:
            return list(what())
        except RuntimeError:  # it has changed meanwhile
            continue
    return []
