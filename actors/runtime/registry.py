"""Names: one live actor each, free again before anyone learns that its holder ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.monkey import get_original

from actors.exits import ActorsError

if TYPE_CHECKING:
    from actors.runtime.actor import Actor, ActorRef, Ties

_names: dict[str, ActorRef] = {}
_lock = get_original("_thread", "allocate_lock")()  # names belong to all threads


class NameTakenError(ActorsError, ValueError):
    """The name belongs to another live actor; `holder` is its ref."""

    def __init__(self, name: str, holder: ActorRef) -> None:
        """Take the name and who has it."""
        super().__init__(f"the name {name!r} belongs to {holder}; unregister it there, or choose another name")
        self.name = name
        self.holder = holder


def claim(name: str, actor: Actor) -> None:
    """Give a free name to a live actor.

    Raises:
        NameTakenError: another actor has it.
        ValueError: the actor has ended, or has a name already, or the name is empty.
        TypeError: the name is not text.
    """
    if not isinstance(name, str):
        raise TypeError(f"a name is text, not {name!r}")
    with _lock:
        holder = _names.get(name)
        if holder is actor:
            return
        if holder is not None and holder.alive:  # else its own thread is about to free it
            raise NameTakenError(name, holder)
        if not name or not actor.alive or actor.name is not None:
            raise ValueError(f"cannot register {actor} as {name!r}: it needs a live actor without a name, and a name")
        _names[name] = actor
        actor.tied().name = name


def release(name: str) -> None:
    """Free a name; nothing happens if nobody has it."""
    with _lock:
        holder = _names.pop(name, None)
        ties = getattr(holder, "ties", None)
        if ties is not None:
            ties.name = None


def released(actor: Actor, ties: Ties) -> None:
    """Free the name of an actor that has ended, unless it was given away meanwhile, and take it out of all registries."""
    with _lock:
        if ties.name is not None and _names.get(ties.name) is actor:
            del _names[ties.name]
        ties.name = None
    for held in tuple(ties.entries or ()):
        held.forget(actor)


def whereis(name: str) -> ActorRef | None:
    """Return who has a name, or None."""
    holder = _names.get(name)
    return holder if holder is not None and holder.alive else None


def whom(target: ActorRef | str) -> ActorRef | None:
    """Return whom a ref or a name stands for now; None if nobody has the name."""
    return whereis(target) if isinstance(target, str) else target
