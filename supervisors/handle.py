"""What one holds of a supervisor: its ref or name, and the calls that are the same for all kinds."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from actors.children import ChildSpec
from actors.clock import Seconds, checked_seconds
from actors.exits import ExitReason, Shutdown
from actors.ops import Op
from actors.runtime import ActorRef, Down, LinkedExitError, demonitor, monitor, receive, unlink
from actors.runtime.current import current_actor
from actors.runtime.registry import whom
from actors.server import Request, ServerExitedError, call
from actors.server.faults import unregistered
from supervisors.errors import GaveUp, GaveUpError
from supervisors.oneself import refuse_to_wait_for_oneself, refuse_to_wait_for_the_end

if TYPE_CHECKING:
    from supervisors.infos import ChildCounts, ChildInfo

R = TypeVar("R")


class WhichChildren(Request["tuple[ChildInfo, ...]"]):
    """List the children."""


class CountChildren(Request["ChildCounts"]):
    """Count them."""


class StopTree(Request[None]):
    """End, children first."""


class Withdrawn(Request[None]):
    """Do nothing: what stood here was refused while it waited."""


class StartChild(Request[Any]):
    """Add a child and start it."""

    spec: ChildSpec[Any]


class Refused:
    """The reply to a request that cannot be granted."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        """Take what is raised in the caller."""
        self.error = error

    def __repr__(self) -> str:
        """Show the error."""
        return f"<Refused: {self.error!r}>"


class Handle:
    """A supervisor, by its ref or by the name it is registered under."""

    __slots__ = ("server",)

    def __init__(self, server: ActorRef | str) -> None:
        """Take the ref of a running supervisor, or its name; a name stands for whoever has it at each call.

        Raises:
            TypeError: it is neither.
        """
        if not isinstance(server, ActorRef | str):
            raise TypeError(f"{type(self).__name__}({server!r}): give a supervisor's ref or its name; start makes one")
        self.server = server

    @property
    def ref(self) -> ActorRef:
        """The address of the supervisor's actor.

        Raises:
            NoSuchActorError: nobody has the name.
        """
        ref = whom(self.server)
        if ref is None:
            raise unregistered(self.server)
        return ref

    def which_children(self) -> tuple[ChildInfo, ...]:
        """Return what there is to tell of each child, in the order they were added.

        *Blocks until* the supervisor replies, as all these calls do: it may be starting or stopping a child.

        Raises:
            ServerExitedError: the supervisor has ended, or nobody has the name.
            SupervisorBusyError: called by a child that it is starting.
            SupervisorStoppingError: called by a child that it is stopping.
            CallingSelfError: called by the supervisor itself, as in the `start` of a child.
        """
        return self.ask(WhichChildren())

    def count_children(self) -> ChildCounts:
        """Return how many children there are.

        Raises:
            ServerExitedError: the supervisor has ended, or nobody has the name. For the other errors see `which_children`.
        """
        return self.ask(CountChildren())

    def stop(self, timeout: Seconds = None) -> None:
        """End the supervisor, its children first; its exit reason is `Normal`.

        Who had to be killed is in the log, and in the telemetry event `child overran`; `Application.stop`, which knows
        the whole tree and its limit, returns them.

        *Blocks until* that is done, or `timeout` seconds have passed. Nothing happens if it has ended.

        Raises:
            CallTimeoutError: it has not ended in time, and goes on ending.
            SupervisorBusyError: called by a child that it is starting.
            SupervisorStoppingError: called by a child of it, at whatever depth, that was told to end.
            CallingSelfError: called by the supervisor itself, as in the `start` of a child.
            ValueError: `timeout` is negative.
        """
        checked_seconds("timeout", timeout)
        ref = whom(self.server)
        if ref is not None and ref.alive:
            stop_tree(ref, timeout)

    def wait(self, timeout: Seconds = None) -> ExitReason:
        """Return the supervisor's exit reason.

        *Blocks until* it has ended, or `timeout` seconds have passed.

        Raises:
            GaveUpError: it restarted more often than its intensity allows.
            NoSuchActorError: nobody has the name.
            TimeoutError: it has not ended in time.
            ValueError: `timeout` is negative.
        """
        reason = ended(self.ref, timeout)
        match reason:
            case Shutdown(detail=GaveUp() as detail):
                raise GaveUpError(detail)
            case _:
                return reason

    def ask(self, request: Op[R], timeout: Seconds = None) -> R:
        """Call the supervisor; what it refuses is raised here."""
        refuse_to_wait_for_oneself(whom(self.server))
        return granted(call(self.server, request, timeout))  # type: ignore[no-any-return]  # the request's

    def __enter__(self) -> Self:
        """Return the supervisor."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Stop it, and wait for that."""
        self.stop()

    def __eq__(self, other: object) -> bool:
        """Compare what they stand for."""
        return type(other) is type(self) and other.server == self.server

    def __hash__(self) -> int:
        """Hash what it stands for."""
        return hash(self.server)

    def __repr__(self) -> str:
        """Show the name, or the ref and how many children run."""
        ties = getattr(self.server, "ties", None)
        running = "" if ties is None or ties.supervised is None else f", {len(ties.supervised)} running"
        return f"{type(self).__name__}({self.server!r}{running})"


def granted(answer: Any) -> Any:
    """Return a reply, or raise the error of a refusal."""
    if type(answer) is not Refused:
        return answer
    try:
        raise answer.error
    finally:
        del answer  # the error keeps this frame


def stop_tree(ref: ActorRef, timeout: Seconds) -> None:
    """Have a supervisor end, whose end is no signal for the caller."""
    refuse_to_wait_for_the_end(ref)
    try:
        granted(call(ref, StopTree(), timeout))
    except ServerExitedError:
        unlink(ref)
    except LinkedExitError as error:  # it has ended for another reason
        if error.who is not ref:
            raise


def ended(ref: ActorRef, timeout: Seconds) -> ExitReason:
    """Wait for the end of an actor and return why it ended."""
    known: ExitReason | None = getattr(ref, "reason", None)
    if known is not None and current_actor().doom is None:  # else its signal is to be raised from the next wait: here
        return known
    watch = monitor(ref)
    try:
        down: Down = receive(timeout, match=lambda message: isinstance(message, Down) and message.monitor is watch)
    except LinkedExitError as error:
        if error.who is not ref:
            raise
        return error.reason
    except TimeoutError:
        raise TimeoutError(f"{ref} has not ended within {timeout} seconds") from None
    finally:
        demonitor(watch, flush=True)
    return down.reason
