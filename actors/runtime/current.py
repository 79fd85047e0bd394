"""Who is calling: the actor that runs, or an actor that stands for a greenlet the runtime did not start.

Every greenlet that uses the runtime is an actor with a mailbox. One that the runtime did not start cannot be ended from
outside: an exit signal is raised from its next wait. Its end is noticed when the greenlet ends.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast
from weakref import ref

import gevent
from greenlet import getcurrent, greenlet

from actors.exits import NORMAL, ActorExit, Crash, ExitReason, LinkedExitError
from actors.runtime.actor import RECEIVING, RUNNING, SIGNALLED, WAITING, Actor, ActorRef
from actors.runtime.doom import Doom
from actors.runtime.scheduler import Scheduler, scheduler_here
from actors.runtime.worker import Worker

_ATTRIBUTE = "actors_ref"  # where a foreign greenlet keeps its actor: the two go together


class LinkDoom(Doom):
    """An exit signal for a greenlet that is not ours to end: raised from its next wait, once."""

    __slots__ = ("after", "source")

    def __init__(self, actor: Actor, source: ActorRef, reason: ExitReason) -> None:
        """Take whom it is for, who ended, and why."""
        super().__init__(actor, reason)
        self.source = source
        self.after: LinkDoom | None = None  # a signal that came before this one was raised

    def must_raise(self) -> bool:
        """Raise it here, at a wait: it is no `ActorExit`.

        Raises:
            LinkedExitError: always.
        """
        self.actor.doom = self.after  # the next one, if two came before this wait
        raise LinkedExitError(self.source, self.reason)


class Foreign(Actor):
    """The actor of a greenlet that the runtime did not start."""

    __slots__ = ("home",)
    foreign = True

    def __init__(self, scheduler: Scheduler, home: greenlet | None) -> None:
        """Stand for a greenlet (None: for a block of code)."""
        super().__init__(None, (), scheduler)
        self.context = None
        self.activity = RUNNING
        self.home = ref(home, self.gone) if home is not None else None

    def gone(self, _: object) -> None:
        """The greenlet was dropped, perhaps by the garbage collector: end from the hub."""
        self.scheduler.inbox.post(self.finish, NORMAL)  # does nothing where the thread has ended too

    def finish(self, reason: ExitReason) -> None:
        """End, unless it has ended."""
        if self.reason is None:
            self.over(reason)

    def conclude(self, reason: ExitReason, heard: bool = False) -> None:
        """End; what the greenlet raised gevent has reported, so that any link counts as somebody who knows."""
        super().conclude(reason, heard=heard or (self.ties is not None and bool(self.ties.links)))

    def ended_with(self, greenlet: Any) -> None:
        """The greenlet, one of gevent's, has ended."""
        self.finish(Crash(greenlet.exception) if greenlet.exception else NORMAL)

    def struck(self, source: ActorRef, reason: ExitReason) -> None:
        """Raise the signal from the next wait."""
        doom = LinkDoom(self, source, reason)
        last = self.doom
        if isinstance(last, LinkDoom):
            while last.after is not None:
                last = last.after
            last.after = doom
            return
        self.doom = doom
        if self.activity in (RECEIVING, WAITING):
            self.scheduler.wake(self, SIGNALLED)

    def __repr__(self) -> str:
        """Name the greenlet."""
        home = self.home() if self.home is not None else None
        return f"<actor of {home if home is not None else 'a block of code'}>"


def current_actor() -> Actor:
    """Return the calling greenlet's actor."""
    here = getcurrent()
    if type(here) is Worker and here.actor is not None:
        return here.actor
    return getattr(here, _ATTRIBUTE, None) or _adopt(here)


def actor_of(greenlet: greenlet) -> Actor | None:
    """Return the actor that stands for a greenlet which the runtime did not start, if it has one."""
    found: Actor | None = getattr(greenlet, _ATTRIBUTE, None)
    return found


def _adopt(here: Any) -> Actor:
    actor = Foreign(scheduler_here(), here)
    setattr(here, _ATTRIBUTE, actor)
    if isinstance(here, gevent.Greenlet):
        cast(Any, here).rawlink(actor.ended_with)
    return actor


def current() -> ActorRef:
    """Return the ref of the calling actor; in a greenlet that the runtime did not start, that of an actor made for it."""
    return current_actor()


@contextmanager
def actor() -> Generator[ActorRef]:
    """Be an actor of its own for the length of a `with` block, which gets the ref.

    For a stretch of a greenlet that outlives what it serves, such as one request in a pooled greenlet: what is linked to
    or owned by the block's actor learns of its end when the block is left.

    Raises:
        RuntimeError: called in an actor that the runtime started; spawn another one there.
    """
    here = getcurrent()
    if type(here) is Worker:
        raise RuntimeError("actor() is for greenlets that the runtime did not start; in an actor, use spawn(fn)")
    before = getattr(here, _ATTRIBUTE, None)
    inner = Foreign(scheduler_here(), None)
    setattr(here, _ATTRIBUTE, inner)
    reason: ExitReason = NORMAL
    try:
        yield inner
    except BaseException as error:
        reason = error.reason if isinstance(error, ActorExit) else Crash(error)
        raise
    finally:
        setattr(here, _ATTRIBUTE, before)
        inner.finish(reason)
        del inner, reason  # the traceback of an error holds this frame: no cycle
