"""What a worker does: runs actors, one after another, and goes back to the hub or to whoever is ready.

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

switch = greenlet.switch


def bind(worker: Any, actor: Actor) -> None:
    """Make `actor` the next to run in a worker."""
    worker.actor = actor
    actor.greenlet = worker
    worker.gr_context = actor.context
    actor.context = None


def serve(worker: Any) -> None:
    """Run actors until there is no reason to keep the worker."""
    scheduler = worker.scheduler
    ready, pool = scheduler.ready, scheduler.pool
    traces = worker.__dict__
    references = getweakrefcount(worker)
    while True:
        follow = run_actor(worker, scheduler)
        if traces or getweakrefcount(worker) != references or len(pool) >= scheduler.pool_limit or worker.abandoned:
            break
        target: Any
        if follow is not None:
            target, follow = follow.greenlet, None
        elif ready and scheduler.budget > 0:
            scheduler.budget -= 1
            actor = ready.popleft()
            target = actor.greenlet
            if target is None:
                if actor.activity == NEW:
                    bind(worker, actor)
                    del actor
                    continue
                target = scheduler.hub
            del actor
        else:
            target = scheduler.hub
        worker.gr_context = None  # a pooled worker must not keep its last actor's context alive
        pool.append(worker)
        switch(target)
        target = None
    scheduler.retire(worker, follow)


def run_actor(worker: Any, scheduler: Any) -> Actor | None:
    """Run the actor bound to a worker to its end; return who is to run next, if the actor says so.

    This frame stays in every traceback of the body: it is left holding nothing that leads to the actor.
    """
    actor: Actor | None = worker.actor
    assert actor is not None
    actor.activity = RUNNING
    root = actor.root
    if current_scope() is not root:
        enter_scope(root)
    args: Any = actor.args
    body: Any = actor.body
    value: Any = None
    try:
        value = body(*args) if args else body()
    except Exception as error:
        without_this_frame(error)
        return actor.threw(error)
    except ActorExit as signal:
        return actor.left(signal.reason)
    except GreenletExit:
        return actor.left(KILLED)
    except BaseException as error:  # SystemExit, KeyboardInterrupt, a test's own outcome
        without_this_frame(error)
        scheduler.fatal(error)
        return actor.threw(error)
    else:
        return actor.returned(value)
    finally:
        worker.actor = actor = args = body = value = None


def without_this_frame(error: BaseException) -> None:
    """Take the runtime's frame off a traceback; what is left begins in the user's code."""
    if error.__traceback__ is not None:
        error.with_traceback(error.__traceback__.tb_next)  # an assignment could be refused: a frozen dataclass is
