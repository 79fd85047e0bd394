"""Bounded mailboxes: `send` blocks its sender until there is room.

The bound costs nothing to those who have none: the hot path of `send` appends to a queue, and the queue of a bounded
actor is one whose `append` waits and whose `popleft` lets in who waits. What is never held back (exits, downs,
computation events) comes through `deliver` and `take` and goes past the bound.

Invariants: a sender waits only while the mailbox is full or others wait before it; whoever makes room lets in the first
that still waits; a message is either in the queue or in the line, never in both. A message handed straight to a receiver
does not count; one that it turns out not to want may fill its mailbox to one above the bound.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, SupportsIndex

from greenlet import getcurrent

from actors import telemetry
from actors.clock import checked_seconds
from actors.exits import ActorsError, ExitReason
from actors.runtime import farewell
from actors.runtime.actor import RECEIVING, TIMED_OUT, WAITING, Activity, Actor, ActorRef
from actors.runtime.current import current_actor
from actors.runtime.deadlock import explain_deadlock
from actors.runtime.remote import remotely
from actors.runtime.scheduler import Scheduler

MATCHING = "a match, or what is never held back"  # what a full receiver waits for

_append: Callable[[deque[Any], Any], None] = deque[Any].append  # past the bound


class MailboxFullError(ActorsError):
    """A message was not taken, because the receiver's mailbox has no room; `ref` and `message` say whose and which."""

    def __init__(self, ref: Bounded, message: Any, why: str) -> None:
        """Take the receiver, what was to be sent, and why its sender does not wait."""
        super().__init__(
            f"the mailbox of {ref} is full with {len(ref.mailbox or ())} of at most {ref.most} messages, and {why}; "
            "send with a longer timeout, or have it receive sooner"
        )
        self.ref: ActorRef = ref
        self.message = message


class Held:
    """A message in the line before a full mailbox, with its sender, who waits for exactly this."""

    __slots__ = ("message", "sender")

    def __init__(self, sender: Actor, message: Any) -> None:
        """Take who waits, and with what."""
        self.sender = sender
        self.message = message

    def __repr__(self) -> str:
        """Show what its sender waits for."""
        return f"room for {farewell.shown(self.message)}"


class BoundedQueue(deque[Any]):
    """The mailbox of a bounded actor. Its `append` is that of a sender and may block; `deque.append` may not."""

    __slots__ = ("actor",)

    def __init__(self, actor: Bounded) -> None:
        """Belong to an actor."""
        super().__init__()
        self.actor = actor

    def append(self, message: Any) -> None:
        """Take a message that was sent; *blocks until* there is room."""
        self.actor.sent(message, None)

    def popleft(self) -> Any:
        """Take the first message out, and let in who waits."""
        message = super().popleft()
        self.actor.let_in()
        return message

    def extend(self, messages: Iterable[Any]) -> None:
        """Take back what was left of a mailbox from which some were taken out, and let in who waits."""
        super().extend(messages)
        self.actor.let_in()

    def __delitem__(self, index: SupportsIndex) -> None:  # type: ignore[override]  # never a slice: deque takes none
        """Take a message out of the middle, and let in who waits."""
        super().__delitem__(index)
        self.actor.let_in()


