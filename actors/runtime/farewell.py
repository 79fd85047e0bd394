"""What is said when an actor ends: exit signals over links, `Down` to monitors, the end of what it owned.

A name is free before anyone learns that its holder ended. Here too: where messages go that nobody can receive, and
crashes that nobody watches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actors import telemetry
from actors.exits import Crash, ExitReason, Normal
from actors.outcomes import Cancelled, ComputationEvent, OwnerEnded
from actors.runtime import registry

if TYPE_CHECKING:
    from actors.runtime.actor import Actor, ActorRef, Ties


class Exit:
    """An exit signal as a message, for an actor that traps exits: who ended, and why."""

    __slots__ = ("reason", "ref")
    __match_args__ = ("ref", "reason")

    def __init__(self, ref: ActorRef, reason: ExitReason) -> None:
        """Take who ended and why."""
        self.ref = ref
        self.reason = reason

    def __repr__(self) -> str:
        """Show both."""
        return f"Exit({self.ref}, {self.reason})"


class Awaited:
    """A message whose sender waits and is told of the receiver's end by `receiver_ended`; so it is never a dead letter."""

    __slots__ = ()
    hears = False  # the sender learns of a crash as its own: it need not be reported

    def receiver_ended(self, reason: ExitReason) -> None:
        """Tell the sender."""
        raise NotImplementedError


class Monitor:
    """One actor told of the end of another; what `monitor` returns and `Down` carries.

    A subclass is told itself, by `receiver_ended`.
    """

    __slots__ = ("ref", "watcher")

    def __init__(self, watcher: Actor, ref: Actor) -> None:
        """Take who watches whom."""
        self.watcher = watcher
        self.ref = ref

    def __repr__(self) -> str:
        """Show who is watched."""
        return f"<Monitor of {self.ref}>"

    def receiver_ended(self, reason: ExitReason) -> None:
        """Tell a subclass."""
        raise NotImplementedError


class Down:
    """The one message of a monitor: the watched actor has ended."""

    __slots__ = ("monitor", "reason", "ref")
    __match_args__ = ("monitor", "ref", "reason")

    def __init__(self, monitor: Monitor, ref: ActorRef, reason: ExitReason) -> None:
        """Take the monitor, who ended and why."""
        self.monitor = monitor
        self.ref = ref
        self.reason = reason

    def __repr__(self) -> str:
        """Show who ended and why."""
        return f"Down({self.ref}, {self.reason})"


def watch(watcher: Actor, actor: Actor) -> None:
    """Have an actor told of the end of another that is new."""
    made = Monitor(watcher, actor)
    actor.monitors = [made]
    ties: Any = watcher.ties or watcher.tied()
    ties.monitoring[made] = None


def say(actor: Actor, reason: ExitReason, heard: bool = False) -> None:
    """Tell everybody tied to an actor that it has ended; `heard`: its owner was told already."""
    ties = actor.ties
    if ties is not None and (ties.name is not None or ties.entries is not None):
        registry.released(actor, ties)
    peer = actor.peer
    if peer is not None:
        actor.peer = None
        tied: Any = peer.ties
        del tied.links[actor]
        if tied.traps or type(reason) is not Normal:  # another's `Normal` is no signal
            heard = heard or hears(peer)
            peer.signalled(actor, reason)
    if actor.monitors is not None:
        heard = True
        tell_monitors(actor, reason)
    if ties is not None:
        heard = heard or not isinstance(reason, Crash) or heard_by(ties)
        untie(actor, reason)
    if not heard and isinstance(reason, Crash):
        lost(actor, reason.error)
    if actor.mailbox is not None:  # none from here on: by that `send` knows the dead
        leftover, actor.mailbox = actor.mailbox, None
        for message in leftover:
            dead_letter(actor, message)


def heard_by(ties: Ties) -> bool:
    """Tell whether somebody learns of a crash through a link, or from a call that waits for its reply."""
    return any(map(hears, ties.links)) or any(message.hears for message in ties.awaited)


def hears(other: Actor) -> bool:
    """Tell whether somebody learns of a crash through a link to `other`, and not only dies of it."""
    return other.foreign or other.asks or (other.ties is not None and other.ties.traps)


def tell_monitors(actor: Actor, reason: ExitReason) -> None:
    """Send each monitor of an actor its `Down`."""
    monitors, actor.monitors = actor.monitors or [], None
    for monitor in monitors:
        if type(monitor) is not Monitor:
            monitor.receiver_ended(reason)
            continue
        watcher = monitor.watcher
        down = Down(monitor, actor, reason)
        if watcher.scheduler is not actor.scheduler:
            watcher.scheduler.inbox.post(went_down, down)
            continue
        tied: Any = watcher.ties
        tied.monitoring.pop(monitor, None)
        watcher.deliver(down)


