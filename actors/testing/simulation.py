"""`simulate`: run a program on the runtime, deterministically, from a seed."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any, Generic, TypeVar, TypeVarTuple, cast

import greenlet as greenlets
from gevent import get_hub
from gevent.hub import set_hub  # type: ignore[attr-defined]  # not in the stubs

from actors import clock, telemetry
from actors.computation.run import RUN_SCOPE
from actors.effects import fresh, randomness
from actors.effects.scope import OUTSIDE, current_scope
from actors.exits import ActorExit, ActorsError, Crash
from actors.runtime import farewell
from actors.runtime import scheduler as schedulers
from actors.runtime.actor import ACTOR_HANDLERS, ACTOR_SCOPE, Actor, ActorRef
from actors.runtime.worker import Worker
from actors.testing.decisions import Decisions, Recorder, Script, Seeded
from actors.testing.schedule import Trace, latest
from actors.testing.simulated import Faults, InjectedError, SimulatedScheduler
from actors.testing.virtual import SimulatedHub, VirtualLoop

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

NO_FAULTS = Faults()
STEPS = 100_000

_stuck: list[object] = []  # what swallowed its kill: dropping it would throw into it once more


class LeftoverError(ActorsError, AssertionError):
    """The simulated program has ended and left actors behind."""

    def __init__(self, left: tuple[str, ...]) -> None:
        """Take how the schedule calls them."""
        super().__init__(
            f"actors are left over, and were killed: {', '.join(left)}; end them in the program, with "
            "send_exit(ref, Shutdown()) or as children of a supervisor, or allow it: leftovers=True"
        )
        self.left = left


def simulate(
    seed: int | Decisions,
    program: Callable[[*Ts], R],
    *args: *Ts,
    faults: Faults = NO_FAULTS,
    steps: int = STEPS,
    leftovers: bool = False,
) -> Trace[R]:
    """Run `program(*args)` as an actor, in virtual time, in an order that the seed decides; the same seed, the same run.

    *Blocks* the whole thread *until* the program has ended and all that it started is gone. Time passes only when nobody
    can run. Random and Fresh, and Python's `random`, answer from the seed; the garbage collector is off. gevent's sleeps,
    locks, queues and greenlets take part.

    Args:
        seed: a number, or decisions: a `Script`, or what `simulations()` draws.
        program: what runs; it can be run again from the beginning.
        args: its arguments.
        faults: how often what is injected.
        steps: how many steps it may take.
        leftovers: it may leave actors behind, which are killed; otherwise that is a failure.

    Raises:
        TypeError: `seed` is neither a number nor decisions.
        RuntimeError: called inside an actor or another simulation.
        DeadlockError: everybody waits for somebody else.
        StepLimitError: it has not ended after that many steps.
        UnsimulatedError: it waits for a socket, a file, a thread or a process.
        LeftoverError: it has left actors behind.
        BaseException: what the program, or an actor that nobody watches, raises; seed and schedule are its notes.
    """
    world: World[R] = World(_recorder(seed), faults, steps)
    try:
        value = world.run(cast("Callable[..., R]", program), args)
        if world.left and not leftovers:
            raise LeftoverError(world.left)
    except BaseException as error:
        world.annotate(error, f"simulate({seed!r}, {getattr(program, '__qualname__', program)}, …), faults={faults}")
        raise
    return world.trace(value)


def _recorder(seed: int | Decisions) -> Recorder:
    """Return the recorder of a seed's or script's decisions, refusing what is none, and where none can be made."""
    if type(greenlets.getcurrent()) is Worker or isinstance(get_hub(), SimulatedHub):
        raise RuntimeError("simulate() inside an actor or a simulation; call it from a test or a script")
    if isinstance(seed, bool) or not (isinstance(seed, int) or hasattr(seed, "pick")):
        raise TypeError(f"simulate({seed!r}, …): give a whole number as the seed, or decisions such as Script(1, 0, 2)")
    if isinstance(seed, int):
        return Recorder(Seeded(seed))
    return Recorder(seed.restarted() if isinstance(seed, Script) else seed)


class World(Generic[R]):
    """One simulation."""

    scheduler: SimulatedScheduler

    def __init__(self, recorder: Recorder, faults: Faults, steps: int) -> None:
        """Take who decides, and the limits."""
        self._options = recorder, faults, steps
        self._failures: list[BaseException] = []
        self._values: list[R] = []
        self._raised: BaseException | None = None
        self.left: tuple[str, ...] = ()

    def run(self, program: Callable[..., R], args: tuple[Any, ...]) -> R:
        """Run the program and what it started to the end, and return what it returned."""
        loop = VirtualLoop()
        root: list[Actor] = []
        hub = SimulatedHub(loop, lambda: self._drive(root[0]), self._failures.append)
        with ExitStack() as stack:
            stack.enter_context(_hub_in_place(hub))
            self.scheduler = SimulatedScheduler(loop, *self._options)
            stack.enter_context(_in_place(self.scheduler, loop, self._lost))
            stack.enter_context(_seeded(self._options[0].seed))
            stack.enter_context(telemetry.unwritten())  # what a thousand simulations log nobody reads
            root.append(Actor(self._body(program, args), (), self.scheduler))
            stack.callback(_dispose, self.scheduler)
            greenlets.greenlet.switch(hub)
        if self._failures:
            raise self._failures[0]
        if self._raised is not None:
            raise self._raised
        return self._values[0]

    def annotate(self, error: BaseException, call: str) -> None:
        """Add to an error how to repeat it, and the schedule."""
        if "scheduler" in self.__dict__:
            error.add_note(call)
            error.add_note(f"schedule (virtual seconds, step):\n{latest(self.scheduler.steps)}")

    def trace(self, value: R) -> Trace[R]:
        """Return what the simulation did, given what the program returned."""
        scheduler, made = self.scheduler, self._options[0].made
        return Trace(value, tuple(scheduler.steps), tuple(made), scheduler.virtual.elapsed, self.left)

    def _body(self, program: Callable[..., R], args: tuple[Any, ...]) -> Callable[[], None]:
        def body() -> None:
            try:
                self._values.append(program(*args))
            except ActorExit as signal:
                self._raised = signal.reason.error if isinstance(signal.reason, Crash) else signal
                raise
            except BaseException as error:
                self._raised = error
                raise

        body.__qualname__ = "program"
        return body

    def _drive(self, root: Actor) -> None:
        try:
            self.scheduler.drive(root, lambda: bool(self._failures))
        except BaseException as error:
            self._failures.append(error)
        try:
            self.scheduler.virtual.refused = None
            self.left = self.scheduler.wind_up()
        except BaseException as error:
            self._failures.append(error)

    def _lost(self, actor: ActorRef, error: BaseException) -> None:
        """Fail by a crash that nobody watched, unless it was injected, or is the program's own end."""
        if error is not self._raised and not isinstance(error, InjectedError):
            self._failures.append(error)


