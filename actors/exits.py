"""Why an actor ended: the exit reasons, and the exceptions that carry one.

Values only. `Normal` stays where it is; the other three travel over links. Whether a reason is *abnormal* matters to
whoever restarts, never to a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias


class ActorsError(Exception):
    """The root of every error this library raises; `actors.errors` draws the whole tree."""


@dataclass(frozen=True, slots=True)
class Normal:
    """The body returned; over a link it is not a signal."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """An orderly end that somebody asked for; `detail` says who or why."""

    detail: object = None


@dataclass(frozen=True, slots=True)
class Killed:
    """Ended by force, without waiting for scopes to be left."""


@dataclass(frozen=True, slots=True)
class Crash:
    """Ended by an exception, the very object that was raised."""

    error: BaseException


ExitReason: TypeAlias = Normal | Shutdown | Killed | Crash

NORMAL: Final = Normal()
KILLED: Final = Killed()


_REASONS = (Normal, Shutdown, Killed, Crash)  # a union would be built anew at each isinstance


def as_reason(cause: object) -> ExitReason:
    """Return the exit reason for a canceller's reason: an exit reason is kept, all else becomes `Shutdown(cause)`."""
    return cause if isinstance(cause, _REASONS) else Shutdown(cause)


def is_abnormal(reason: ExitReason) -> bool:
    """Tell whether a supervisor restarts a transient child that ended so."""
    return isinstance(reason, Crash | Killed)


def checked_reason(reason: object) -> ExitReason:
    """Return `reason` unchanged.

    Raises:
        TypeError: it is not an exit reason.
    """
    if isinstance(reason, _REASONS):
        return reason
    raise TypeError(f"{reason!r} is not an exit reason; use Normal(), Shutdown(detail), Killed() or Crash(error)")


class ActorExit(BaseException):
    """Raise it to end the actor that you are, with a reason of your choice; also what an exit signal looks like inside.

    It is a `BaseException` so that `except Exception` does not keep alive an actor that was told to end. It may be
    caught for clean-up; the reason stays the signal's whatever the body does afterwards.
    """

    __slots__ = ("__weakref__", "origin", "reason")  # it has a `__dict__` all the same, which is made only when used

    def __init__(self, reason: ExitReason = NORMAL) -> None:
        """Take the reason.

        Raises:
            TypeError: `reason` is not an exit reason.
        """
        self.args = (checked_reason(reason),)  # a tenth of what `super().__init__` costs
        self.reason: ExitReason = reason
        self.origin: object = None  # the runtime's record of the signal, when it is one


class CancelSignal(ActorExit):
    """What a cancelled computation sees at the blocking point where it is unwound; `reason` is the canceller's."""

    def __init__(self, cause: object) -> None:
        """Take what the canceller gave as its reason; an exit reason is kept as it is."""
        super().__init__(as_reason(cause))
        self.cause = cause

    def __str__(self) -> str:
        """Show the canceller's reason."""
        return f"cancelled: {self.cause!r}"


class NoSuchActorError(ActorsError, LookupError):
    """The actor had ended before it was linked to or monitored."""


class LinkedExitError(ActorsError):
    """An actor linked to this greenlet or thread ended; `reason` is its exit reason.

    Raised from the next wait of a greenlet that the runtime did not start (the main greenlet, a `gevent.Greenlet`),
    because such a greenlet cannot be ended from outside.
    """

    def __init__(self, who: object, reason: ExitReason) -> None:
        """Take the linked actor and why it ended."""
        super().__init__(f"{who} ended with {reason}; trap_exits(True) turns this into an Exit message")
        self.who = who
        self.reason = reason
        if isinstance(reason, Crash):
            self.__cause__ = reason.error
