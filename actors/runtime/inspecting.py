"""Looking at actors while they run: what each does, or waits for, and since when, as plain data.

Only fields that are there anyway are read, from whatever thread: nothing is stopped, sent or waited for, so that the parts
of an actor that runs meanwhile in another thread may be of different moments. Nothing leads back to the actor.

Source: `docs/design.md` for what a park may cost; therefore the time is read once a round of the hub, not at each park.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import gevent
from greenlet import getcurrent

from actors import clock
from actors.effects.clock import Sleep
from actors.ops import Question
from actors.runtime.actor import ENDED, NEW, READY, RECEIVING, RUNNING, WAITING, Actor, ActorRef
from actors.runtime.arguments import addressed
from actors.runtime.deadlock import waited_for
from actors.runtime.farewell import Awaited, shown
from actors.runtime.mailbox import MESSAGE
from actors.runtime.offloading import Offloaded
from actors.runtime.remote import RemoteCall
from actors.runtime.scheduler import all_schedulers
from actors.runtime.supervising import Parting

LONGEST: Final = 200  # characters of a repr that are shown
LIBRARIES: Final = tuple(str(folder) + os.sep for folder in (Path(__file__).parents[1], Path(gevent.__file__).parent))
STATES: Final = {NEW: "new", READY: "ready", RUNNING: "running", RECEIVING: "receiving", WAITING: "waiting", ENDED: "ended"}
OUTSIDE: Final = "blocked outside"  # in something that is not the runtime's: a socket, a lock, gevent.sleep
ABANDONED: Final = "abandoned"  # its body swallowed its kill: nobody switches to it any more


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run has beside an actor, as text."""

    state: str
    tag: str | None
    owner: str
    question: str | None  # the one that is open


@dataclass(frozen=True, slots=True)
class ActorInfo:
    """What was seen of an actor: numbers and text of at most some 200 characters, so that it can be JSON.

    `waited` counts from the start of the round of the hub in which the actor parked, by `actors.clock` (virtual in a
    simulation): too much by as long as that round had lasted, which is half a millisecond unless somebody held the thread.
    """

    ref: str
    name: str | None
    label: str  # of what it runs
    thread: int
    state: str  # new, ready, running, receiving, waiting, blocked outside, abandoned or ended
    mailbox: int  # messages
    bound: int | None  # messages that the mailbox holds at most
    waits_for: str | None
    waited: float | None  # seconds so far; None where it does not wait, or not with the runtime
    links: int
    monitors: int  # how many watch it
    traps_exits: bool
    told_to_end: str | None  # the exit reason of the signal that it was sent, as long as its body is there
    zombie: bool  # dead for everybody, while its body is still there
    reason: str | None  # the exit reason, once it is dead
    run: RunInfo | None  # of a run

    def __str__(self) -> str:
        """Say it on one line."""
        parts = [f"{self.ref} {self.state}"]
        if self.waits_for is not None:
            since = "" if self.waited is None else f" for {self.waited:.3f} s"
            parts.append(f"waits{since}: {self.waits_for}")
        if self.mailbox or self.bound is not None:
            parts.append(f"{self.mailbox}{'' if self.bound is None else f' of at most {self.bound}'} messages")
        if self.told_to_end is not None:
            parts.append(f"told to end: {self.told_to_end}")
        if self.zombie:
            parts.append("its body outlives it")
        return ", ".join(parts).replace("\n", " ")


def inspect_actor(ref: ActorRef) -> ActorInfo:
    """Return what an actor of any thread does now; it is not disturbed, and what its objects' `repr` raises is told.

    Raises:
        TypeError: `ref` is not an `ActorRef`.
    """
    return _seen(addressed(ref))


def zombies() -> tuple[ActorInfo, ...]:
    """Return the actors of all threads that outlived their kill: a `finally` still runs, or the body was abandoned.

    Takes time in proportion to the living actors.
    """
    workers = [worker for scheduler in all_schedulers() for worker in tuple(scheduler.workers)]
    bound = [(worker, worker.actor) for worker in workers]
    return tuple(
        _seen(actor)
        for worker, actor in bound
        if actor is not None and (worker.abandoned or (actor.reason is not None and actor.activity != ENDED))
    )