@contextmanager
def _hub_in_place(hub: SimulatedHub) -> Generator[None]:
    before = get_hub()
    set_hub(hub)
    try:
        yield
    finally:
        set_hub(before)


@contextmanager
def _in_place(
    scheduler: SimulatedScheduler, loop: VirtualLoop, lost: Callable[[ActorRef, BaseException], None]
) -> Generator[None]:
    """Have the thread use this scheduler and the process this clock."""
    table = schedulers._schedulers  # pyright: ignore[reportPrivateUsage]  # `scheduler_here` would make another
    before, collecting = table.get(scheduler.thread), gc.isenabled()
    source, said, trace = clock.install(loop), farewell.lost, greenlets.settrace(scheduler.saw_switch)
    table[scheduler.thread] = scheduler
    farewell.lost = lost  # type: ignore[assignment]  # looked up there at each crash
    gc.disable()  # what the collector ends would end at a moment that no seed decides
    try:
        yield
    finally:
        if collecting:
            gc.enable()
        farewell.lost = said
        greenlets.settrace(trace)
        clock.install(source)
        if before is None:
            del table[scheduler.thread]
        else:
            table[scheduler.thread] = before


@contextmanager
def _seeded(seed: int) -> Generator[None]:
    """Answer Random and Fresh, in every actor, and Python's own `random`, from a seed."""
    state = random.getstate()
    with randomness.seeded(seed):
        answers = dict(current_scope().handlers)
        with fresh.numbered():
            answers.update(current_scope().handlers)
    ACTOR_HANDLERS.update(answers)
    random.seed(seed)
    _forget_resolved()
    try:
        yield
    finally:
        random.setstate(state)
        for key in answers:
            del ACTOR_HANDLERS[key]
        _forget_resolved()


def _forget_resolved() -> None:
    for scope in (OUTSIDE, ACTOR_SCOPE, RUN_SCOPE):
        scope.table = {}


def _dispose(scheduler: SimulatedScheduler) -> None:
    """End the greenlets of a simulation that is over."""
    for worker in scheduler.workers:
        if worker.actor is None and not worker.dead:
            greenlets.greenlet.throw(worker)
        elif not worker.dead:
            _stuck.append(worker)