def untie(actor: Actor, reason: ExitReason) -> None:
    """Undo what an actor that has ended tied: tell its callers, signal its links, cancel its runs, end its monitors."""
    ties = actor.tied()
    if ties.awaited:
        for message in list(ties.awaited):
            message.receiver_ended(reason)
        ties.awaited.clear()
    for other in list(ties.links):
        if other.scheduler is not actor.scheduler:
            other.scheduler.inbox.post(link_ended, other, actor, reason)
            continue
        if other.peer is actor:
            other.peer = None
            if ties.supervised is not None:  # a supervisor has spawned it: it cannot trap this
                ties.supervised[other] = None
        else:
            other.tied().links.pop(actor, None)
        other.signalled(actor, reason)
    ties.links.clear()
    if ties.children:
        children, ties.children = ties.children, {}
        for run in list(children):  # one that another thread starts may be added meanwhile
            run.owner_ended(reason)
    if ties.supervised is not None:
        end_supervised(actor, ties, reason)
    if ties.monitoring:
        end_monitors(actor, ties)


def end_monitors(actor: Actor, ties: Ties) -> None:
    """End the monitors that an actor had on others."""
    for monitor in ties.monitoring:
        if monitor.ref.scheduler is not actor.scheduler:
            monitor.ref.scheduler.inbox.post(forget, monitor)
        elif monitor.ref.monitors is not None:
            monitor.ref.monitors.remove(monitor)
    ties.monitoring.clear()


def supervises(one: Any, other: Actor) -> bool:
    """Tell whether one actor supervises another."""
    ties: Ties | None = one.ties
    return ties is not None and ties.supervised is not None and other in ties.supervised


def end_supervised(supervisor: Actor, ties: Ties, reason: ExitReason) -> None:
    """End what a supervisor that has ended left behind: it was killed, or they are not linked with it any more."""
    supervised = ties.supervised or {}
    abroad = {child: None for child in supervised if child.scheduler is not supervisor.scheduler}
    ties.supervised = abroad or None  # their signals are still under way
    for child in supervised:
        if child in abroad:
            child.scheduler.inbox.post(child.supervisor_ended, supervisor, reason)
        else:
            child.supervisor_ended(supervisor, reason)


# What is posted to the thread of whoever hears of it.


def link_ended(actor: Actor, other: Actor, reason: ExitReason) -> None:
    """Take the signal of a link, unless it was undone meanwhile; in the actor's hub."""
    if actor.ties is not None and actor.ties.links.pop(other, None) is not None:
        actor.signalled(other, reason)


def went_down(down: Down) -> None:
    """Deliver a `Down`, unless its monitor was dropped meanwhile; in the watcher's hub."""
    watcher = down.monitor.watcher
    if watcher.tied().monitoring.pop(down.monitor, down) is None:
        watcher.deliver(down)


def forget(made: Monitor) -> None:
    """Drop a monitor; in the watched actor's hub."""
    if made.ref.monitors is not None and made in made.ref.monitors:
        made.ref.monitors.remove(made)


def shown(value: object) -> str:
    """Return the repr of something of the user's, whatever that does."""
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"


def worded(error: Exception) -> str:
    """Return the message of an error of the user's, or its type's name where it has none."""
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__


class DeadLetters:
    """Messages that nobody can receive: counted, reported at most once a second, given to subscribers."""

    def __init__(self) -> None:
        """Begin at none."""
        self.count = 0
        self._subscribers: tuple[Callable[[ActorRef, Any], None], ...] = ()
        self._log = telemetry.OncePerSecond("warning", "dead letter")

    def subscribe(self, subscriber: Callable[[ActorRef, Any], None]) -> Callable[[], None]:
        """Give every dead letter to `subscriber(ref, message)`; call what is returned to stop. It must not block."""
        self._subscribers = (*self._subscribers, subscriber)

        def stop() -> None:
            self._subscribers = tuple(other for other in self._subscribers if other is not subscriber)

        return stop

    def add(self, ref: ActorRef, message: Any) -> None:
        """Take one more."""
        self.count += 1
        for subscriber in self._subscribers:
            try:
                subscriber(ref, message)
            except Exception as error:
                telemetry.report("error", "dead letter subscriber failed", error=error, exc_info=error)
        data = (
            {"tag": message.tag, "outcome": type(message.outcome).__name__} if isinstance(message, ComputationEvent) else {}
        )
        self._log.report(actor=shown(ref), message=type(message).__name__, count=self.count, **data)


dead_letters = DeadLetters()


def dead_letter(actor: ActorRef, message: Any) -> None:
    """Take a message that nobody can receive; an exit, down or call for the dead is none, nor what its own end led to."""
    match message:
        case Exit() | Down() | Awaited() | ComputationEvent(outcome=Cancelled(reason=OwnerEnded(), error=None)):
            pass
        case _:
            dead_letters.add(actor, message)


def lost(actor: ActorRef, error: BaseException) -> None:
    """Report a crash that nobody watches."""
    telemetry.report("error", "actor crashed", actor=shown(actor), error=error, exc_info=error)


def abandoned(actor: ActorRef, count: int) -> None:
    """Report an actor whose body swallowed its kill."""
    telemetry.report("error", "actor abandoned", actor=shown(actor), abandoned=count)


def high_water(actor: ActorRef, messages: int, mark: int) -> int:
    """Report the deepest mailbox yet, and return how deep one has to be for the next report."""
    telemetry.report("warning", "mailbox high", actor=shown(actor), messages=messages)
    while mark <= messages:
        mark *= 2
    return mark
