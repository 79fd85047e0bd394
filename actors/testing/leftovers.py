"""Actors that are still there when a test is over: finding them and ending them."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from greenlet import getcurrent

import actors
from actors.exits import KILLED, NORMAL
from actors.runtime.actor import ENDED, NEW, Actor, ActorRef
from actors.runtime.current import current_actor
from actors.runtime.doom import KillDoom
from actors.runtime.farewell import untie
from actors.runtime.registry import release
from actors.testing.quiet import existing_scheduler, is_busy, let_run

# Of code whose file is named in brackets, which is compiled, there are no frames.
_LIBRARY = tuple(str(Path(actors.__file__).parents[1] / package) + os.sep for package in ("actors", "supervisors"))


def live_actors() -> list[ActorRef]:
    """Return the actors of this thread whose body is not over, other than the caller; those not begun come last.

    The actor of a greenlet that the runtime did not start (the main one, a `Probe`) has no body and does not count; nor
    does one that the runtime has abandoned.
    """
    return [*_live()]


def clean_up() -> list[ActorRef]:
    """Kill the actors that `live_actors` lists, let their bodies be unwound, and return them.

    *Blocks until* they are gone, as far as they can be: see `let_run`.
    """
    found = _live()
    _end(found)
    return [*found]


def _live() -> list[Actor]:
    scheduler = existing_scheduler()
    if scheduler is None:
        return []
    here = getcurrent()
    bound = [worker.actor for worker in scheduler.workers if worker is not here and not worker.abandoned]
    begun = [actor for actor in bound if actor is not None and actor.activity != ENDED]
    seen = set(begun)  # one that was bound to a worker may also stand in the queue
    return begun + [actor for actor in scheduler.ready if actor.activity == NEW and actor not in seen]


def _end(found: list[Actor]) -> None:
    for actor in found:
        if actor.reason is None:  # else it is dead for everybody already, and its body is being unwound
            actor.scheduler.kill(actor, KillDoom(actor, KILLED))
    if found:
        let_run(native=False)


class Held:
    """What fixtures of a wider scope than one test hold, and how a test ends."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._by: dict[object, set[Actor]] = {}

    @contextmanager
    def by(self, holder: object) -> Generator[None]:
        """Let `holder` keep the actors that are started within the block."""
        before = set(_live())
        try:
            yield
        finally:
            self._by[holder] = set(_live()) - before

    def release(self, holder: object) -> None:
        """`holder` keeps nothing any more."""
        self._by.pop(holder, None)

    def end_test(self) -> list[str]:
        """End what a test has left, and describe each actor that would have gone on.

        *Blocks until* what can still run has run: see `let_run`.
        """
        if is_busy():
            let_run(native=False)
        if existing_scheduler() is None:
            return []
        held = _linked(actor for kept in self._by.values() for actor in kept)
        left = [actor for actor in _live() if actor not in held]
        described = [_described(actor) for actor in left]
        _end(left)
        _forget(current_actor(), ties=not held)
        return described


def _linked(held: Iterable[Actor]) -> set[Actor]:
    """Return these actors and those linked to them: a supervisor that a fixture holds may start children later."""
    found: set[Actor] = set()
    todo = list(held)
    while todo:
        actor = todo.pop()
        if actor.reason is None and not actor.foreign and actor not in found:
            found.add(actor)
            todo += [*(actor.ties.links if actor.ties else ()), *([actor.peer] if actor.peer else ())]
    return found


def _forget(me: Actor, *, ties: bool) -> None:
    """Take from the test's own actor what would reach into the next test; its links only if no fixture needs them."""
    me.mailbox = None
    me.doom = None
    if me.ties is None:
        return
    me.ties.traps = False
    if me.ties.name is not None:
        release(me.ties.name)
    if ties:
        untie(me, NORMAL)


def _described(actor: Actor) -> str:
    if actor.greenlet is None:
        return f"{actor}, before its first line"
    return f"{actor}, {_place(actor.greenlet.gr_frame) or f'in {_body(actor)}, which was spawned'}"


def _body(actor: Actor) -> str:
    """Return the name of what an actor runs, with that of its module."""
    body = getattr(actor.body, "make", actor.body)  # a server's class
    module = getattr(body, "__module__", None)
    return actor.label() if module is None else f"{module}.{actor.label()}"


def _place(frame: FrameType | None) -> str | None:
    """Return the innermost place outside the library, in words; None where all that waits is the library's."""
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_LIBRARY):
            return f"in {code.co_qualname}, {code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return None
