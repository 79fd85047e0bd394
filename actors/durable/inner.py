"""The inside of a durable run: the actor that runs the computation, from its log and for it, as long as it is live."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit

from actors.codec import EncodeError, encode
from actors.computation.answers import asking_actor
from actors.computation.cancelling import CancelDoom, shielded
from actors.computation.options import Options
from actors.computation.runner import AsyncComputation
from actors.durable.faults import OperationFailed, Unloaded
from actors.durable.forms import cause_form
from actors.durable.marking import ContinueAs
from actors.durable.operations import question_under_way
from actors.durable.tracking import Track
from actors.effects.scope import Scope, current_scope, enter_scope, leave_scope
from actors.runtime import native

if TYPE_CHECKING:
    from actors.durable.recording import Recording
    from actors.exits import ActorExit
    from actors.runtime.actor import Actor

AT = "at"  # under this a suspension carries which question of the log it is

Handlers = Callable[[], AbstractContextManager[object]]


class UnloadDoom(CancelDoom):
    """The signal of an unload."""

    __slots__ = ()

    def error(self) -> ActorExit:
        """Return a new signal to raise."""
        return Unloaded(self.cause)


class Inner(AsyncComputation[Any]):
    """The live run."""

    __slots__ = ()

    def unload(self, cause: object) -> None:
        """Have it leave its scopes, for this process only."""
        step = self.phase.cancel
        if step.state is self.phase:
            return
        self.leaving.cause = cause
        self.phase = step.state
        self.token = None
        self.scheduler.interrupt(self, UnloadDoom(self, cause))


class Execution:
    """What is run, and how it ends."""

    __slots__ = ("args", "fn", "handlers", "log")

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], handlers: Handlers | None, log: Recording) -> None:
        """Take the computation, its handler stack and its log."""
        self.fn = fn
        self.args = args
        self.handlers = handlers
        self.log = log

    def start(self, owner: Actor, shutdown: float | None) -> Inner:
        """Start an actor for it, whose outcomes come to `owner`; it begins at the next switch."""
        inner: Inner = native.blank(Inner)
        inner.fill(self.run, (), owner, None, Options(link=False, shutdown=shutdown))
        self.log.on_cancel = inner.cancel_for
        inner.scheduler.push(inner)
        return inner

    def run(self) -> Any:
        """Run the computation, and what it goes on as, and write what it came to.

        Raises:
            Diverged: code and log differ.
            Unloaded: the run was unloaded.
            BaseException: what the computation raised.
        """
        self.log.meet_cancels()
        while True:
            try:
                return self.leg()
            except ContinueAs as turn:
                self.fn, self.args = turn.fn, turn.args
            self.log.renew()

    def leg(self) -> Any:
        """Run the computation until it returns, raises, or goes on as another."""
        log = self.log
        try:
            value = self.logged()
            log.end()
            final = encode(self.cancelled(None) if self.doomed() else ["completed", value])
        except ContinueAs:
            log.end()
            raise
        except Exception as error:
            log.end()
            self.close(self.thrown(error))
            raise
        except BaseException as signal:
            if log.failure is None and self.doomed() and not isinstance(signal, GreenletExit):  # who is killed may not wait
                log.end()
                self.close(["cancelled", cause_form(getattr(signal, "cause", None)), None])
            raise
        self.written(final)
        return value

    def logged(self) -> Any:
        """Call the computation; its operations pass through the log, from its beginning."""
        outer = current_scope()
        scope = Scope(outer, {})
        scope.seam = Track(self.log)
        scope.decorations = (AT, question_under_way, outer.decorations)
        enter_scope(scope)
        try:
            return self.called()
        finally:
            leave_scope(scope)

    def called(self) -> Any:
        """Call the computation within its handler stack."""
        if self.handlers is None:
            return self.fn(*self.args)
        with self.handlers():
            return self.fn(*self.args)

    def doomed(self) -> bool:
        """Tell whether a cancel was raised in it."""
        me: Any = asking_actor(self)
        return me.doom is not None and me.doom.raised

    def thrown(self, error: Exception) -> list[Any]:
        """Return what is stored of an error that ended it, or the clean-up of a cancel."""
        return self.cancelled(storable(error)) if self.doomed() else ["throw", storable(error)]

    def cancelled(self, error: Exception | None) -> list[Any]:
        """Return what is stored of a run that was cancelled, whatever its body made of that."""
        me: Any = asking_actor(self)
        return ["cancelled", cause_form(me.cause), error]

    def close(self, final: list[Any]) -> None:
        """Write what it came to."""
        self.written(encode(final))

    def written(self, final: bytes) -> None:
        """Write what it came to, and wait until that is on disk."""
        log = self.log
        log.close(final)
        with shielded():
            log.settle()


def storable(error: Exception) -> Exception:
    """Return an error, or what stands for it if it cannot be stored."""
    try:
        encode(error)
    except EncodeError:
        return OperationFailed(type(error).__qualname__, str(error))
    return error
