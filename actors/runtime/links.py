"""Links, monitors, exit signals and kills between living actors."""

from __future__ import annotations

from actors.exits import KILLED, ActorExit, Crash, ExitReason, NoSuchActorError, checked_reason
from actors.runtime import abroad
from actors.runtime.actor import Actor, ActorRef
from actors.runtime.arguments import addressed
from actors.runtime.current import current_actor
from actors.runtime.doom import KillDoom
from actors.runtime.farewell import Down, Monitor, forget, supervises
from actors.runtime.registry import claim, release
from actors.runtime.remote import remotely
from actors.runtime.scheduler import get_ident


def link(ref: ActorRef) -> None:
    """Link the caller with an actor: when one ends with any reason but `Normal`, the other gets the exit signal.

    Symmetric, at most one per pair; linking oneself does nothing. A link with a dead actor delivers
    `Crash(NoSuchActorError)` at once.

    Raises:
        TypeError: `ref` is not an `ActorRef`.
    """
    me, other = current_actor(), addressed(ref)
    if other is me or are_linked(me, other) or me.reason is not None:  # the clean-up of a killed actor ties nobody
        return
    if other.scheduler is not me.scheduler:
        abroad.link(me, other)
        return
    if other.reason is not None:
        me.signalled(other, Crash(NoSuchActorError(f"{other} had ended before it was linked")))
        return
    me.tied().links[other] = None
    other.tied().links[me] = None


def unlink(ref: ActorRef) -> None:
    """Undo a link: no new signal of it arrives; an `Exit` already queued stays.

    A supervised actor and its supervisor stay linked.

    Raises:
        TypeError: `ref` is not an `ActorRef`.
    """
    me, other = current_actor(), addressed(ref)
    if supervises(other, me) or supervises(me, other):
        return
    if other.scheduler is not me.scheduler:
        abroad.unlink(me, other)
    else:
        part(me, other)


def part(me: Actor, other: Actor) -> None:
    """Undo a link of two actors of this thread."""
    for one, two in ((me, other), (other, me)):
        if one.peer is two:
            one.peer = None
        elif one.ties is not None:
            one.ties.links.pop(two, None)


def are_linked(one: Actor, two: Actor) -> bool:
    """Tell whether two actors are linked."""
    return one.peer is two or (one.ties is not None and two in one.ties.links)


def monitor(ref: ActorRef) -> Monitor:
    """Watch an actor: one `Down(monitor, ref, reason)` comes when it ends.

    One-way and stackable. A dead actor gives its `Down` at once, with `Crash(NoSuchActorError)`.

    Raises:
        TypeError: `ref` is not an `ActorRef`.
    """
    me, other = current_actor(), addressed(ref)
    made = Monitor(me, other)
    if other.scheduler is not me.scheduler and me.reason is None:
        abroad.monitor(made)
    elif other.reason is not None:
        me.deliver(Down(made, other, Crash(NoSuchActorError(f"{other} had ended before it was monitored"))))
    elif me.reason is None:
        put_in_force(made)
    return made


def put_in_force(made: Monitor) -> None:
    """Put a monitor in force."""
    if made.ref.monitors is None:
        made.ref.monitors = [made]
    else:
        made.ref.monitors.append(made)
    made.watcher.tied().monitoring[made] = None


def demonitor(made: Monitor, *, flush: bool = False) -> None:
    """Stop monitoring; with `flush`, also remove a `Down` of this monitor that is already queued.

    Raises:
        TypeError: `made` is not a `Monitor`.
    """
    if not isinstance(made, Monitor):
        raise TypeError(f"demonitor({made!r}): give what monitor(ref) returned")
    if made.ref.scheduler is not made.watcher.scheduler:
        made.ref.scheduler.inbox.post(forget, made)
    else:
        forget(made)
    made.watcher.tied().monitoring.pop(made, None)
    mailbox = made.watcher.mailbox
    if flush and mailbox:
        kept = [message for message in mailbox if not (isinstance(message, Down) and message.monitor is made)]
        mailbox.clear()
        mailbox.extend(kept)


def trap_exits(trap: bool) -> bool:
    """Receive exit signals as `Exit(ref, reason)` messages (True) or die of them (False); return the previous setting."""
    ties = current_actor().tied()
    previous, ties.traps = ties.traps, trap
    return previous


def send_exit(ref: ActorRef, reason: ExitReason) -> None:
    """Send an exit signal. `Normal` is dropped unless trapped, or sent to oneself.

    Raises:
        ActorExit: sent to oneself, not trapped.
        TypeError: `ref` is not an `ActorRef` or `reason` not an exit reason.
    """
    me, other = current_actor(), addressed(ref)
    checked_reason(reason)
    if other.scheduler is not me.scheduler:
        other.scheduler.inbox.post(other.signalled, me, reason)
        return
    if other is me and not me.tied().traps:
        raise ActorExit(reason)
    other.signalled(me, reason)


def kill(ref: ActorRef) -> None:
    """End an actor by force; it cannot be trapped.

    Others see `Killed`, and its name is free, at once, while its `finally` blocks may still run; an actor of another
    thread, as soon as that thread's hub runs. A greenlet that the
    runtime did not start cannot be killed.

    Raises:
        ActorExit: the caller killed itself.
        ValueError: it stands for a greenlet that the runtime did not start.
        TypeError: `ref` is not an `ActorRef`.
    """
    other = addressed(ref)
    if other.reason is not None:
        return
    if other.foreign:
        raise ValueError(f"{other} was not started by the runtime and cannot be killed; kill its greenlet instead")
    if other.scheduler.thread != get_ident():
        other.scheduler.inbox.post(kill, other)
        return
    doom = KillDoom(other, KILLED)
    other.scheduler.kill(other, doom)
    if other is current_actor():
        doom.checkpoint()


def register(name: str, ref: ActorRef) -> None:
    """Give an actor a name, until it ends.

    Raises:
        NameTakenError: another live actor has the name.
        ValueError: the actor has ended or has a name already, or the name is empty.
        TypeError: the name is not text or `ref` not an `ActorRef`.
        ClosedError: the actor belongs to another thread, whose runtime was closed.
    """
    actor = addressed(ref)
    if actor.scheduler.thread == get_ident():
        claim(name, actor)
    else:
        remotely(actor.scheduler, claim, name, actor)


def unregister(name: str) -> None:
    """Free a name; nothing happens if nobody has it."""
    release(name)
