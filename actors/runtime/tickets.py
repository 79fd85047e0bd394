"""Tickets: what actors wait for that a native thread does for them, in whatever thread they are.

The thread does many things at once and says so at once: each hub in which somebody waits is woken once for all of them
(`hand_over`). A wait that is interrupted leaves what was asked for as it is: it is done all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent.monkey import get_original

from actors import clock
from actors.clock import checked_seconds
from actors.runtime.actor import TIMED_OUT, WAITING, Actor
from actors.runtime.current import current_actor
from actors.runtime.remote import check_may_wait

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actors.runtime.inbox import Inbox

_of_thread: Any = get_original("_thread", "_local")()


class Ticket:
    """Something that was asked of a native thread: over when `done`, with a `value`, or an `error` that `wait` raises."""

    __slots__ = ("__weakref__", "done", "error", "value", "waiters")

    def __init__(self) -> None:
        """Begin undone."""
        self.done = False
        self.value: Any = None
        self.error: Exception | None = None
        self.waiters: tuple[Actor, ...] = ()

    def wait(self, timeout: float | None = None) -> Any:
        """Return the value as soon as it is done.

        *Blocks until* it is done; only the calling actor, greenlet or plain thread waits. Whoever is interrupted here
        (cancelled, killed, by a `gevent.Timeout`) has taken nothing back: it is done all the same.

        Args:
            timeout: seconds; None for no limit, 0 to ask only.

        Raises:
            TimeoutError: it is not done within `timeout` seconds; wait again, or withdraw it where that can be done.
            ValueError: `timeout` is negative.
            Exception: what went wrong.
        """
        if not self.done:
            self._wait(checked_seconds("timeout", timeout))
        if self.error is not None:
            raise self.error.with_traceback(None)
        return self.value

    def _wait(self, timeout: float | None) -> None:
        me = current_actor()
        check_may_wait(me)
        inbox = me.scheduler.inbox
        inbox.hold()
        inbox.watch()  # all that can wake it is another thread, which may not have begun to run
        _of_thread.awaited = tickets_awaited() + 1
        self.waiters = (*self.waiters, me)  # before the look at `done`, which the other thread sets before its look here
        try:
            self._park(me, timeout)
        finally:
            self.waiters = tuple([waiter for waiter in self.waiters if waiter is not me])
            _of_thread.awaited -= 1
            inbox.release()

    def _park(self, me: Actor, timeout: float | None) -> None:
        until = None if timeout is None else clock.monotonic() + timeout
        left = timeout
        while not self.done:
            if me.scheduler.wait(me, self, left) is TIMED_OUT and not self.done:
                raise TimeoutError(f"{self} is not done after {timeout} seconds; it is still being worked on")
            left = None if until is None else max(0.0, until - clock.monotonic())

    def __repr__(self) -> str:
        """Tell whether it is done."""
        return f"<{type(self).__name__}{' done' if self.done else ''}>"


def done(value: Any = None, error: Exception | None = None) -> Ticket:
    """Return a ticket for something that is done already."""
    ticket = Ticket()
    ticket.value = value
    ticket.error = error
    ticket.done = True
    return ticket


def hand_over(tickets: Iterable[Ticket]) -> None:
    """Say that these are done, whose values and errors are in place; callable from any thread, never blocks."""
    woken: dict[Inbox, list[tuple[Ticket, Actor]]] = {}
    for ticket in tickets:
        ticket.done = True
        for waiter in ticket.waiters:
            woken.setdefault(waiter.scheduler.inbox, []).append((ticket, waiter))
    for inbox, waits in woken.items():
        inbox.post(_wake, waits)


def _wake(waits: list[tuple[Ticket, Actor]]) -> None:
    """Wake those who still wait; in their hub."""
    for ticket, waiter in waits:
        if waiter.waiting is ticket and waiter.activity == WAITING:
            waiter.scheduler.wake(waiter, None)


def tickets_awaited() -> int:
    """Return for how many tickets actors of this thread wait."""
    count: int = getattr(_of_thread, "awaited", 0)
    return count
