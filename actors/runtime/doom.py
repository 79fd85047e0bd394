"""Doom: the one signal that ends a living actor, from the moment it is sent until the body is gone.

Raised at the actor's blocking points; latched, so that it cannot be lost. While the exception is being handled (it is in
flight, or in the context chain of what is) clean-up may block. When the body swallows it, the next blocking point raises
it again. Inside our own waits that is seen by looking at the exception in flight; for waits that are not ours (a socket,
`gevent.sleep`) nobody can look, so the exception is watched by a weak reference: it dies when it is swallowed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from weakref import ref

from actors.exits import ActorExit, ExitReason
from actors.runtime import native

if TYPE_CHECKING:
    from actors.runtime.actor import Actor


class Doom:
    """One actor's signal."""

    __slots__ = ("__weakref__", "actor", "held", "pending", "queued", "raised", "reason", "watch")

    def __init__(self, actor: Actor, reason: ExitReason) -> None:
        """Take whom it ends, and the exit reason."""
        self.actor = actor
        self.reason = reason
        self.pending = True  # to be raised at the next blocking point
        self.raised = False  # it has been, at least once
        self.queued = False  # a delivery from the hub is on its way
        self.held = False  # a `shielded` block holds it off
        self.watch: ref[ActorExit] | None = None

    def is_due(self) -> bool:
        """Tell whether it is to be raised as soon as its actor blocks."""
        return self.pending and not self.held and self.actor.doom is self

    def error(self) -> ActorExit:
        """Return a new exception to raise: `ActorExit(reason)`, whose reason was checked when the signal was sent."""
        made: ActorExit = native.made(ActorExit, (self.reason,))  # which are its `args`
        made.reason = self.reason
        made.origin = None
        return made

    def settled(self, reason: ExitReason) -> ExitReason:
        """The body is gone: return the exit reason, given what the body itself came to."""
        self.watch = None
        self.pending = False
        self.actor.doom = None  # the two would be a cycle
        return self.reason if self.raised else reason

    def checkpoint(self) -> None:
        """Raise at a blocking point, unless the signal is held off or already being handled.

        Raises:
            ActorExit: the signal, or a subclass.
        """
        if self.must_raise():
            raise self.prepare()  # no local variable: the traceback holds this frame, and the two would be a cycle

    def must_raise(self) -> bool:
        """Tell whether `checkpoint` raises: for whoever raises in its own frame, since each costs the end of an actor."""
        if self.held or (self.raised and self.in_flight()):
            return False
        if self.raised:
            self.actor.scheduler.breathe(self.actor)  # swallowed: others run before it is raised again
        return True

    def strike(self) -> None:
        """Raise now.

        Raises:
            ActorExit: always.
        """
        raise self.prepare()

    def prepare(self) -> ActorExit:
        """Return the exception to raise now, watched so that swallowing it is noticed."""
        self.pending = False
        if not self.raised:
            self.raised = True
            self.actor.raising(self)
        error = self.error()
        error.origin = self
        self.watch = ref(error, self.swallowed)
        return error

    def swallowed(self, _: ref[ActorExit]) -> None:
        """The exception is gone and the body is not: raise it again, also out of a wait that is not ours."""
        if self.watch is not None:
            self.watch = None
            self.pending = True
            self.actor.scheduler.deliver_soon(self)

    def in_flight(self) -> bool:
        """Tell whether the running greenlet is handling this signal."""
        error = sys.exc_info()[1]
        seen: set[int] = set()
        while error is not None and id(error) not in seen:  # somebody may have tied the chain into a circle
            if isinstance(error, ActorExit) and error.origin is self:
                return True
            seen.add(id(error))
            error = error.__context__
        return False


class KillDoom(Doom):
    """The signal of a kill: cannot be held off, and a body that swallows it is abandoned."""

    __slots__ = ()

    def must_raise(self) -> bool:
        """Tell whether `checkpoint` raises; if it was swallowed, never return."""
        if not self.raised:
            return True
        if not self.in_flight():
            self.actor.scheduler.abandon(self.actor)
        return False

    def swallowed(self, _: ref[ActorExit]) -> None:
        """The body goes on as if nothing had happened: once it blocks, nobody switches to it again."""
        if self.watch is not None:
            self.watch = None
            self.actor.scheduler.abandon_soon(self.actor)
