"""What is said when a wait can never end.

gevent's loop ends when nothing is left in it: no timer, no socket, no callback. It then raises `LoopExit` in the thread's
main greenlet, wherever that is parked. In a wait of ours the error says who waits for what. All of this happens in the
exception path: a wait that ends pays nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gevent.exceptions import LoopExit

from actors.exits import ActorsError
from actors.runtime.actor import RECEIVING, WAITING, Actor, ActorRef
from actors.runtime.farewell import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5  # others that wait


class DeadlockError(ActorsError, LoopExit):
    """A wait that can never end: nobody is left who could wake who waits; `who` is that actor."""

    def __init__(self, who: ActorRef, what: str, others: Sequence[str] = ()) -> None:
        """Take who waits, for what, and who else does."""
        more = [f"and {len(others) - SHOWN} more"] if len(others) > SHOWN else []
        also = f". Others that wait: {'; '.join([*others[:SHOWN], *more])}" if others else ""
        super().__init__(
            f"{shown(who)} waits for {what}, and no other actor, timer or thread is left that could wake it; "
            f"see that somebody sends, answers or ends, or wait with a timeout=…{also}"
        )
        self.who = who

    def __str__(self) -> str:
        """Return the message; that of `LoopExit` is for errors with a hub and its handles."""
        return str(self.args[0])


def explain_deadlock(me: Actor, what: str, of: object = None) -> None:
    """Return unless the exception being handled is gevent's `LoopExit`, raised in a wait of `me` for `what` (of `of`).

    Raises:
        DeadlockError: it is.
    """
    if type(sys.exc_info()[1]) is not LoopExit:
        return
    others = [worker.actor for worker in me.scheduler.workers if worker.actor is not None]
    waiting = [f"{shown(other)} for {waited_for(other)}" for other in others if other.activity in (RECEIVING, WAITING)]
    raise DeadlockError(me, what if of is None else f"{what} {shown(of)}", sorted(waiting)) from None


def waited_for(actor: Actor) -> str:
    """Return what a parked actor waits for."""
    if actor.activity == RECEIVING:
        return "a message"
    what = actor.waiting
    if what is None:  # a question, asked the quick way
        return "its answer"
    return what if isinstance(what, str) else shown(what)
