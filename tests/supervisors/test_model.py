"""Random trees, ends, operations by hand and steps of the clock, in simulations: always what the pure model says.

MODEL_SEEDS=… runs more of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import current, receive, send, spawn
from actors.effects import clock
from actors.exits import Shutdown
from actors.runtime import ActorRef, kill, send_exit, trap_exits
from actors.testing import simulate
from supervisors import (
    AutoShutdown,
    Backoff,
    ChildSpec,
    Intensity,
    Restart,
    Supervisor,
    intensity,
    keeper,
    plan,
    supervisor,
)
from supervisors.errors import SupervisorError
from tests.supervisors.model import ENDS, SECONDS, Kid, Model, Plan, drawn_plan

SEEDS = int(os.environ.get("MODEL_SEEDS", "60"))
STEPS = 14
QUIET = 1e-4  # seconds; virtual time passes only when nobody can run
TIMES = (0.3137, 1.3717, 3.1193, 11.0307)  # their sums meet no wait and no edge of a window

pytestmark = pytest.mark.sentence("S1", "S3", "S4", "S5", "S6", "S7", "S8")


class Real:
    """The tree itself."""

    def __init__(self, root: Plan) -> None:
        self.log: list[str] = []
        self.faults: dict[str, int] = {}
        self.workers: dict[str, ActorRef] = {}
        self.top = self.start_top(root)

    def start_top(self, root: Plan) -> Supervisor:
        assert root.strategy is not None
        return Supervisor.start(
            [self.spec(child) for child in root.children],
            strategy=root.strategy,
            intensity=Intensity(root.restarts, SECONDS),
            auto_shutdown=root.auto_shutdown,
        )

    def spec(self, child: Plan) -> ChildSpec[Any]:
        start = partial(self.start_worker if child.strategy is None else self.start_top, child)
        return ChildSpec(child.name, start, child.restart, significant=child.significant, backoff=child.backoff)

    def start_worker(self, child: Plan) -> ActorRef:
        if self.faults.get(child.name, 0) > 0:
            self.faults[child.name] -= 1
            self.log.append(f"!{child.name}")
            raise OSError(child.name)
        ref = self.workers[child.name] = spawn(self.work, child.name, current())
        receive(match=lambda message: message == ("begun", ref))
        return ref

    def work(self, name: str, starter: ActorRef) -> None:
        self.log.append(f"+{name}")
        try:
            send(starter, ("begun", current()))
            if receive() == "crash":
                raise OSError(name)
        finally:
            self.log.append(f"-{name}")

    def find(self, path: list[str]) -> Any:
        found: Any = self.top
        for child_id in path:
            found = found.child(child_id)
        return found

    def shape(self, top: Supervisor | None = None) -> list[Any]:
        top = top or self.top
        return [
            (
                info.id,
                info.state,
                info.restarts,
                self.shape(top.child(info.id)) if info.is_supervisor and info.ref else None,
            )
            for info in top.which_children()
        ]


def path_to(kid: Kid | None) -> list[str]:
    """Return the ids that lead to a child."""
    return [] if kid is None else [*path_to(kid.parent.kid), kid.plan.name]


def end_one(rnd: random.Random, real: Real, model: Model) -> None:
    """A worker returns, crashes or is told to end; or anyone is killed."""
    running = [kid for kid in model.kids() if kid.running]
    if not running:
        return
    kid, how = rnd.choice(running), rnd.choice([*ENDS, "crash", "crash", "kill"])
    found = real.find(path_to(kid))
    ref: ActorRef = found.ref if isinstance(found, Supervisor) else found
    if kid.below is not None or how == "kill":
        model.kill(kid)
        kill(ref)
    else:
        model.ends(kid, ENDS[how])
        if how == "shutdown":
            send_exit(ref, Shutdown())
        else:
            send(ref, how)


def fault(rnd: random.Random, real: Real, model: Model) -> None:
    """The next starts of a worker fail."""
    names = [kid.plan.name for kid in model.kids() if kid.plan.strategy is None]
    if names:
        name, times = rnd.choice(names), rnd.randrange(1, 4)
        real.faults[name] = model.faults[name] = times


def step_clock(rnd: random.Random, real: Real, model: Model) -> None:
    """Time passes."""
    seconds = rnd.choice(TIMES)
    model.advance(seconds)
    clock.sleep(seconds)


def by_hand(rnd: random.Random, real: Real, model: Model) -> None:
    """Terminate, restart or delete a child, in whatever state it is; or add one."""
    kids = model.kids()
    what = rnd.choice(["terminate", "restart", "delete", "start"])
    if not kids:
        return
    kid = rnd.choice(kids)
    top, parent = kid.parent, real.find(path_to(kid.parent.kid))
    expected = True
    if what == "terminate":
        kid.retry = None
        if kid.running:
            model.is_down(kid)
        if kid.plan.restart is Restart.TEMPORARY:
            top.kids.remove(kid)
    elif what == "restart":
        expected = kid.state == "stopped" and model.start(kid)
    elif what == "delete":
        expected = kid.state == "stopped"
        if expected:
            top.kids.remove(kid)
    else:
        new = Kid(Plan(f"n{len(model.log)}-{rnd.randrange(10**6)}", rnd.choice([*Restart])), top)
        expected = model.start(new)
        top.kids.append(new)
        parent.start_child(real.spec(new.plan))
        return
    operation: Callable[[str], Any] = getattr(parent, f"{what}_child")
    try:
        operation(kid.plan.name)
        done = True
    except SupervisorError:
        done = False
    assert done is expected, (what, kid.plan.name, kid.state)


ACTIONS = [end_one, end_one, end_one, fault, step_clock, step_clock, by_hand, by_hand]


def tidy(log: list[str]) -> tuple[list[str], list[str]]:
    """Return the starts in their order, and the ends: the body of one that was killed leaves at its leisure."""
    return [line for line in log if line[0] != "-"], sorted(line for line in log if line[0] == "-")


def program(rnd: random.Random) -> list[str]:
    """Play, and compare after each step; return what was done."""
    trap_exits(True)
    root = drawn_plan(rnd)
    model, real = Model(root), Real(root)
    done: list[str] = []
    for _ in range(STEPS):
        action = rnd.choice(ACTIONS)
        done.append(action.__name__)
        action(rnd, real, model)
        model.advance(QUIET)
        clock.sleep(QUIET)
        assert tidy(real.log) == tidy(model.log), (done, root)
        if model.end is not None:
            assert real.top.ref.alive is False, (done, root)
            assert type(receive(0).reason) is model.end
            return [*done, "ended"]
        assert real.shape() == model.shape(), (done, root)
        assert len(model.log) == len(real.log)
    model.stop_all(model.root.kids if model.root else [])
    real.top.stop()
    clock.sleep(QUIET)
    ends = [line for line in real.log if line[0] == "-"]
    assert tidy(real.log) == tidy(model.log), (done, root)
    assert sorted(line[1:] for line in ends) == sorted(line[1:] for line in real.log if line[0] == "+")
    return done


@settings(max_examples=SEEDS, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 2**32))
def test_every_tree_does_what_the_model_says(rnd: random.Random, seed: int) -> None:
    simulate(seed, program, rnd)


def play(seed: int) -> list[str]:
    """Play one game that a number decides."""
    return simulate(seed, program, random.Random(seed)).value


def test_the_games_reach_what_they_are_to_show() -> None:
    done = [line for seed in range(SEEDS) for line in play(seed)]
    assert {"end_one", "fault", "step_clock", "by_hand", "ended"} <= {*done}


# -- a control: faults that are planted are noticed


def restarts_the_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {**plan.DECISIONS[Restart.TRANSIENT], **dict.fromkeys(plan.DECISIONS[Restart.TRANSIENT], plan.KEEP)}
    monkeypatch.setitem(plan.DECISIONS, Restart.TRANSIENT, table)


def admits_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    class Generous(intensity.Window):
        def __init__(self, limit: Intensity) -> None:
            super().__init__(Intensity(limit.restarts + 1, limit.seconds))

    monkeypatch.setattr(keeper, "Window", Generous)


def starts_groups_in_reverse(monkeypatch: pytest.MonkeyPatch) -> None:
    def reverse(members: Any) -> Any:
        stop, forget, start = plan.grouped(members)
        return stop, forget, start[::-1]

    monkeypatch.setattr(supervisor, "grouped", reverse)


def never_waits_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    def first(self: Backoff, failures: int) -> float:
        return self.first

    monkeypatch.setattr(Backoff, "seconds", first)


def forgets_no_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unforgetting(intensity.Window):
        def forget(self, now: float) -> None:
            """Forget nothing."""

    monkeypatch.setattr(keeper, "Window", Unforgetting)


def leaves_a_group_half_started(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keeper.Keeper.stop_for_restart

    def stop(self: keeper.Keeper, children: list[Any]) -> None:
        before(self, children[1:])

    monkeypatch.setattr(keeper.Keeper, "stop_for_restart", stop)


def counts_one_that_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_over(auto_shutdown: AutoShutdown, others: object) -> bool:
        return auto_shutdown is not AutoShutdown.NEVER

    monkeypatch.setattr(supervisor, "is_over", is_over)


PLANTED = [
    restarts_the_temporary,
    admits_one_more,
    starts_groups_in_reverse,
    never_waits_longer,
    forgets_no_restart,
    leaves_a_group_half_started,
    counts_one_that_was_stopped,
]


@pytest.mark.parametrize("planted", PLANTED)
def test_control_a_planted_fault_is_noticed(
    planted: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch)
    noticed: list[AssertionError] = []
    for seed in range(10 * SEEDS):
        try:
            play(seed)
        except AssertionError as error:
            noticed.append(error)
            break
    assert noticed