def _seen(actor: Actor) -> ActorInfo:
    ties, doom, reason, mailbox = actor.ties, actor.doom, actor.reason, actor.mailbox
    since, now = actor.since, clock.monotonic()
    state = _state(actor)
    parked = state in (STATES[RECEIVING], STATES[WAITING])
    return ActorInfo(
        ref=cut(actor),
        name=None if ties is None else ties.name,
        label=_short(actor.label()),
        thread=actor.scheduler.thread,
        state=state,
        mailbox=len(mailbox or ()),
        bound=getattr(actor, "most", None),
        waits_for=_outside(actor) if state == OUTSIDE else _wait(actor) if parked else None,
        waited=max(0.0, now - since) if parked and since >= 0.0 else None,
        links=(actor.peer is not None) + (0 if ties is None else len(ties.links)),
        monitors=len(actor.monitors or ()),
        traps_exits=ties is not None and bool(ties.traps),
        told_to_end=None if doom is None else cut(doom.reason),
        zombie=reason is not None and state != STATES[ENDED],
        reason=None if reason is None else cut(reason),
        run=_run(actor) if actor.is_run else None,
    )


def _state(actor: Actor) -> str:
    """Return the word for what it does."""
    activity = actor.activity
    if getattr(actor.greenlet, "abandoned", False):
        return ABANDONED
    return OUTSIDE if activity == RUNNING and _frame(actor) is not None else STATES[activity]


def _frame(actor: Actor) -> Any:
    """Return the innermost frame of a greenlet that has been switched away from; None if it runs."""
    home = getattr(actor, "home", None)
    where: Any = home() if home is not None else actor.greenlet
    return None if where is None or where is getcurrent() else where.gr_frame


def _outside(actor: Actor) -> str:
    """Say where it is blocked, in its own code."""
    frame = _frame(actor)
    while frame is not None and frame.f_code.co_filename.startswith(LIBRARIES):
        frame = frame.f_back
    if frame is None:
        return "something outside the runtime"
    return _short(f"outside the runtime, in {frame.f_code.co_qualname} {frame.f_code.co_filename}:{frame.f_lineno}")


def _wait(actor: Actor) -> str:
    """Say what it waits for: `waited_for`, in more words."""
    what: Any = actor.waiting
    if actor.activity == RECEIVING:
        return MESSAGE
    if what is None and actor.is_run:
        question = _question(actor)
        return "its answer" if question is None else f"an answer to {question}"
    if isinstance(what, Question):
        return f"an answer to {cut(cast(object, what))}"
    if isinstance(what, ActorRef):
        return f"an outcome of {cut(what)}"
    if isinstance(what, Parting | Awaited):
        return (
            f"the end of {cut(what.ref)}"
            if isinstance(what, Parting)
            else f"the reply to {cut(getattr(what, 'request', what))}"
        )
    if what is Sleep:
        return f"sleep {actor.timeout} s"
    if isinstance(what, (RemoteCall, Offloaded)):
        where = "another thread" if isinstance(what, RemoteCall) else "a native thread (offload)"
        return f"{cut(what.fn)} in {where}"
    return _short(waited_for(actor))


def _run(actor: Any) -> RunInfo:
    tag = actor.tag
    return RunInfo(
        state=str(actor.state),
        tag=None if tag is None else cut(tag),
        owner=cut(actor.owner_.principal),
        question=_question(actor),
    )


def _question(run: Any) -> str | None:
    """Return the open question of a run."""
    token, outcome = run.token, run.outcome
    return cut(outcome.value) if token is not None and getattr(outcome, "token", None) == token else None


def cut(value: object) -> str:
    """Return the repr of something of the user's, whatever that does, but not more than one wants to read."""
    return _short(shown(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
