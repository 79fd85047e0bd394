"""Proxies: an owner, as the runs that it has in another thread see it.

A run's owner is an actor of the run's own thread. For an owner of another thread that is its proxy there, one for each
thread: it passes on what the owner is to get, and ends when the owner does, so that its runs are cancelled as any others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from gevent.monkey import get_original

from actors.runtime.actor import WAITING, Actor
from actors.runtime.inbox import deliver

if TYPE_CHECKING:
    from actors.exits import ExitReason
    from actors.runtime.scheduler import Scheduler

_lock = get_original("_thread", "allocate_lock")()
_proxies: WeakValueDictionary[tuple[Actor, Scheduler], Proxy] = WeakValueDictionary()


class Proxy(Actor):
    """Stands for an owner of another thread."""

    __slots__ = ("principal_",)

    def __init__(self, principal: Actor, scheduler: Scheduler) -> None:
        """Take whom it stands for, and in which thread."""
        super().__init__(None, (), scheduler)
        self.principal_ = principal
        self.context = None
        self.activity = WAITING  # for nothing: whatever it gets is passed on
        self.tied()

    @property
    def principal(self) -> Actor:
        """Whom it stands for."""
        return self.principal_

    def deliver(self, message: Any) -> None:
        """Pass a message on."""
        self.principal_.scheduler.inbox.post(deliver, self.principal_, message)

    def take(self, message: Any) -> None:
        """Pass a message on."""
        self.deliver(message)

    def owner_ended(self, reason: ExitReason) -> None:
        """Its principal has ended, in whose thread this is called: end too, and with it the runs."""
        self.scheduler.inbox.post(self.finish, reason)

    def finish(self, reason: ExitReason) -> None:
        """End; in its own hub."""
        if self.reason is None:
            self.over(reason)

    def __repr__(self) -> str:
        """Show whom it stands for."""
        return f"<Proxy of {self.principal_}>"


def proxy_of(owner: Actor, scheduler: Scheduler) -> Actor:
    """Return whom the runs of a thread have for an owner: the actor itself if it is of that thread, else its proxy."""
    if owner.scheduler is scheduler:
        return owner
    with _lock:
        proxy = _proxies.get((owner, scheduler))
        if proxy is not None:
            return proxy
        proxy = _proxies[owner, scheduler] = Proxy(owner, scheduler)
    owner.scheduler.inbox.post(enlist, owner, proxy)
    return proxy


def enlist(owner: Actor, proxy: Proxy) -> None:
    """Have an owner's end told to its proxy; in the owner's hub."""
    if owner.reason is None:
        owner.tied().children[proxy] = None
    else:
        proxy.owner_ended(owner.reason)
