"""Turns: the branches of a replayed run meet their rows again in the order in which those were written.

A cancel in one branch followed from what another did: without the order, clean-up that had begun would not be gone on with.
Nothing is performed before the last row was met, so a branch that comes to something new waits for that. When nobody is
left who could meet the next row, the code has diverged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actors.computation.answers import asking_actor
from actors.runtime.actor import WAITING

if TYPE_CHECKING:
    from actors.runtime.actor import Actor

END: Final = -1
BEGIN: Final = -2  # the turn of a branch of which the log holds nothing: after the last row, or when nobody else goes on


class Turns:
    """Who waits for which row, and how many branches are awake."""

    __slots__ = ("awake", "waiting")

    def __init__(self) -> None:
        """Begin with the run itself."""
        self.awake = 1
        self.waiting: dict[Actor, int] = {}

    def __repr__(self) -> str:
        """Say what the branches wait for."""
        return "the rows of other branches"

    def wait(self, number: int, op: object, interruptible: bool = False) -> bool:
        """Wait for the turn of a row (END: of what comes after the last); return False if nobody could bring it about."""
        if self.awake <= 1 and not self.begin_one():
            return False
        me: Any = asking_actor(op)
        self.waiting[me] = number
        self.awake -= 1
        if not interruptible:
            me.shield()
        try:
            me.scheduler.wait(me, self)
        finally:
            if self.waiting.pop(me, None) is not None:  # not woken by us
                self.awake += 1
            if not interruptible:
                me.unshield()
        return True

    def call(self, number: int) -> None:
        """Wake whoever waits for a row."""
        for actor, wanted in list(self.waiting.items()):
            if wanted == number or (number == END and wanted == BEGIN):
                self._wake(actor)

    def begin_one(self) -> bool:
        """Let a branch begin of which the log holds nothing; return False if there is none."""
        for actor, wanted in self.waiting.items():
            if wanted == BEGIN:
                self._wake(actor)
                return True
        return False

    def call_all(self) -> None:
        """Wake all who wait."""
        for actor in list(self.waiting):
            self._wake(actor)

    def _wake(self, actor: Actor) -> None:
        del self.waiting[actor]
        self.awake += 1
        if actor.waiting is self and actor.activity == WAITING:
            actor.scheduler.wake(actor, None)

    @property
    def stuck(self) -> bool:
        """Whether all who are left wait."""
        return bool(self.waiting) and self.awake < 1
