"""What can be cancelled: runs, and the branches of a `parallel`. The signal, the shield, the time limit of clean-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from actors.exits import KILLED, ActorExit, CancelSignal, ExitReason, as_reason
from actors.runtime import native
from actors.runtime.actor import ENDED, NEW, Actor, ActorRef
from actors.runtime.doom import Doom, KillDoom
from actors.runtime.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from actors.runtime.scheduler import Scheduler


class CancelDoom(Doom):
    """The signal of a cancel; `cause` is what the canceller gave as the reason."""

    __slots__ = ("cause",)

    def __init__(self, actor: Actor, cause: object) -> None:
        """Take whom it ends, and why."""
        self.cause = cause
        super().__init__(actor, as_reason(cause))

    def error(self) -> ActorExit:
        """Return a new signal to raise."""
        return CancelSignal(self.cause)


class ShutdownLimit:
    """The time that a cancelled body has to leave its scopes; then it is killed."""

    __slots__ = ("actor", "timeout", "timer")

    def __init__(self, actor: Cancellable) -> None:
        """Take whose time it is."""
        self.actor = actor
        self.timeout: float | None = None
        self.timer: Any = None

    def timed_out(self) -> None:
        """Kill; and the next time, if the body is still there, never switch to it again."""
        self.timer = None
        actor = self.actor
        if actor.reason is not None:
            actor.leaving.limit = None  # the two would be a cycle
            actor.scheduler.forsake(actor)
            return
        actor.scheduler.kill(actor, KillDoom(actor, KILLED))
        actor.scheduler.limit(self, actor.shutdown or 0.0)


class Leaving:
    """What a run or branch needs once it is cancelled or shielded; most never are."""

    __slots__ = ("cause", "limit", "put_off", "shields")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.cause: object = None  # why it was cancelled
        self.limit: ShutdownLimit | None = None
        self.shields = 0
        self.put_off: tuple[object] | None = None  # a cancel that a shield holds off


class Cancellable(Actor):
    """An actor that is ended by a cancel."""

    __slots__ = ("leaving_",)
    asks = True

    def __init__(self, body: Callable[..., Any], args: tuple[Any, ...], scheduler: Scheduler) -> None:
        """Take what to run."""
        super().__init__(body, args, scheduler)
        self.leaving_: Leaving | None = None

    @property
    def leaving(self) -> Leaving:
        """How it is being cancelled or shielded."""
        if self.leaving_ is None:
            self.leaving_ = Leaving()
        return self.leaving_

    @property
    def cause(self) -> object:
        """Why it was cancelled, None if it was not."""
        return None if self.leaving_ is None else self.leaving_.cause

    @property
    def shutdown(self) -> float | None:
        """Seconds that it has to leave its scopes."""
        raise NotImplementedError

    @property
    def run(self) -> Any:
        """The run that it is, or belongs to."""
        raise NotImplementedError

    def timed_out(self) -> None:
        """The time limit of its wait has passed: an answer to what it asked comes too late from now on."""
        super().timed_out()
        self.run.withdraw(self)

    def cancel_for(self, cause: object) -> None:
        """Cancel: now, or when the shield is left; the first reason wins."""
        leaving = self.leaving
        if not leaving.shields:
            self.begin_cancel(cause)
        elif leaving.put_off is None and self.doom is None:
            leaving.put_off = (cause,)
            leaving.cause = cause
            self.begin_shutdown()

    def begin_cancel(self, cause: object) -> None:
        """Send the signal, unless one was sent before."""
        if self.doom is None and self.reason is None:
            self.leaving.cause = cause
            self.scheduler.interrupt(self, CancelDoom(self, cause))

    def shield(self) -> None:
        """Enter a shield; it also holds off a signal that was sent and not yet raised."""
        self.leaving.shields += 1
        doom = self.doom
        if isinstance(doom, CancelDoom) and doom.pending and not doom.raised:
            doom.held = True
            self.begin_shutdown()

    def unshield(self) -> None:
        """Leave a shield; a cancel that it held off is due at the next blocking point."""
        leaving = self.leaving
        leaving.shields -= 1
        if leaving.shields:
            return
        if self.doom is not None and self.doom.held:
            self.doom.held = False
            self.scheduler.deliver(self.doom)
        if leaving.put_off is not None:
            (cause,), leaving.put_off = leaving.put_off, None
            self.begin_cancel(cause)

    def begin_shutdown(self) -> None:
        """Start the time limit of clean-up."""
        leaving, shutdown = self.leaving, self.shutdown
        if leaving.limit is None and shutdown is not None and self.activity not in (NEW, ENDED):
            leaving.limit = ShutdownLimit(self)
            self.scheduler.limit(leaving.limit, shutdown)

    def end_shutdown(self) -> None:
        """It left in time."""
        leaving = self.leaving_
        if leaving is not None and leaving.limit is not None:
            self.scheduler.unlimit(leaving.limit)
            leaving.limit = None

    def raising(self, doom: Doom) -> None:
        """The signal is raised for the first time: from now on the time limit counts."""
        self.begin_shutdown()

    def struck(self, source: ActorRef, reason: ExitReason) -> None:
        """An exit signal cancels, with the exit reason unchanged."""
        self.cancel_for(reason)

    def before_receiving(self) -> None:
        """Refuse: a computation's mailbox takes control messages.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "receive() inside a computation: its mailbox takes Resume and Cancel only; use ask(question), or spawn an actor"
        )


class shielded:  # noqa: N801  a context manager that reads as a word
    """Put a cancel off until the `with` block is left, for clean-up or a commit that must not be cut in half.

    Not beyond the run's `shutdown` time, after which it is killed. Outside a run it does nothing.
    """

    __slots__ = ("_actor",)

    def __enter__(self) -> None:
        """Hold a cancel off from here."""
        here = getcurrent()
        actor = here.actor if isinstance(here, Worker) else None
        self._actor = actor if isinstance(actor, Cancellable) else None
        if self._actor is not None:
            self._actor.shield()

    def __exit__(self, *_: object) -> None:
        """Let it through from here."""
        if self._actor is not None:
            self._actor.unshield()


def release(error: BaseException) -> None:
    """Take off an error what leads to the run that is going to hold it: the signals in its context, our own frames."""
    let_go(error)
    link = error.__context__
    if link is not None:
        seen: set[int] = set()
        while link is not None and id(link) not in seen:  # somebody may have tied the chain into a circle
            seen.add(id(link))
            let_go(link)
            link = link.__context__


def let_go(error: BaseException) -> None:
    """Do that for one error of the chain."""
    if native.is_a(error, ActorExit):
        error.origin = None  # type: ignore[attr-defined]
    trace = error.__traceback__
    while trace is not None:
        if native.module_of(trace).startswith("actors."):
            try:
                trace.tb_frame.clear()
            except RuntimeError:  # it still runs: the error was raised on from another run
                pass
        trace = trace.tb_next
