"""A soak: random actors of a three-level tree are killed, over and over; nothing is left at the end.

SOAK_SECONDS=… makes it longer, SOAK_SEED=… repeats one; the seed is printed.
"""

from __future__ import annotations

import os
import random
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, Prompt, ask, clock, receive, send, spawn, telemetry
from actors.exits import Normal, Shutdown
from actors.runtime import ActorRef, current, give_way, kill, send_exit, trap_exits, unlink
from actors.runtime.current import current_actor
from actors.runtime.figures import statistics
from actors.server import ServerExitedError
from actors.testing import live_actors, settle
from supervisors import Backoff, ChildSpec, DynamicSupervisor, Intensity, Strategy, Supervisor
from supervisors.errors import SupervisorError
from supervisors.oneself import STARTING
from tests import garbage
from tests.supervisors.common import starting

SECONDS = float(os.environ.get("SOAK_SECONDS", "6"))
SEED = int(os.environ.get("SOAK_SEED", str(random.randrange(10**9))))
PATIENT = Intensity(10**9, 60.0)
FANOUT = 4


class Counts:
    """What happened."""

    def __init__(self) -> None:
        self.begun = self.left = self.killed = self.made = 0


def worker(counts: Counts, kind: str) -> None:
    """Be of some kind: one that traps, one that unlinks itself, one that is plain."""
    counts.begun += 1
    try:
        if kind == "traps":
            trap_exits(True)
        while True:
            if receive() == "crash":
                raise OSError("now")
    finally:
        counts.left += 1


def asking(counts: Counts) -> None:
    counts.begun += 1
    try:
        ask(Prompt("?"))
    finally:
        counts.left += 1


def unlinking(counts: Counts, supervisor: ActorRef) -> None:
    unlink(supervisor)
    worker(counts, "unlinks")


def leaf(rnd: random.Random, counts: Counts, number: int, owner: ActorRef) -> ChildSpec[Any]:
    """Return the spec of a worker or a run."""
    backoff = Backoff(0.001, 2.0, 0.01) if rnd.random() < 0.2 else None
    match rnd.randrange(4):
        case 0:
            return ChildSpec(number, starting(worker, counts, "traps"), backoff=backoff)
        case 1:
            return ChildSpec(number, lambda: spawn(unlinking, counts, current()), backoff=backoff)
        case 2:
            return AsyncComputation.child(asking, counts, id=number, owner=owner, backoff=backoff)
        case _:
            return ChildSpec(number, starting(worker, counts, "plain"), backoff=backoff)


def start_level(rnd: random.Random, counts: Counts, level: int, owner: ActorRef) -> Supervisor | DynamicSupervisor:
    """Start a supervisor with supervisors or workers below."""
    if level == 0 and rnd.random() < 0.3:
        made = DynamicSupervisor.start(intensity=PATIENT)
        for number in range(FANOUT):
            made.start_child(leaf(rnd, counts, number, owner))
        return made
    below = [
        leaf(rnd, counts, number, owner)
        if level == 0
        else ChildSpec(number, partial(start_level, rnd, counts, level - 1, owner))
        for number in range(FANOUT)
    ]
    strategy = rnd.choice([Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ONE, Strategy.REST_FOR_ONE, Strategy.ONE_FOR_ALL])
    return Supervisor.start(below, strategy=strategy, intensity=PATIENT)


def descend(rnd: random.Random, top: Any) -> ActorRef | None:
    """Return some actor of a tree."""
    while True:
        try:
            infos = [info for info in top.which_children() if info.ref is not None]
        except (ServerExitedError, SupervisorError):
            return None
        if not infos:
            return None
        info = rnd.choice(infos)
        if not info.is_supervisor or rnd.random() < 0.3:
            found: ActorRef | None = info.ref
            return found
        top = DynamicSupervisor(info.ref)


def harm(rnd: random.Random, ref: ActorRef, counts: Counts) -> None:
    """Kill it, have it crash, or tell it to end."""
    counts.killed += 1
    match rnd.randrange(3):
        case 0:
            kill(ref)
        case 1:
            send(ref, "crash")
        case _:
            send_exit(ref, Shutdown("soak"))


def soak(rnd: random.Random, counts: Counts, seconds: float) -> None:
    """Harm a tree for a while, then stop it."""
    owner = current()
    with start_level(rnd, counts, 2, owner) as root:
        until = clock.monotonic() + seconds
        while clock.monotonic() < until:
            for _ in range(rnd.randrange(1, 6)):
                ref = descend(rnd, root)
                if ref is not None:
                    harm(rnd, ref, counts)
            for _ in range(rnd.randrange(4)):
                give_way()
            drain()
        settle()
        assert root.ref.alive
        assert root.count_children() == (FANOUT, FANOUT, FANOUT, 0)
    assert root.wait() == Normal()


def drain() -> None:
    """Drop what the owner was told."""
    try:
        while True:
            receive(0)
    except TimeoutError:
        pass


@pytest.mark.sentence("S2", "S11")
def test_random_ends_in_a_tree_of_three_levels_leave_nothing_behind() -> None:
    print(f"SOAK_SEED={SEED}")  # noqa: T201  shown when it fails
    rnd, counts = random.Random(SEED), Counts()
    with telemetry.unwritten():
        soak(rnd, Counts(), 0.2)  # what is made once is made now
        settle()
        drain()
        before = statistics()
        garbage.begin_counting()
        soak(rnd, counts, SECONDS)
        settle()
        drain()
    assert counts.killed > 50
    assert counts.begun > 50
    assert counts.begun == counts.left
    assert live_actors() == []
    after = statistics()
    assert after.actors == before.actors
    assert STARTING == {}
    me = current_actor()
    assert not me.tied().supervised
    assert not me.tied().links
    assert not me.tied().children
    assert not me.tied().awaited
    assert garbage.count() == 0
