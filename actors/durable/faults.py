"""What ends a pass over a log early.

Both end the actor that they leave, as any `ActorExit` does: a run that diverged ends as `Cancelled(Crash(Diverged))`. They
are no `Exception`, so that `except Exception` does not keep a pass going.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.codec import stored
from actors.exits import ActorExit, ActorsError, Crash, Shutdown

if TYPE_CHECKING:
    from actors.durable.log import Position


class Diverged(ActorExit):
    """The code asks for something else than the log holds; nothing is performed any more.

    `position` is where, `expected` what the log holds there, `got` what was asked for.
    """

    def __init__(self, position: Position, expected: object, got: object) -> None:
        """Take where, and both sides."""
        super().__init__(Crash(self))
        self.args = (position, expected, got)
        self.position = position
        self.expected = expected
        self.got = got

    def __str__(self) -> str:
        """Show both sides."""
        return (
            f"at {self.position} the log holds {self.expected!r}, but the code asks for {self.got!r}; "
            "replay with the code that recorded the log"
        )


class Unloaded(ActorExit):
    """The pass over the log was ended, and not the computation; nothing is performed or recorded any more.

    `cause` is why: None for `EffectLog.unload`.
    """

    def __init__(self, cause: object = None) -> None:
        """Take why."""
        super().__init__(Shutdown("its log was unloaded"))
        self.args = (cause,)
        self.cause = cause

    def __str__(self) -> str:
        """Say what to do."""
        if self.cause is not None:
            return f"the run was unloaded ({self.cause}); it goes on from its log"
        return "the log was unloaded; go on with it in a new `with effect_logging(log):`"


@stored("OperationFailed")
class OperationFailed(ActorsError):
    """An operation of a durable run raised an error that has no name to be stored under; its `type` and `message`.

    Give the class a name with `@stored("…")` to have it back as itself.
    """

    def __init__(self, type: str, message: str) -> None:  # noqa: A002  the contract's word
        """Take the name of the error's class and its text."""
        super().__init__(type, message)
        self.type = type
        self.message = message

    def __str__(self) -> str:
        """Show both."""
        return f"{self.type}: {self.message}"


class NotInDurableError(ActorsError, RuntimeError):
    """Something was done in a durable run that a replay could not do again; the message says what to use."""


class Pass:
    """One pass of code over a log, and what ended it early: that is raised again by everything that follows."""

    __slots__ = ("failure",)

    def __init__(self) -> None:
        """Begin."""
        self.failure: Diverged | Unloaded | None = None

    def check(self) -> None:
        """Raise what ended the pass, if it was ended.

        Raises:
            Diverged: code and log differ.
            Unloaded: the log was unloaded.
        """
        if self.failure is not None:
            raise type(self.failure)(*self.failure.args)