class Bounded(Actor):
    """An actor whose mailbox has a bound."""

    __slots__ = ("line", "most", "reported")

    def __init__(self, body: Any, args: tuple[Any, ...], scheduler: Scheduler, most: int) -> None:
        """Take what to run, and how many messages may wait."""
        super().__init__(body, args, scheduler)
        self.most = most
        self.mailbox = BoundedQueue(self)
        self.line: list[Held] = []
        self.reported = False

    # -- what goes past the bound

    def deliver(self, message: Any) -> None:
        """Give it what is never held back."""
        if self.activity == RECEIVING or (self.activity == WAITING and self.waiting is MATCHING):
            self.scheduler.wake(self, message)
        else:
            self.take(message)

    def take(self, message: Any) -> None:
        """Queue what is never held back."""
        if self.reason is not None:
            farewell.dead_letter(self, message)
        else:
            _append(self.queue(), message)

    def queue(self) -> deque[Any]:
        """Return its queue, which it has until it ends."""
        assert self.mailbox is not None
        return self.mailbox

    # -- what was sent

    def has_room(self) -> bool:
        """Tell whether another message may be queued."""
        return len(self.mailbox or ()) < self.most

    def sent(self, message: Any, timeout: float | None) -> None:
        """Take a message that was sent to it while it was not receiving.

        Raises:
            MailboxFullError: there was no room in time, or never can be.
        """
        checked_seconds("timeout", timeout)
        if self.reason is not None or (self.has_room() and not self.line):
            self.take(message)
            return
        if not self.reported:
            self.reported = True  # once for each time that it fills up
            telemetry.emit("mailbox full", actor=self, messages=self.most)
        if timeout == 0:
            raise MailboxFullError(self, message, "its sender does not wait (timeout=0)")
        if getcurrent() is self.scheduler.hub:
            raise MailboxFullError(self, message, "the hub, which is to send, cannot wait; spawn an actor that sends it")
        me = current_actor()
        if me is self:
            raise MailboxFullError(self, message, "is the sender's own: nobody else could make room")
        if me.doom is not None:
            me.doom.checkpoint()
        self.hold(Held(me, message), timeout)

    def sent_from_abroad(self, message: Any, timeout: float | None) -> None:
        """Take a message that was sent from another thread: its sender waits there, an agent of it here."""
        remotely(self.scheduler, self.sent_by_agent, message, checked_seconds("timeout", timeout))

    def sent_by_agent(self, message: Any, timeout: float | None) -> None:
        """Take a message that was sent, whatever it does."""
        if self.activity == RECEIVING:
            self.scheduler.wake(self, message)
        else:
            self.sent(message, timeout)

    def hold(self, held: Held, timeout: float | None) -> None:
        """Have a sender wait in the line."""
        self.line.append(held)
        woken: Any = None
        try:
            woken = held.sender.scheduler.wait(held.sender, held, timeout)
        except BaseException:
            explain_deadlock(held.sender, "room in the mailbox of", self)
            raise
        finally:
            left = held in self.line
            if left:
                self.line.remove(held)
                self.let_in()  # those behind it, for whom there may be room
        if left and woken is TIMED_OUT:
            raise MailboxFullError(self, held.message, f"had no room within {timeout} seconds")
        if left:  # woken by a signal that is being handled already: it stands in line anew
            self.sent(held.message, timeout)

    def let_in(self) -> None:
        """Queue the messages of those who wait, as far as there is room, the first first."""
        while self.line and self.has_room() and self.reason is None:
            held = next((held for held in self.line if waits(held)), None)
            if held is None:
                return  # those left in the line were woken for something else, and leave it as soon as they run
            self.line.remove(held)
            self.deliver(held.message)  # which wakes it, where it has taken everything and waits for a message
            held.sender.scheduler.wake(held.sender, None)
        if not self.line:
            self.reported = False

    def arriving(self) -> Activity:
        """Return the activity in which it waits for a match: if full, only what is never held back wakes it."""
        if self.has_room():
            return RECEIVING
        self.waiting = MATCHING
        return WAITING

    # -- its end

    def killed(self) -> None:
        """It is dead for everybody at once; what it was just given while it waited for a match was not received."""
        if self.waiting is MATCHING:
            self.waiting = None
        super().killed()

    def conclude(self, reason: ExitReason, heard: bool = False) -> None:
        """It is dead from now on: those who wait go free, and what they sent is a dead letter."""
        freed = [held for held in self.line if waits(held)]
        self.line = [held for held in self.line if held not in freed]  # woken for something else: they leave by themselves
        super().conclude(reason, heard=heard)
        for held in freed:
            farewell.dead_letter(self, held.message)
            held.sender.scheduler.wake(held.sender, None)


def bound(actor: Actor, most: int) -> Bounded:
    """Return an actor with a bounded mailbox in place of one that was just made.

    Raises:
        TypeError: the bound is not an int.
        ValueError: it is less than 1.
    """
    if isinstance(most, bool) or not isinstance(most, int):
        raise TypeError(f"mailbox={most!r} is not a number of messages; give an int, or None for no bound")
    if most < 1:
        raise ValueError(f"mailbox={most!r} leaves no room for any message; give 1 or more, or None for no bound")
    return Bounded(actor.body, actor.args, actor.scheduler, most)


def waits(held: Held) -> bool:
    """Tell whether a sender still waits for room, and was not woken for anything else."""
    return held.sender.waiting is held and held.sender.activity == WAITING
