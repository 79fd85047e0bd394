"""Waking actors, and delivering the signals that end them: the part of the scheduler that others work on actors with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from greenlet import greenlet

from actors.runtime import farewell
from actors.runtime.actor import ENDED, NEW, READY, RECEIVING, RUNNING, SIGNALLED, WAITING, Actor
from actors.runtime.limits import TimeLimits
from actors.runtime.worker import Worker

if TYPE_CHECKING:
    from actors.runtime.doom import Doom

switch = greenlet.switch


class Signals(TimeLimits):
    """Who is woken, interrupted, killed and left behind."""

    __slots__ = ("abandoned",)

    abandoned: list[Worker]

    # -- getting to run

    def push(self, actor: Actor) -> None:
        """Put an actor that can run at the end of the queue."""
        if not self.active:
            self.kick()  # first what may raise, where no room for a call is left
        self.ready.append(actor)

    def wake(self, actor: Actor, value: Any) -> None:
        """Make a parked actor ready, with what it gets from its wait."""
        if not self.active:
            self.kick()
        self.ready.append(actor)
        actor.slot = value
        actor.activity = READY

    def queue_lost(self, actor: Actor) -> None:
        """Queue an actor that was to be switched to directly, if there was no room for the calls that do it."""
        if (actor.activity is READY or actor.activity is NEW) and actor not in self.ready:
            self.push(actor)

    # -- ending

    def interrupt(self, actor: Actor, doom: Doom) -> None:
        """Have an actor's doom raised in it, as soon as it blocks."""
        actor.doom = doom
        if actor.activity == NEW:
            doom.raised = True
            actor.over(doom.reason)
        else:
            self.deliver(doom)

    def deliver(self, doom: Doom) -> None:
        """Wake whoever waits with us; whoever blocks elsewhere is thrown into from the hub."""
        actor = doom.actor
        if not doom.is_due():
            return
        if actor.activity in (RECEIVING, WAITING):
            self.wake(actor, SIGNALLED)
        elif actor.activity in (RUNNING, READY):  # one that is ready may block next in something that is not ours
            self.deliver_soon(doom)

    def deliver_soon(self, doom: Doom) -> None:
        """Deliver from the hub; callable from anywhere, the garbage collector included."""
        if not doom.queued:
            doom.queued = True
            self.loop.run_callback_threadsafe(self.throw, doom)

    def throw(self, doom: Doom) -> None:
        """Raise a pending doom in its actor; in the hub, where whoever is RUNNING is blocked in something not ours."""
        actor = doom.actor
        doom.queued = False
        if doom.is_due() and actor.activity == RUNNING and actor.greenlet is not None:
            actor.greenlet.throw(doom.prepare())
        else:
            self.deliver(doom)

    def kill(self, actor: Actor, doom: Doom) -> None:
        """End an actor for everybody now, and have its body unwound."""
        new = actor.activity == NEW
        actor.doom = doom
        actor.killed()
        if new:
            actor.activity = ENDED
            doom.settled(doom.reason)
        elif actor.activity == READY:
            actor.slot = SIGNALLED
        else:
            self.deliver(doom)

    def abandon_soon(self, actor: Actor) -> None:
        """Abandon from the hub, once the body has blocked; callable from anywhere."""
        self.loop.run_callback_threadsafe(self.forsake, actor)

    def forsake(self, actor: Actor) -> None:
        """Never switch again to a body that swallowed its kill."""
        worker = actor.greenlet
        if isinstance(worker, Worker) and worker.actor is actor and not worker.abandoned:
            worker.abandoned = True
            worker.books.references = -1
            self.abandoned.append(worker)
            farewell.abandoned(actor, len(self.abandoned))

    def abandon(self, me: Actor) -> NoReturn:
        """Forsake the actor that calls this: it never comes back."""
        self.forsake(me)
        me.activity = WAITING
        while True:
            switch(self.hub)

    def fatal(self, error: BaseException) -> None:
        """Raise SystemExit, KeyboardInterrupt and their kind in the main greenlet, as soon as the hub runs."""
        if "raised_in_main" not in error.__dict__:  # a branch raises it, and then the run around it
            error.__dict__["raised_in_main"] = True
            self.loop.run_callback(self.hub.handle_system_error, type(error), error)
