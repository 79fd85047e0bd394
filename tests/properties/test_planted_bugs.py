"""A control: faults of the runtime, planted on purpose, are found by the simulated properties within their ordinary seeds.

Where a module is compiled, a patch does not reach what its own code calls: those cases are skipped there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from actors.computation import branches, following, run
from actors.exits import KILLED
from actors.runtime import bounded, farewell, links, mailbox
from actors.runtime.actor import EMPTY, RUNNING, TIMED_OUT, WAITING, Actor
from actors.server import calling
from actors.testing import simulated
from tests.properties.test_outcomes import played
from tests.properties.test_simulated_branches import play_branching, play_hurried
from tests.properties.test_simulated_mail import play_ends, play_mail
from tests.properties.test_simulated_servers import play_office

pytestmark = pytest.mark.sentence("T7")

SEEDS = 150


def seed_that_fails(play: Callable[[int], object]) -> int | None:
    """Return the first seed with which a property does not hold."""
    for seed in range(SEEDS):
        try:
            play(seed)
        except Exception:
            return seed
    return None


def forgets_reply(self: Any, me: Any) -> None:
    """A sync call that ends without its outcome drops it."""
    me.slot = EMPTY
    if self.reply is me:
        self.reply = None


def keeps_from_owner(self: Any, outcome: Any, called: Any) -> Any:
    """A final outcome goes only to whom the leg was for."""
    return self.publish(outcome)


def leaves_in_queue(self: Any, me: Any) -> None:
    """An actor that was interrupted stays in the ready queue."""
    me.activity = RUNNING


def wakes_nobody(self: Any, reason: Any) -> None:
    """The end of a server is not told to those who call it."""


def is_never_full(self: Any) -> bool:
    """A full mailbox takes more."""
    return True


def stops_all_but_one(self: Any, reason: object) -> None:
    """One of the branches that lost goes on."""
    self.stopped = True
    for index in sorted(self.pending)[1:]:
        self.branches[index].cancel_for(reason)


def waits_for_the_first(self: Any) -> None:
    """`parallel` returns when one branch has ended."""
    self.parent.scheduler.wait(self.parent, self, 0.001)


def unlinks_one_side(me: Any, other: Any) -> None:
    """The other side of a link stays."""
    if me.ties is not None:
        me.ties.links.pop(other, None)


def puts_back_nothing(me: Any, index: int) -> None:
    """A message that was handed over is lost when its receiver is interrupted."""
    me.slot = EMPTY


def tells_two(dead: Any, reason: Any) -> None:
    """Of several monitors only the first two are told."""
    monitors: list[Any] = dead.monitors or []
    dead.monitors = None
    for monitor in monitors[:2]:
        monitor.watcher.tied().monitoring.pop(monitor, None)
        monitor.watcher.deliver(farewell.Down(monitor, dead, reason))


def times_out_anyway(self: Any) -> None:
    """A timer that is late wakes its actor from another wait."""
    self.timer = self.timeout = None
    if self.activity == WAITING or self.mailbox:
        self.scheduler.wake(self, TIMED_OUT)


def drops_what_was_handed_over(self: Any) -> None:
    """A message that was handed to an actor which is killed before it runs is no dead letter."""
    if self.reason is None:
        self.conclude(KILLED)


Planted = tuple[Any, str, Any, Callable[[int], object]]

PLANTED: list[Planted] = [  # the class or module, the name, the fault, the property that finds it
    (following.Followed, "reply_lost", forgets_reply, play_hurried),
    (run.Run, "publish_called", keeps_from_owner, played),
    (simulated.SimulatedScheduler, "unpark", leaves_in_queue, played),
    (calling.Call, "receiver_ended", wakes_nobody, play_office),
    (bounded.Bounded, "has_room", is_never_full, play_mail),
    (branches.Group, "stop", stops_all_but_one, play_branching),
    (branches.Group, "join", waits_for_the_first, play_branching),
    (links, "part", unlinks_one_side, play_ends),
    (mailbox, "put_back", puts_back_nothing, play_mail),
    (farewell, "tell_monitors", tells_two, play_ends),
    (Actor, "killed", drops_what_was_handed_over, play_mail),
    (Actor, "timed_out", times_out_anyway, play_mail),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted[2].__name__)
def test_control_a_fault_that_was_planted_is_found(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, fault, play = planted
    module = sys.modules[getattr(where, "__module__", where.__name__)]
    if not str(module.__file__).endswith(".py"):
        pytest.skip("compiled: a patch does not reach it")
    monkeypatch.setattr(where, name, fault)
    assert seed_that_fails(play) is not None
