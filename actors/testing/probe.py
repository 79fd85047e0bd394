"""`Probe`: an actor whose mailbox a test reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gevent

from actors.clock import checked_seconds
from actors.exits import NORMAL, ExitReason, checked_reason
from actors.runtime.actor import ActorRef
from actors.runtime.current import Foreign
from actors.runtime.mailbox import receive_in
from actors.runtime.scheduler import scheduler_here
from actors.testing.quiet import settle

M = TypeVar("M")


class Probe:
    """An actor without a body: a target of send, link and monitor, an owner of computations.

    It traps exits: those of actors that are linked to it are messages.
    """

    def __init__(self) -> None:
        """Be alive, with an empty mailbox, in the calling thread."""
        self._actor = Foreign(scheduler_here(), None)
        self._actor.tied().traps = True

    @property
    def ref(self) -> ActorRef:
        """Its address."""
        return self._actor

    @property
    def messages(self) -> list[Any]:
        """What is queued, oldest first; nothing is taken."""
        return list(self._actor.mailbox or ())

    def receive(self, timeout: float = 1.0) -> Any:
        """Take the next message.

        *Blocks until* there is one.

        Args:
            timeout: seconds of real time, whatever clock is installed; 0 takes only what is there.

        Raises:
            TimeoutError: no message came.
            RuntimeError: the probe has ended.
            ValueError: `timeout` is negative.
        """
        return self._take(timeout, None)

    def expect(self, kind: type[M], timeout: float = 1.0) -> M:
        """Take the next message of a class; others stay queued.

        *Blocks until* there is one.

        Args:
            timeout: seconds of real time, whatever clock is installed; 0 takes only what is there.

        Raises:
            AssertionError: none came; the message lists what did.
            RuntimeError: the probe has ended.
            ValueError: `timeout` is negative.
        """
        try:
            taken: M = self._take(timeout, lambda message: isinstance(message, kind))
        except TimeoutError:
            raise AssertionError(
                f"expected {kind.__qualname__} within {timeout} seconds; queued: {self._listed()}"
            ) from None
        return taken

    def nothing(self) -> None:
        """Let everything run (see `settle`) and check that no message is queued.

        *Blocks until* every greenlet of this thread is blocked.

        Raises:
            AssertionError: messages are queued; it lists them.
            TimeoutError: the actors do not come to rest.
        """
        settle()
        if self._actor.mailbox:
            raise AssertionError(f"expected no message; queued: {self._listed()}")

    def end(self, reason: ExitReason = NORMAL) -> None:
        """End, as an actor with this exit reason would; nothing happens if it has ended.

        Raises:
            TypeError: it is not an exit reason.
        """
        self._actor.finish(checked_reason(reason))

    def _take(self, timeout: float, match: Callable[[Any], bool] | None) -> Any:
        checked_seconds("timeout", timeout)
        if not self._actor.alive:
            raise RuntimeError(f"this probe has ended: {self._actor.reason}")
        if timeout == 0:
            return receive_in(self._actor, 0, match)
        with gevent.Timeout(timeout) as limit:
            try:
                return receive_in(self._actor, None, match)
            except gevent.Timeout as expired:
                if expired is not limit:
                    raise
                raise TimeoutError(f"no message within {timeout} seconds; queued: {self._listed()}") from None

    def _listed(self) -> str:
        return ", ".join(map(repr, self.messages)) or "nothing"

    def __repr__(self) -> str:
        """Say how many messages are queued."""
        return f"<Probe {'with' if self._actor.alive else 'ended, with'} {len(self.messages)} messages>"
