"""A tree of supervisors as a pure model: no actor, no clock, everything at once and in order.

`tests/supervisors/test_model.py` compares it with the real thing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from actors.exits import KILLED, Crash, ExitReason, Killed, Normal, Shutdown
from supervisors import AutoShutdown, Backoff, Restart, Strategy

SECONDS = 5.0  # that intensities look back
WAIT = Backoff(1.0, 2.0, 8.0)


@dataclass(frozen=True)
class Plan:
    """One child: a worker, or a supervisor if it has a strategy."""

    name: str
    restart: Restart
    significant: bool = False
    backoff: Backoff | None = None
    strategy: Strategy | None = None
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    restarts: int = 3
    children: tuple[Plan, ...] = ()


def drawn_plan(rnd: random.Random, depth: int = 2, names: Iterator[int] | None = None, under: Any = None) -> Plan:
    """Return a random tree."""
    names = count() if names is None else names
    restart = rnd.choice([*Restart, Restart.PERMANENT])
    significant = under not in {None, AutoShutdown.NEVER} and restart is not Restart.PERMANENT and rnd.random() < 0.7
    backoff = WAIT if rnd.random() < 0.5 else None
    if depth == 0 or (under is not None and rnd.random() < 0.6):
        return Plan(f"w{next(names)}", restart, significant, backoff)
    name, auto = f"s{next(names)}", rnd.choice([*AutoShutdown])
    children = tuple(drawn_plan(rnd, depth - 1, names, auto) for _ in range(rnd.randrange(1, 4)))
    return Plan(name, restart, significant, backoff, rnd.choice([*Strategy]), auto, rnd.choice([0, 1, 2, 8, 8]), children)


@dataclass(eq=False)
class Kid:
    """What a supervisor of the model knows of a child."""

    plan: Plan
    parent: Top
    running: bool = False
    retry: Retried | None = None
    failures: int = 0
    restarts: int = 0
    since: float = 0.0
    below: Top | None = None

    @property
    def state(self) -> str:
        """As `which_children` says it."""
        return "running" if self.running else "restarting" if self.retry else "stopped"


@dataclass(eq=False)
class Retried:
    """A restart that waits until `due`, or is under way."""

    group: list[Kid]
    due: float | None = None


@dataclass(eq=False)
class Top:
    """A supervisor of the model."""

    plan: Plan
    kid: Kid | None  # what its own supervisor knows of it
    kids: list[Kid] = field(default_factory=list[Kid])
    window: list[float] = field(default_factory=list[float])


class Model:
    """The whole tree, its time, and what was started (`+`), failed to start (`!`) and ended (`-`)."""

    def __init__(self, plan: Plan) -> None:
        """Start the tree."""
        self.now = 0.0
        self.log: list[str] = []
        self.faults: dict[str, int] = {}
        self.end: type[ExitReason] | None = None  # the root's
        self.root = self.start_top(plan, None)
        assert self.root is not None

    # -- starting and stopping

    def start_top(self, plan: Plan, kid: Kid | None) -> Top | None:
        """Start a supervisor and its children; None if one does not start."""
        top = Top(plan, kid)
        for child in plan.children:
            made = Kid(child, top)
            if not self.start(made):
                self.stop_all(top.kids)
                return None
            top.kids.append(made)
        return top

    def start(self, kid: Kid) -> bool:
        """Start a child."""
        name = kid.plan.name
        if kid.plan.strategy is not None:
            kid.below = self.start_top(kid.plan, kid)
            if kid.below is None:
                return False
        elif self.faults.get(name, 0) > 0:
            self.faults[name] -= 1
            self.log.append(f"!{name}")
            return False
        else:
            self.log.append(f"+{name}")
        kid.running, kid.retry, kid.since = True, None, self.now
        return True

    def stop_all(self, kids: list[Kid]) -> None:
        """Stop those that run, the last first."""
        for kid in reversed(kids):
            if kid.running:
                self.is_down(kid)

    def is_down(self, kid: Kid) -> None:
        """A child ends, its own children before it."""
        kid.running = False
        if kid.below is None:
            self.log.append(f"-{kid.plan.name}")
        else:
            self.stop_all(kid.below.kids)
            kid.below = None

    # -- ends

    def ends(self, kid: Kid, reason: ExitReason) -> None:
        """A child ends of its own accord."""
        self.is_down(kid)
        top, restart = kid.parent, kid.plan.restart
        abnormal = isinstance(reason, Crash | Killed)
        if restart is Restart.PERMANENT or (restart is Restart.TRANSIENT and abnormal):
            if self.now - kid.since >= SECONDS:
                kid.failures = 0
            over = self.fails(kid)
        else:
            if restart is Restart.TEMPORARY:
                top.kids.remove(kid)
            others = [other.running or other.retry is not None for other in top.kids if other.plan.significant]
            auto = top.plan.auto_shutdown
            over = kid.plan.significant and (
                auto is AutoShutdown.ANY_SIGNIFICANT or (auto is AutoShutdown.ALL_SIGNIFICANT and not any(others))
            )
        if over:
            self.ends_top(top, Shutdown())

    def ends_top(self, top: Top, reason: ExitReason) -> None:
        """A supervisor ends."""
        if top.kid is not None:
            self.ends(top.kid, reason)
        else:
            self.stop_all(top.kids)
            self.end = type(reason)

    def fails(self, kid: Kid) -> bool:
        """A child is to be restarted; tell whether its supervisor gives up."""
        top = kid.parent
        if not self.admits(top):
            return True
        group = {
            Strategy.ONE_FOR_ONE: [kid],
            Strategy.ONE_FOR_ALL: [*top.kids],
            Strategy.REST_FOR_ONE: top.kids[top.kids.index(kid) :],
        }[top.plan.strategy or Strategy.ONE_FOR_ONE]
        if top.plan.strategy is not Strategy.ONE_FOR_ONE:
            self.stop_all(group)
            group = [member for member in group if member.plan.restart is not Restart.TEMPORARY]
            top.kids = [other for other in top.kids if other in group or not self.in_group(top, kid, other)]
        return self.attempt(kid, Retried(group))

    @staticmethod
    def in_group(top: Top, kid: Kid, other: Kid) -> bool:
        """Tell whether a sibling goes down with a child."""
        return top.plan.strategy is Strategy.ONE_FOR_ALL or top.kids.index(other) >= top.kids.index(kid)

    def admits(self, top: Top) -> bool:
        """Count a restart, and tell whether it is allowed."""
        top.window = [time for time in top.window if self.now - SECONDS < time]
        top.window.append(self.now)
        return len(top.window) <= top.plan.restarts

    def attempt(self, kid: Kid, retried: Retried) -> bool:
        """Start a group, now or after a wait."""
        kid.failures += 1
        for member in retried.group:
            member.retry = retried
        if kid.plan.backoff is not None:
            retried.due = self.now + [1.0, 2.0, 4.0, 8.0][min(kid.failures, 4) - 1]
            return False
        return self.perform(retried)

    def perform(self, retried: Retried) -> bool:
        """Start a group until all of it runs; tell whether the supervisor gives up."""
        retried.due = None
        done: list[Kid] = []
        for kid in retried.group:
            if kid.retry is not retried:
                continue
            if not self.start(kid):
                self.stop_all(done)
                for member in done:
                    member.retry = retried
                if not self.admits(kid.parent):
                    return True
                if kid.plan.backoff is not None:
                    return self.attempt(kid, retried)
                kid.failures += 1
                return self.perform(retried)
            kid.restarts += 1
            done.append(kid)
        return False

    # -- what the test does

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self.end is None:
            waiting = {kid.retry: kid for kid in self.kids() if kid.retry is not None and kid.retry.due is not None}
            due = [retried for retried in waiting if retried.due is not None and retried.due <= until]
            if not due:
                break
            first = min(due, key=lambda retried: retried.due or 0.0)
            self.now = first.due or 0.0
            if self.perform(first):
                self.ends_top(first.group[0].parent, Shutdown())
        self.now = until

    def kill(self, kid: Kid) -> None:
        """Kill a child."""
        self.ends(kid, KILLED)

    def kids(self) -> list[Kid]:
        """Return all children, from the top down."""
        found: list[Kid] = []
        todo = [self.root]
        while todo:
            top = todo.pop(0)
            assert top is not None
            found += top.kids
            todo += [kid.below for kid in top.kids if kid.below is not None]
        return found

    def shape(self, top: Top | None = None) -> list[Any]:
        """Return the tree: ids, states, restarts, and what is below."""
        top = top or self.root
        assert top is not None
        return [(kid.plan.name, kid.state, kid.restarts, self.shape(kid.below) if kid.below else None) for kid in top.kids]


ENDS: dict[str, ExitReason] = {"return": Normal(), "shutdown": Shutdown(), "crash": Crash(OSError())}
