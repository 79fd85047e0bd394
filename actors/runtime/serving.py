"""What a worker does between the bodies that it runs: it begins the next one, or goes to whoever is ready, or to the hub.

A worker is reused only if the body left no trace in it: no new weak references (gevent.local keeps its data by those) and
no attributes.
"""

from __future__ import annotations

from typing import Any
from weakref import getweakrefcount

from greenlet import GreenletExit, greenlet

from actors.effects.scope import current_scope, enter_scope
from actors.exits import KILLED, ActorExit
from actors.runtime.actor import NEW, RUNNING, Actor
from actors.runtime.turns import Turns

switch = greenlet.switch


def bind(worker: Any, actor: Actor) -> None:
    """Make `actor` the next to run in a worker."""
    worker.actor = actor
    actor.greenlet = worker
    worker.gr_context = actor.context
    actor.context = None


def begin(worker: Any) -> tuple[Any, Any]:
    """Return the body and the arguments of the actor that is bound to a worker."""
    actor: Actor | None = worker.actor
    assert actor is not None
    actor.activity = RUNNING
    root = actor.root
    if current_scope() is not root:
        enter_scope(root)
    return actor.body, actor.args


def returned(worker: Any, value: Any) -> None:
    """Note that the body returned; who is to run next, if the actor says so, is left with the worker."""
    actor: Actor | None = worker.actor
    assert actor is not None
    try:
        worker.follow = actor.returned(value)
    finally:
        worker.actor = None


def raised(worker: Any, error: BaseException) -> None:
    """Note that the body raised."""
    actor: Actor | None = worker.actor
    assert actor is not None
    try:
        if isinstance(error, Exception):
            without_this_frame(error)
            worker.follow = actor.threw(error)
        elif isinstance(error, ActorExit):
            worker.follow = actor.left(error.reason)
        elif isinstance(error, GreenletExit):
            worker.follow = actor.left(KILLED)
        else:  # SystemExit, KeyboardInterrupt, a test's own outcome
            without_this_frame(error)
            worker.scheduler.fatal(error)
            worker.follow = actor.threw(error)
    finally:
        worker.actor = None


def go_on(worker: Any) -> tuple[Any, Any] | None:
    """Return the next body and its arguments, after a rest in the pool if need be; None to let the worker die."""
    scheduler: Any = worker.scheduler
    turns: Turns = scheduler
    pool: Any = scheduler.pool
    follow: Actor | None = worker.follow
    worker.follow = None
    if (
        worker.__dict__
        or getweakrefcount(worker) != worker.references
        or len(pool) >= scheduler.pool_limit
        or worker.abandoned
    ):
        scheduler.retire(worker, follow)
        return None
    target: Any
    if follow is not None:
        target, follow = follow.greenlet, None
    elif turns.ready and turns.budget > 0:
        turns.budget -= 1
        actor: Actor | None = turns.ready.popleft()
        assert actor is not None
        target = actor.greenlet
        if target is None:
            if actor.activity == NEW:
                bind(worker, actor)
                return begin(worker)
            target = turns.hub
        actor = None
    else:
        target = turns.hub
    worker.gr_context = None  # a pooled worker must not keep its last actor's context alive
    pool.append(worker)
    switch(target)
    target = None
    return begin(worker)


def without_this_frame(error: BaseException) -> None:
    """Take the runtime's frame off a traceback; what is left begins in the user's code."""
    if error.__traceback__ is not None:
        error.with_traceback(error.__traceback__.tb_next)  # an assignment could be refused: a frozen dataclass is
