"""Registries: keys under which actors stand, each key for one actor or for many, with values; publish and subscribe.

A registry is no actor but an object that all threads share. What an actor registered goes when it ends, before anyone
learns of that: whoever looks is not shown what has ended, and the actor's own thread takes the entries out as it ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from gevent.monkey import get_original

from actors.exits import ActorsError
from actors.runtime import farewell
from actors.runtime.actor import Actor, ActorRef
from actors.runtime.arguments import addressed
from actors.runtime.bounded import Bounded, MailboxFullError
from actors.runtime.current import current_actor
from actors.runtime.mailbox import send
from actors.runtime.remote import remotely
from actors.runtime.scheduler import get_ident

# For all registries and the entries of all actors. It can be taken again by its thread: the garbage collector may find the
# last of a greenlet anywhere, and its actor ends there if its thread is gone.
_lock: Any = get_original("_thread", "RLock")()


class KeyTakenError(ActorsError, ValueError):
    """The key of a registry of unique keys belongs to another live actor; `holder` is its ref."""

    def __init__(self, key: Hashable, holder: ActorRef) -> None:
        """Take the key and who has it."""
        super().__init__(f"the key {key!r} belongs to {holder}; unregister it there, or choose another key")
        self.key = key
        self.holder = holder


class NotRegisteredError(ActorsError, LookupError):
    """The actor does not stand under the key whose value it was to change."""

    def __init__(self, key: Hashable, ref: ActorRef) -> None:
        """Take the key, and who does not have it."""
        super().__init__(f"{ref} is not registered under {key!r}; register it there before its value is updated")
        self.key = key
        self.ref = ref


@dataclass(frozen=True, slots=True)
class Entry:
    """An actor under a key, and the value that it gave."""

    ref: ActorRef
    value: Any = None


class Registry:
    """Keys for actors: a key belongs to one living actor, or with `unique=False` to any number of them.

    For any thread, all at once. Nothing here blocks, but `register` for an actor of another thread. Iterating gives the
    keys that somebody living stands under, and `len` counts them, which takes time for each.

    Args:
        unique: whether a key belongs to one actor; else it is a topic that many subscribe to.
        name: what it is called in its `repr` and in errors.
    """

    __slots__ = ("__weakref__", "_held", "name", "unique")

    def __init__(self, *, unique: bool = True, name: str | None = None) -> None:
        """Begin without entries."""
        self.unique = unique
        self.name = name
        self._held: dict[Hashable, dict[Actor, Entry]] = {}  # nobody's key is not in it

    def __repr__(self) -> str:
        """Name it, and say which of the two kinds it is."""
        name = "" if self.name is None else f" {self.name!r}"
        return f"<Registry{name} of {'unique' if self.unique else 'shared'} keys>"

    def register(self, key: Hashable, value: Any = None, *, ref: ActorRef | None = None) -> None:
        """Put the caller, or another actor, under a key until it ends.

        An actor stands under a key once: registering again gives it a new value and leaves it in its place.

        *Blocks until* the other thread has done it, if the actor belongs to another one; else never.

        Raises:
            KeyTakenError: the keys are unique, and another living actor has this one.
            ValueError: the actor has ended.
            TypeError: the key is not hashable, or `ref` not an `ActorRef`.
            ClosedError: the actor belongs to another thread, whose runtime was closed.
        """
        checked_key(key)
        actor = whom(ref)
        if actor.scheduler.thread == get_ident():
            self._register(key, value, actor)
        else:
            remotely(actor.scheduler, self._register, key, value, actor)

    def _register(self, key: Hashable, value: Any, actor: Actor) -> None:
        """Put an actor of this thread under a key: so it cannot end meanwhile."""
        if not actor.alive:
            raise ValueError(f"cannot register {actor} under {key!r}: it has ended; register a living actor")
        holder = self._put(key, Entry(actor, value), actor)
        if holder is not None:
            raise KeyTakenError(key, holder)

    def _put(self, key: Hashable, entry: Entry, actor: Actor) -> Actor | None:
        """Put an actor under a key, or return who has it."""
        ties = actor.tied()
        with _lock:
            held = self._held.get(key) or {}
            if self.unique:
                for holder in tuple(held):
                    if holder is not actor and holder.alive:
                        return holder
                    if holder is not actor:
                        held.pop(holder, None)  # its thread is about to
            held[actor] = entry
            self._held[key] = held
            if ties.entries is None:
                ties.entries = {}
            ties.entries.setdefault(self, {})[key] = None
        return None

    def unregister(self, key: Hashable, *, ref: ActorRef | None = None) -> None:
        """Take the caller, or another actor, away from a key; nothing happens if it does not stand there.

        Raises:
            TypeError: the key is not hashable, or `ref` not an `ActorRef`.
        """
        checked_key(key)
        actor = whom(ref)
        with _lock:
            keys = self._keys(actor)
            if key in keys:
                del keys[key]
                self._remove(key, actor)
                if not keys and actor.ties is not None and actor.ties.entries is not None:
                    del actor.ties.entries[self]

    def forget(self, actor: Actor) -> None:
        """Take out an actor that has ended; the runtime calls this."""
        with _lock:
            for key in self._keys(actor):
                self._remove(key, actor)
            if actor.ties is not None and actor.ties.entries is not None:
                actor.ties.entries.pop(self, None)

    def _keys(self, actor: Actor) -> dict[Hashable, None]:
        """Return the keys that an actor stands under; with the lock."""
        ties = actor.ties
        return {} if ties is None or ties.entries is None else ties.entries.get(self, {})

    def _remove(self, key: Hashable, actor: Actor) -> None:
        """Take an actor away from a key; with the lock."""
        held = self._held.get(key)
        if held is not None and held.pop(actor, None) is not None and not held:
            del self._held[key]

    def lookup(self, key: Hashable) -> tuple[Entry, ...]:
        """Return who stands under a key, with their values, in the order in which they came there.

        Raises:
            TypeError: the key is not hashable.
        """
        checked_key(key)
        with _lock:
            held = self._held.get(key)
            entries = () if held is None else tuple(held.values())
        return tuple([entry for entry in entries if entry.ref.alive])

    def whereis(self, key: Hashable) -> ActorRef | None:
        """Return who has a unique key, or None.

        Raises:
            TypeError: the keys of this registry are not unique, or the key is not hashable.
        """
        if not self.unique:
            raise TypeError(f"whereis({key!r}): {self} may have many actors under one; lookup(key) returns them all")
        entries = self.lookup(key)
        return entries[0].ref if entries else None

    def keys(self, ref: ActorRef | None = None) -> tuple[Hashable, ...]:
        """Return the keys that the caller, or another actor, stands under, in the order in which it took them.

        Raises:
            TypeError: `ref` is not an `ActorRef`.
        """
        actor = whom(ref)
        with _lock:
            keys = tuple(self._keys(actor))
        return keys if actor.alive else ()

    def update(self, key: Hashable, fn: Callable[[Any], Any]) -> Any:
        """Give the caller's entry the value `fn(value)`, and return it.

        `fn` is called once, and without a lock; what it raises comes out, and the value stays.

        Raises:
            NotRegisteredError: the caller does not stand under the key, or does not any more once `fn` has returned.
            TypeError: the key is not hashable.
        """
        me = current_actor()
        entry = next((entry for entry in self.lookup(key) if entry.ref is me), None)
        if entry is None:
            raise NotRegisteredError(key, me)
        value = fn(entry.value)
        with _lock:
            held = self._held.get(key, {})
            kept = me in held
            if kept:
                held[me] = Entry(me, value)
        if not kept:
            raise NotRegisteredError(key, me)
        return value

    def publish(self, key: Hashable, message: Any, *, exclude: ActorRef | None = None) -> int:
        """Send a message to everyone under a key but `exclude`, and return to how many it was sent.

        Never blocks: a bounded mailbox that is full does not get it. It is a dead letter then, and not counted; if the
        actor belongs to another thread, where only that one can tell, it is counted. Messages of one publisher arrive in
        the order in which it published and sent them.

        Raises:
            TypeError: the key is not hashable, or `exclude` not an `ActorRef`.
        """
        skipped = None if exclude is None else addressed(exclude)
        return sum(offer(addressed(entry.ref), message) for entry in self.lookup(key) if entry.ref is not skipped)

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether somebody living stands under a key."""
        return bool(self.lookup(key))

    def __iter__(self) -> Iterator[Hashable]:
        """Give the keys that somebody living stands under, as they are now."""
        with _lock:
            held = [(key, tuple(actors)) for key, actors in tuple(self._held.items())]
        return iter([key for key, actors in held if any(actor.alive for actor in actors)])

    def __len__(self) -> int:
        """Count those keys."""
        return sum(1 for _ in self)


def whom(ref: ActorRef | None) -> Actor:
    """Return the actor that is meant: the caller, if no other was named."""
    return current_actor() if ref is None else addressed(ref)


def checked_key(key: Hashable) -> None:
    """Refuse a key that is not hashable.

    Raises:
        TypeError: it is not.
    """
    try:
        hash(key)
    except TypeError as error:
        raise TypeError(
            f"{key!r} cannot be a key of a registry: {error}; give a str, a tuple or another hashable"
        ) from None


def offer(actor: Actor, message: Any) -> bool:
    """Send a message without ever waiting; tell whether it was taken, as far as that can be known here."""
    if not isinstance(actor, Bounded):
        send(actor, message)
    elif actor.scheduler.thread == get_ident():
        return offer_here(actor, message)
    else:
        actor.scheduler.inbox.post(offer_here, actor, message)
    return True


def offer_here(actor: Bounded, message: Any) -> bool:
    """Send a message to an actor of this thread if its bounded mailbox has room; else it is a dead letter."""
    try:
        actor.sent_by_agent(message, 0)
    except MailboxFullError:
        farewell.dead_letter(actor, message)
        return False
    return True


os.register_at_fork(after_in_child=_lock._at_fork_reinit)  # another thread may have held it, which is not in the child
