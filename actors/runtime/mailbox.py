"""`send` and `receive`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from actors.clock import Seconds, checked_seconds
from actors.runtime.actor import EMPTY, READY, RECEIVING, RUNNING, SIGNALLED, TIMED_OUT, Actor, ActorRef, Wakening
from actors.runtime.current import current_actor
from actors.runtime.deadlock import explain_deadlock
from actors.runtime.scheduler import Scheduler, get_ident, switch
from actors.runtime.worker import WORKER

if TYPE_CHECKING:
    from actors.runtime.doom import Doom

MESSAGE = "a message (receive)"  # what is waited for, in errors


def send(ref: ActorRef, message: Any, *, timeout: Seconds = None) -> None:
    """Put a message in an actor's mailbox. Never fails because the actor is dead.

    *Blocks until* there is room if the mailbox has a bound (`spawn(…, mailbox=n)`) and is full; else never. Messages
    from one actor to another arrive in the order they were sent. A message to a dead actor becomes a dead letter.

    Args:
        ref: whom it is for.
        message: anything.
        timeout: seconds to wait for room; None waits for ever, 0 does not wait. Without a bound it means nothing.

    Raises:
        DeadlockError: where it blocks, nobody is left who could make room.
        MailboxFullError: there was no room within `timeout`, or the caller is the receiver itself, or the hub.
        TypeError: `ref` is not an `ActorRef`.
        ValueError: `timeout` is negative.
        LinkedExitError: where it blocks, in a greenlet the runtime did not start, when an actor linked to it has ended.
    """
    if not isinstance(ref, Actor):
        raise TypeError(f"send({ref!r}, …): not an ActorRef; spawn, current(), whereis and runner.ref give one")
    to: Actor = ref
    scheduler = to.scheduler
    if scheduler.thread != get_ident():
        to.sent_from_abroad(message, timeout)
        return
    if to.activity == RECEIVING:
        if not scheduler.active:
            scheduler.kick()  # first what may raise, where no room for a call is left
        scheduler.ready.append(to)
        to.slot = message
        to.activity = READY
    elif to.mailbox is not None and timeout is None:
        to.mailbox.append(message)
    elif timeout is None:
        to.take(message)
    else:
        to.sent(message, timeout)


def receive(timeout: Seconds = None, *, match: Callable[[Any], bool] | None = None) -> Any:
    """Take the next message, or the first for which `match(message)` holds, leaving the rest in place.

    *Blocks until* there is one. A receive that finds a message counts toward the budget, so that a busy receiver does
    not starve others.

    Args:
        timeout: seconds; None waits for ever, 0 takes only what is there.
        match: a predicate; what it raises comes out of `receive` and leaves the mailbox as it was.

    Raises:
        DeadlockError: nobody is left who could send one.
        TimeoutError: no message within `timeout`.
        RuntimeError: called inside a computation, whose mailbox takes control messages only.
        LinkedExitError: in a greenlet the runtime did not start, when an actor linked to it has ended.
        ValueError: `timeout` is negative.
    """
    here: Any = getcurrent()
    me: Actor = here.actor if type(here) is WORKER else current_actor()
    if me.doom is not None:
        me.doom.checkpoint()
    if timeout is not None or match is not None:
        checked_seconds("timeout", timeout)
        return receive_in(me, timeout, match)
    scheduler = me.scheduler
    mailbox = me.mailbox
    if mailbox:
        budget = scheduler.budget - 1
        scheduler.budget = budget
        if budget <= 0:
            scheduler.breathe(me)
            mailbox = me.mailbox or mailbox
        return mailbox.popleft()
    if type(me) is not Actor or me.reason is not None:
        me.before_receiving()
    while (message := _next_message(me, scheduler)) is SIGNALLED:
        doom: Doom | None = me.doom
        if doom is not None and doom.must_raise():  # else it is being handled already
            raise doom.prepare()  # in this frame: each that the signal passes is a tenth of the cost of an end
    return message


def _next_message(me: Actor, scheduler: Scheduler) -> Any:
    """Park until a message or a signal comes: `Scheduler.park`, written out for an actor that the runtime started."""
    target = scheduler.next_target()  # before the state is changed: there may be no room for a call
    try:
        me.since = scheduler.now
        me.activity = RECEIVING
        if me.greenlet is None:
            return scheduler.park_foreign(me, target)
        switch(target)
        while me.activity != READY:  # pyright: ignore[reportUnnecessaryComparison]  # a stray wake-up
            switch(scheduler.hub)
    except BaseException:
        scheduler.unpark(me)
        put_back(me, 0)
        explain_deadlock(me, MESSAGE)
        raise
    me.activity = RUNNING
    message = me.slot
    me.slot = EMPTY
    return message


def receive_in(me: Actor, timeout: Seconds, match: Callable[[Any], bool] | None) -> Any:
    """Receive from an actor's mailbox with a limit or a predicate; see `receive`."""
    me.before_receiving()
    scheduler = me.scheduler
    limited = timeout is not None and timeout > 0
    scanned = 0
    if limited:
        scheduler.limit(me, timeout or 0.0)
    try:
        while True:
            mailbox = me.mailbox or ()
            for index in range(scanned, len(mailbox)):
                if match is None or match(mailbox[index]):
                    return _take_at(me, index)
            scanned = len(mailbox)
            if timeout == 0:
                raise TimeoutError("no message is there (timeout=0)")
            if limited and me.timeout is None:  # it ran out as another message arrived
                raise _too_late(timeout)
            _next_arrival(me, scanned, timeout)
    finally:
        if limited:
            scheduler.unlimit(me)


def _take_at(me: Actor, index: int) -> Any:
    mailbox = me.mailbox
    assert mailbox is not None
    message = mailbox[index]
    del mailbox[index]
    me.scheduler.budget -= 1
    if me.scheduler.budget <= 0:
        try:
            me.scheduler.breathe(me)
        except BaseException:
            if me.mailbox is None:
                me.take(message)  # it was killed meanwhile, and has not received it
            else:
                mailbox.insert(index, message)
            raise
    return message


def _next_arrival(me: Actor, scanned: int, timeout: Seconds) -> None:
    """Park until a message arrives, and queue it where it belongs: behind what was scanned, before later ones."""
    scheduler = me.scheduler
    me.activity = me.arriving() if scanned else RECEIVING
    try:
        message = scheduler.park(me, scheduler.next_target())
    except BaseException:
        put_back(me, scanned)
        explain_deadlock(me, MESSAGE)
        raise
    if message is TIMED_OUT:
        raise _too_late(timeout)
    me.slot = message
    put_back(me, scanned)


def _too_late(timeout: Seconds) -> TimeoutError:
    return TimeoutError(f"no matching message within {timeout} seconds")


def put_back(me: Actor, index: int) -> None:
    """Queue a message that was handed over but could not be taken."""
    message, me.slot = me.slot, EMPTY
    if not isinstance(message, Wakening):
        if me.mailbox is None:
            me.take(message)
        else:
            me.mailbox.insert(index, message)
