"""The scheduler of a simulation: every choice that the runtime leaves open is made in one place, `step`.

Its budget is never above 0, so that each park goes to the hub, and the hub is the simulation. What the runtime does without
a choice stays as it is: an answer to a sync call switches straight to the caller, as it always does. So a simulation makes
no schedule that the runtime could not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from greenlet import greenlet

from actors import clock
from actors.computation.run import Run
from actors.exits import KILLED, ActorsError
from actors.runtime.actor import ENDED, NEW, READY, RECEIVING, RUNNING, SIGNALLED, TIMED_OUT, Actor, Wakening
from actors.runtime.doom import Doom, KillDoom
from actors.runtime.scheduler import Scheduler, switch
from actors.runtime.worker import Worker
from actors.testing.schedule import Names, Step

if TYPE_CHECKING:
    from actors.testing.decisions import Recorder
    from actors.testing.virtual import VirtualLoop

DELAYS = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)  # seconds that a delayed actor is held back


class InjectedError(ActorsError):
    """What an injected crash raises in an actor, at the point where it waits."""


class DeadlockError(ActorsError, RuntimeError):
    """The simulated program waits, and nobody is there who could end that; the message says who waits for what."""


class StepLimitError(ActorsError, RuntimeError):
    """The simulated program took more steps than it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How probable each fault is, at each step; 0.0 is never.

    Delays and early timeouts are what a slow machine does. Crashes, kills and cancels spare the program's own actor.
    """

    crashes: float = 0.0  # `InjectedError` is raised in an actor where it waits
    kills: float = 0.0  # an actor is killed
    cancels: float = 0.0  # a run is cancelled
    delays: float = 0.0  # an actor that is ready has to wait, up to 10 seconds
    early: float = 0.0  # the next timer fires although somebody is ready

    def __post_init__(self) -> None:
        """Check.

        Raises:
            ValueError: one is not a probability.
        """
        for name in self.__slots__:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"Faults({name}={getattr(self, name)!r}): give a probability from 0.0 to 1.0")


class Arrivals(deque[Actor]):
    """The ready queue; it gives each actor its number when it first comes."""

    def __init__(self, names: Names) -> None:
        """Be empty."""
        super().__init__()
        self._names = names

    def append(self, actor: Actor) -> None:
        """Put an actor at the end."""
        self._names.meet(actor)
        super().append(actor)


class SimulatedScheduler(Scheduler):
    """Runs actors in the order that the decisions say."""

    __slots__ = ("count", "decide", "faults", "held", "limit_", "names", "root", "steps", "virtual")

    def __init__(self, loop: VirtualLoop, decide: Recorder, faults: Faults, limit: int) -> None:
        """Take the loop, who decides, what may be injected, and after how many steps to give up."""
        super().__init__()
        self.virtual = loop
        self.decide = decide
        self.faults = faults
        self.limit_ = limit
        self.names = Names()
        self.ready = Arrivals(self.names)
        self.active = True  # nobody has to kick the hub
        self.budget = 0
        self.start_timer = self.single_timer  # those due at the same time fire in the order that the decisions say
        self.held: dict[Actor, Any] = {}
        self.steps: list[Step] = []
        self.count = 0
        self.root: Actor | None = None

    def kick(self) -> None:
        """Have nothing to do: the hub never sleeps."""

    def native_threads(self) -> NoReturn:
        """Refuse.

        Raises:
            UnsimulatedError: always.
        """
        self.virtual.refuse("threadpool")

    def unpark(self, me: Actor) -> None:
        """Undo a park that ended by an exception."""
        timer = self.held.pop(me, None)
        if timer is not None:
            timer.stop()
        super().unpark(me)

    def note(self, what: str) -> None:
        """Write down what happens."""
        self.steps.append(Step(self.virtual.elapsed, what))

    # -- one step

    def step(self, *, pass_time: bool = True) -> bool:
        """Do one thing; return False if there is nothing to do.

        Raises:
            StepLimitError: too many steps were taken.
            UnsimulatedError: the program waits for the real world.
        """
        loop = self.virtual
        self.now = clock.monotonic()
        if self.unarmed:
            self.arm()
        if loop.refused is not None:
            raise loop.refused
        self.budget = 0
        self.count += 1
        if self.count > self.limit_:
            raise StepLimitError(
                f"the program has not ended after {self.limit_} steps; it may be endless (give steps=… for more). "
                f"{self.waiting()}"
            )
        self.inject()
        ready, due = self.ready, loop.due_next() if pass_time else []
        if due and (not (ready or loop.callbacks) or self.decide.chance(self.faults.early)):
            timer = due[self.decide.below(len(due))]
            if ready:
                self.note("injected: a timer is early")
            loop.fire(timer)
        elif ready or loop.callbacks:
            self.run_one()
        else:
            return False
        return True

    def run_one(self) -> None:
        """Run an actor that is ready, or a callback of the hub."""
        callbacks = self.virtual.callbacks
        numbers = [self.names.meet(actor) for actor in self.ready]
        place = self.decide.pick([*numbers, 0] if callbacks else numbers)
        if place == len(numbers):
            callbacks.popleft().fire()
            return
        actor = self.ready[place]
        del self.ready[place]
        self.check(actor)
        if self.decide.chance(self.faults.delays):
            self.hold(actor, DELAYS[self.decide.below(len(DELAYS))])
            return
        target = self.greenlet_of(actor, from_hub=True)
        if target is not None:
            self.note(self.described(actor))
            switch(target)

    def check(self, actor: Actor) -> None:
        """Refuse to switch to an actor that has nothing to go on with, which no real scheduler would notice.

        Raises:
            RuntimeError: the runtime has left it in the queue.
        """
        if actor.activity not in (NEW, READY, ENDED) or actor in self.ready:
            raise RuntimeError(
                f"a fault of the runtime: {self.names.of(actor)} is in the ready queue and not ready, or twice"
            )

    def hold(self, actor: Actor, seconds: float) -> None:
        """Keep an actor that is ready from running for a while."""
        self.note(f"injected: {self.names.of(actor)} is delayed by {seconds} s")
        self.held[actor] = timer = self.virtual.timer(seconds)
        timer.start(self.let_go, actor)

    def deliver(self, doom: Doom) -> None:
        """Wake whoever is to end; one that is held back may run, since the hub would ask for it without end."""
        if doom.actor in self.held:
            self.let_go(doom.actor)
        super().deliver(doom)

    def let_go(self, actor: Actor) -> None:
        """Let an actor run that was held back."""
        self.held.pop(actor).stop()
        if actor.activity in (NEW, READY):
            self.ready.append(actor)

    def described(self, actor: Actor) -> str:
        """Say who runs, and what it was woken with."""
        name, slot = self.names.of(actor), actor.slot
        if actor.activity == NEW:
            return f"{name} begins"
        if slot is TIMED_OUT:
            return f"{name} goes on: its time is over"
        if slot is SIGNALLED:
            return f"{name} goes on: it is told to end"
        if not isinstance(slot, Wakening):
            return f"{name} goes on with {self.names.shown(slot)}"
        return f"{name} goes on, {self.names.shown(actor.mailbox[0])} is queued" if actor.mailbox else f"{name} goes on"

    def saw_switch(self, event: str, greenlets: tuple[Any, Any]) -> None:
        """Note that one actor switched straight to another."""
        origin, target = greenlets
        if type(target) is Worker and type(origin) is Worker and target.actor is not None:
            self.note(f"  at once: {self.described(target.actor)}")

    # -- faults

    def inject(self) -> None:
        """Perhaps crash, kill or cancel somebody."""
        faults, decide = self.faults, self.decide
        if decide.chance(faults.crashes) and (victims := [actor for actor in self.others() if self.can_crash(actor)]):
            victim = victims[decide.below(len(victims))]
            self.note(f"injected: {self.names.of(victim)} crashes")
            where: Any = victim.greenlet
            greenlet.throw(where, InjectedError(f"injected into {self.names.of(victim)}"))
        if decide.chance(faults.kills) and (victims := self.others()):
            victim = victims[decide.below(len(victims))]
            self.note(f"injected: {self.names.of(victim)} is killed")
            self.kill(victim, KillDoom(victim, KILLED))
        if decide.chance(faults.cancels) and (runs := [actor for actor in self.others() if isinstance(actor, Run)]):
            run = runs[decide.below(len(runs))]
            self.note(f"injected: {self.names.of(run)} is cancelled")
            run.cancel_for("injected")

    def others(self) -> list[Actor]:
        """Return who may be hit: the living, but for the program itself."""
        return [actor for actor in self.living() if actor.reason is None and actor is not self.root]

    def can_crash(self, actor: Actor) -> bool:
        """Tell whether an actor is parked somewhere, where an error can be raised."""
        where = actor.greenlet
        return actor.activity not in (NEW, ENDED) and isinstance(where, Worker) and not where.abandoned

    # -- who is there

    def living(self) -> list[Actor]:
        """Return the actors whose body is not over, in order of appearance; not those of foreign greenlets."""
        return [
            actor
            for actor in self.names.known()
            if actor.activity != ENDED and not actor.foreign and not getattr(actor.greenlet, "abandoned", False)
        ]

    def leaving(self) -> bool:
        """Tell whether the body of somebody who was told to end is not over."""
        return any(actor.doom is not None or actor.reason is not None for actor in self.living())

    def waiting(self) -> str:
        """Say who waits for what."""
        return "; ".join(f"{self.names.of(actor)} {self.waits_for(actor)}" for actor in self.living()) or "nobody is left"

    def waits_for(self, actor: Actor) -> str:
        """Say what an actor waits for."""
        match actor.activity:
            case activity if activity == RECEIVING:
                queued = f", with {len(actor.mailbox)} other messages queued" if actor.mailbox else ""
                return f"waits for a message{queued}"
            case activity if activity == RUNNING:
                return "is blocked in something of gevent's"
            case activity if activity in (NEW, READY):
                return "is ready"
            case _:
                return f"waits for {self.names.shown(actor.waiting if actor.waiting is not None else 'an answer')}"

    # -- from beginning to end

    def drive(self, root: Actor, failed: Callable[[], bool]) -> None:
        """Run the program to its end.

        Raises:
            DeadlockError: nobody can go on.
        """
        self.root = root
        self.ready.append(root)
        while root.activity != ENDED and not failed():
            if not self.step():
                raise DeadlockError(f"everybody waits, and no timer is running: {self.waiting()}")

    def wind_up(self) -> tuple[str, ...]:
        """Let whoever is leaving leave, kill the rest, and return who that was."""
        self.faults = Faults()
        self.limit_ = self.count + 10_000  # steps
        for actor in list(self.held):
            self.let_go(actor)
        self.run_down()
        left = [actor for actor in self.living() if actor.reason is None]
        names = tuple(self.names.of(actor) for actor in left)
        for actor in left:
            if actor.reason is None:
                self.kill(actor, KillDoom(actor, KILLED))
        self.run_down()
        return names

    def run_down(self) -> None:
        """Let everybody run until all wait; time passes only for those who are leaving."""
        try:
            while self.step(pass_time=self.leaving() or bool(self.held)):
                pass
        except StepLimitError:
            pass  # somebody never comes to rest: killed, or abandoned, like the others
