"""What a supervisor needs of the machine room: actors that end with it whatever they do, and ends that it waits for."""

from __future__ import annotations

from actors import clock
from actors.clock import Seconds
from actors.exits import ExitReason
from actors.runtime import abroad
from actors.runtime.actor import TIMED_OUT, WAITING, Actor, Ties, Wakening
from actors.runtime.current import current_actor
from actors.runtime.farewell import Down, Monitor
from actors.runtime.links import are_linked, demonitor, kill, link, monitor, send_exit
from actors.runtime.mailbox import receive

HAS_ENDED = Wakening()


def supervise() -> None:
    """From here on, those that the caller spawns and is linked with end with it, even if they trap exits."""
    me = current_actor()
    me.tied().supervised = {}


def adopt(me: Actor, child: Actor) -> None:
    """Have an actor end when the caller, `me`, ends, whatever it traps and unlinks, and link it with the caller.

    Nothing happens if it has ended.
    """
    if child.reason is None:
        if child.peer is not me and not are_linked(me, child):
            link(child)
        ties: Ties = me.tied()
        if ties.supervised is None:
            ties.supervised = {}
        ties.supervised[child] = None


def released(supervisor: Actor, child: Actor) -> None:
    """A supervisor has learnt that a child of its has ended."""
    supervised = supervisor.tied().supervised
    if supervised is not None:
        supervised.pop(child, None)


class Parting(Monitor):
    """One child that the caller, its supervisor, tells to end and waits for; its `Exit` does not come."""

    __slots__ = ()

    def tell(self, reason: ExitReason) -> None:
        """Tell the child to end; it cannot trap that."""
        me, child = self.watcher, self.ref
        undo(me, child)
        undo(child, me)
        if child.reason is None:
            if child.monitors is None:
                child.monitors = [self]
            else:
                child.monitors.append(self)
            child.signalled(me, reason)

    def wait(self, seconds: Seconds) -> bool:
        """Wait until it has ended, for so many seconds; tell whether it has. Others go on meanwhile."""
        me, child = self.watcher, self.ref
        if child.reason is not None or seconds == 0:
            return child.reason is not None
        began = clock.monotonic()
        left = seconds
        scheduler = me.scheduler
        try:
            while child.reason is None:
                if me.doom is not None:
                    me.doom.checkpoint()
                if scheduler.wait(me, self, left) is TIMED_OUT:
                    break
                if seconds is not None and child.reason is None:
                    left = max(0.0, began + seconds - clock.monotonic())
        finally:
            ended = child.reason is not None
            if not ended and child.monitors is not None and self in child.monitors:
                child.monitors.remove(self)
            me = child = None  # type: ignore[assignment]  # an error keeps this frame
        return ended

    def kill(self) -> None:
        """End it by force, told or not; it has ended when this returns, though its clean-up may go on."""
        undo(self.watcher, self.ref)
        undo(self.ref, self.watcher)
        kill(self.ref)

    def receiver_ended(self, reason: ExitReason) -> None:
        """It has ended: whoever waits goes on."""
        me = self.watcher
        if me.waiting is self and me.activity == WAITING:
            me.scheduler.wake(me, HAS_ENDED)


class PartingAbroad(Parting):
    """The same for a child of another thread."""

    __slots__ = ("watch",)

    def __init__(self, me: Actor, child: Actor) -> None:
        """Take the caller and the child."""
        super().__init__(me, child)
        self.watch = monitor(child)
        abroad.unlink(me, child)

    def tell(self, reason: ExitReason) -> None:
        """Tell the child to end; it cannot trap that."""
        send_exit(self.ref, reason)

    def wait(self, seconds: Seconds) -> bool:
        """Wait until it has ended, for so many seconds; tell whether it has."""
        try:
            receive(seconds, match=self.is_end)  # no lambda: the compiler makes none in a method that overrides
        except TimeoutError:
            return self.ref.reason is not None
        except BaseException:
            demonitor(self.watch, flush=True)
            raise
        return True

    def is_end(self, message: object) -> bool:
        """Tell whether a message says that the child has ended."""
        return isinstance(message, Down) and message.monitor is self.watch

    def kill(self) -> None:
        """End it by force, and wait until its thread has seen that."""
        kill(self.ref)
        self.wait(None)


def undo(one: Actor, two: Actor) -> None:
    """Undo one actor's half of a link with another of this thread."""
    if one.peer is two:
        one.peer = None
    elif one.ties is not None:
        one.ties.links.pop(two, None)


def parting_with(me: Actor, child: Actor) -> Parting:
    """Return the parting of the caller with a child of its."""
    return Parting(me, child) if child.scheduler is me.scheduler else PartingAbroad(me, child)
