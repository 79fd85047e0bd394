"""What binds actors of two threads: links, monitors and names.

Only the owning thread touches its actors, so each side keeps its own half, and tells the other by posting. Each making of
a link has a number, and a half holds those it knows: two, where both have linked at once. An `unlink` undoes these, and not
one that was made anew meanwhile, so that both halves come to hold the same.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from actors.exits import Crash, NoSuchActorError
from actors.runtime.farewell import Down, Monitor, link_ended, went_down
from actors.runtime.inbox import enter
from actors.runtime.registry import claim
from actors.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.runtime.actor import Actor

next_number: Callable[[], int] = count(1).__next__


def scheduler_of(on: Any) -> Scheduler:
    """Return the scheduler of what was given as `on=`.

    Raises:
        TypeError: it is no thread of the runtime.
        ClosedError: it was closed.
    """
    scheduler = getattr(on, "scheduler", None)
    if not isinstance(scheduler, Scheduler):
        raise TypeError(f"on={on!r} is no thread that runs actors; give background(), or None for the caller's thread")
    return scheduler


def begin(actor: Actor, name: str | None, me: Actor, link: bool, monitor: bool) -> Actor:
    """Have an actor begin that was made here, in whatever thread; what binds it to its spawner is there before.

    Raises:
        NameTakenError: another live actor has the name.
        ValueError: the name is empty.
        TypeError: the name is not text.
    """
    mine = me.tied()
    made = Monitor(me, actor) if monitor else None
    if link:
        actor.tied().links[me] = mine.links[actor] = (next_number(),)
    if made is not None:
        actor.monitors = [made]
        mine.monitoring[made] = None
    if name is not None:  # last: from here on others may find it, and kill it before it begins
        try:
            claim(name, actor)
        except (TypeError, ValueError):
            mine.links.pop(actor, None)
            if made is not None:
                del mine.monitoring[made]
            raise
    if actor.scheduler is me.scheduler:
        actor.scheduler.push(actor)
    else:
        actor.scheduler.inbox.post(enter, actor)
    return actor


def link(me: Actor, other: Actor) -> None:
    """Link an actor of this thread with one of another."""
    number = next_number()
    me.tied().links[other] = (number,)
    other.scheduler.inbox.post(linked, other, me, number)


def linked(actor: Actor, by: Actor, number: int) -> None:
    """Take the other half of a link; in the actor's hub."""
    if actor.reason is not None:
        gone = Crash(NoSuchActorError(f"{actor} had ended before it was linked"))
        by.scheduler.inbox.post(link_ended, by, actor, gone)
        return
    links = actor.tied().links
    links[by] = (*(links.get(by) or ()), number)


def unlink(me: Actor, other: Actor) -> None:
    """Undo a link with an actor of another thread."""
    numbers = None if me.ties is None else me.ties.links.pop(other, None)
    if numbers is not None:
        other.scheduler.inbox.post(unlinked, other, me, numbers)


def unlinked(actor: Actor, by: Actor, numbers: tuple[int, ...]) -> None:
    """Drop the other half of a link, as far as it is still that link; in the actor's hub."""
    known = None if actor.ties is None else actor.ties.links.pop(by, None)
    if known is not None and actor.ties is not None and (left := tuple(one for one in known if one not in numbers)):
        actor.ties.links[by] = left


def monitor(made: Monitor) -> None:
    """Put a monitor of an actor of another thread in force."""
    made.watcher.tied().monitoring[made] = None
    made.ref.scheduler.inbox.post(monitored, made)


def monitored(made: Monitor) -> None:
    """Take a monitor; in the watched actor's hub."""
    watched = made.ref
    if watched.reason is not None:
        gone = Crash(NoSuchActorError(f"{watched} had ended before it was monitored"))
        made.watcher.scheduler.inbox.post(went_down, Down(made, watched, gone))
    elif watched.monitors is None:
        watched.monitors = [made]
    else:
        watched.monitors.append(made)
