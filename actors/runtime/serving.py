"""What a worker does between the bodies that it runs: it begins the next one, or goes to whoever is ready, or to the hub.

A worker is reused only if the body left no trace in it: no new weak references (gevent.local keeps its data by those) and
no attributes.
"""

from __future__ import annotations

from typing import Any, TypeAlias, cast
from weakref import getweakrefcount

from greenlet import GreenletExit, greenlet

from actors.effects.scope import current_scope, enter_scope
from actors.exits import KILLED, ActorExit
from actors.runtime import native
from actors.runtime.actor import NEW, RUNNING, Actor
from actors.runtime.turns import Turns

switch = greenlet.switch
SCOPE: Any = cast(Any, current_scope).__self__  # the context variable

Job: TypeAlias = Any  # the body of an actor or, with arguments, the two as a tuple


class Books:
    """What a worker's loop keeps beside the greenlet: a class of its own, because a greenlet's fields are slow to read."""

    __slots__ = ("actor", "follow", "references", "scheduler")

    def __init__(self, scheduler: Turns, references: int) -> None:
        """Take whose worker it is, and how many weak references it has as long as no body has touched it."""
        self.scheduler = scheduler
        self.references = references  # -1: never to be reused
        self.actor: Actor | None = None  # the one that runs; the worker's own field is for everybody else
        self.follow: Actor | None = None  # who is to run after the actor that has just ended


def bind(worker: Any, books: Books, actor: Actor) -> None:
    """Make `actor` the next to run in a worker."""
    worker.actor = books.actor = actor
    actor.greenlet = worker
    worker.gr_context = actor.context
    actor.context = None


def begin(books: Books) -> Job:
    """Return what is to be called for the actor that is bound to a worker."""
    actor = books.actor
    assert actor is not None
    actor.activity = RUNNING
    root = actor.root
    if native.in_force(SCOPE) is not root:
        enter_scope(root)
    return (actor.body, actor.args) if actor.args else actor.body


def returned(worker: Any, books: Books, value: Any) -> None:
    """Note that the body returned; who is to run next, if the actor says so, is left in the books."""
    actor = books.actor
    assert actor is not None
    try:
        books.follow = actor.returned(value)
    finally:
        worker.actor = books.actor = None


def raised(worker: Any, books: Books, error: BaseException) -> None:
    """Note that the body raised."""
    actor = books.actor
    assert actor is not None
    try:
        if isinstance(error, Exception):
            native.without_this_frame(error)
            books.follow = actor.threw(error)
        elif isinstance(error, ActorExit):
            books.follow = actor.left(error.reason)
        elif isinstance(error, GreenletExit):
            books.follow = actor.left(KILLED)
        else:  # SystemExit, KeyboardInterrupt, a test's own outcome
            native.without_this_frame(error)
            books.scheduler.fatal(error)
            books.follow = actor.threw(error)
    finally:
        worker.actor = books.actor = None


def go_on(worker: Any, books: Books) -> Job:
    """Return the next to be called, after a rest in the pool if need be; None to let the worker die."""
    turns = books.scheduler
    pool = turns.pool
    follow = books.follow
    books.follow = None
    if native.has_attributes(worker) or getweakrefcount(worker) != books.references or len(pool) >= turns.pool_limit:
        turns.retire(worker, follow)
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
                bind(worker, books, actor)
                return begin(books)
            target = turns.hub
        actor = None
    else:
        target = turns.hub
    worker.gr_context = None  # a pooled worker must not keep its last actor's context alive
    pool.append(worker)
    switch(target)
    target = None
    return begin(books)
