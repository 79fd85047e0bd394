"""What a supervisor needs of the machine room: actors that end with it whatever they do, and ends that it waits for."""

from __future__ import annotations

from actors import clock
from actors.clock import Seconds
from actors.exits import ExitReason
from actors.runtime import abroad
from actors.runtime.actor import TIMED_OUT, WAITING, Actor, ActorRef, Wakening
from actors.runtime.arguments import addressed
from actors.runtime.current import current_actor
from actors.runtime.farewell import Awaited, Down
from actors.runtime.links import are_linked, demonitor, kill, link, monitor, part, send_exit
from actors.runtime.mailbox import receive

HAS_ENDED = Wakening()


def supervise() -> None:
    """From here on, those that the caller spawns and is linked with end with it, even if they trap exits."""
    me = current_actor()
    me.tied().supervised = {}


def adopt(ref: ActorRef) -> Actor:
    """Have an actor end when the caller ends, whatever it traps and unlinks, and link it with the caller; return it.

    Nothing happens if it has ended.
    """
    me, child = current_actor(), addressed(ref)
    if child.reason is None:
        if child.peer is not me and not are_linked(me, child):
            link(child)
        ties = me.tied()
        if ties.supervised is None:
            ties.supervised = {}
        ties.supervised[child] = None
    return child


def released(child: Actor) -> None:
    """The caller has learnt that a child of its has ended."""
    supervised = current_actor().tied().supervised
    if supervised is not None:
        supervised.pop(child, None)


class Parting(Awaited):
    """One child that the caller, its supervisor, tells to end and waits for; its `Exit` does not come."""

    __slots__ = ("child", "me")
    hears = True

    def __init__(self, child: Actor) -> None:
        """Take the child."""
        self.me = current_actor()
        self.child = child

    def tell(self, reason: ExitReason) -> None:
        """Tell the child to end; it cannot trap that."""
        child = self.child
        part(self.me, child)
        if child.reason is None:
            child.tied().awaited[self] = None
            if child.doom is None:
                child.signalled(self.me, reason)

    def wait(self, seconds: Seconds) -> bool:
        """Wait until it has ended, for so many seconds; tell whether it has. Others go on meanwhile."""
        me, child = self.me, self.child
        if seconds == 0:
            return child.reason is not None
        until = None if seconds is None else clock.monotonic() + seconds
        try:
            while child.reason is None:
                if me.doom is not None:
                    me.doom.checkpoint()
                if me.scheduler.wait(me, self, seconds) is TIMED_OUT:
                    break
                if until is not None:
                    seconds = max(0.0, until - clock.monotonic())
        finally:
            if child.ties is not None:
                child.ties.awaited.pop(self, None)
            ended = child.reason is not None
            del me, child  # an error keeps this frame
        return ended

    def kill(self) -> None:
        """End it by force, told or not; it has ended when this returns, though its clean-up may go on."""
        part(self.me, self.child)
        kill(self.child)

    def receiver_ended(self, reason: ExitReason) -> None:
        """It has ended: whoever waits goes on."""
        me = self.me
        if me.waiting is self and me.activity == WAITING:
            me.scheduler.wake(me, HAS_ENDED)


class PartingAbroad(Parting):
    """The same for a child of another thread."""

    __slots__ = ("watch",)

    def __init__(self, child: Actor) -> None:
        """Take the child."""
        super().__init__(child)
        self.watch = monitor(child)
        abroad.unlink(self.me, child)

    def tell(self, reason: ExitReason) -> None:
        """Tell the child to end; it cannot trap that."""
        send_exit(self.child, reason)

    def wait(self, seconds: Seconds) -> bool:
        """Wait until it has ended, for so many seconds; tell whether it has."""
        try:
            receive(seconds, match=lambda message: isinstance(message, Down) and message.monitor is self.watch)
        except TimeoutError:
            return self.child.reason is not None
        except BaseException:
            demonitor(self.watch, flush=True)
            raise
        return True

    def kill(self) -> None:
        """End it by force, and wait until its thread has seen that."""
        kill(self.child)
        self.wait(None)


def parting_with(child: Actor) -> Parting:
    """Return the parting of the caller with a child of its."""
    return Parting(child) if child.scheduler is current_actor().scheduler else PartingAbroad(child)
