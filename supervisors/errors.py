"""What a supervisor refuses, and how it ends when it gives up."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from actors.children import SpecError
from actors.exits import ActorsError, Crash, ExitReason
from actors.runtime import ActorRef
from actors.runtime.farewell import shown

__all__ = [
    "ChildExistsError",
    "ChildRestartingError",
    "ChildRunningError",
    "GaveUp",
    "GaveUpError",
    "MaxChildrenError",
    "NoSuchChildError",
    "SpecError",
    "StartError",
    "StartStoppedError",
    "StartTimeoutError",
    "SupervisorBusyError",
    "SupervisorError",
    "SupervisorStoppingError",
    "TaskTimeoutError",
]


class SupervisorError(ActorsError):
    """The root of what supervisors raise; `child_id` is the child that it is about."""

    def __init__(self, child_id: Hashable, text: str) -> None:
        """Take the child's id and the message."""
        super().__init__(text)
        self.child_id = child_id


class StartError(SupervisorError):
    """A child did not start; `reason` is the error, and the cause of this one."""

    def __init__(self, child_id: Hashable, reason: BaseException) -> None:
        """Take which child, and why."""
        super().__init__(child_id, f"child {child_id!r} did not start: {type(reason).__name__}: {reason}")
        self.reason = reason
        self.__cause__ = reason


class StartTimeoutError(SupervisorError, TimeoutError):
    """The `start` of a child took too long."""

    def __init__(self, child_id: Hashable, seconds: float) -> None:
        """Take which child, and its `start_timeout`."""
        text = f"start of child {child_id!r} took more than {seconds} s; if it may, give ChildSpec(start_timeout=…)"
        super().__init__(child_id, text)
        self.seconds = seconds


class StartStoppedError(SupervisorError):
    """The tree is to end, and the `start` of a child that was under way was ended; `order` says why."""

    def __init__(self, child_id: Hashable, order: object) -> None:
        """Take which child, and the order to stop."""
        super().__init__(child_id, f"start of child {child_id!r} was ended, because all is to stop: {order}")
        self.order = order


class ChildExistsError(SupervisorError, ValueError):
    """A child with this id is there already; `ref` is it, None if it is not running."""

    def __init__(self, child_id: Hashable, ref: ActorRef | None) -> None:
        """Take the id and who has it."""
        state = "is not running; restart_child or delete_child" if ref is None else f"is running as {ref}; terminate_child"
        super().__init__(child_id, f"child {child_id!r} exists and {state} it, or choose another id")
        self.ref = ref


class NoSuchChildError(SupervisorError, LookupError):
    """No child has this id."""

    def __init__(self, child_id: Hashable) -> None:
        """Take the id, or the ref where children are known by that."""
        known = f"is {child_id}" if isinstance(child_id, ActorRef) else f"has the id {child_id!r}"
        super().__init__(child_id, f"no child {known}; which_children() lists them")


class ChildRunningError(SupervisorError):
    """The child runs: it can be neither restarted nor deleted; `ref` is it."""

    def __init__(self, child_id: Hashable, ref: ActorRef) -> None:
        """Take the id and who has it."""
        super().__init__(child_id, f"child {child_id!r} is running as {ref}; terminate_child({child_id!r}) first")
        self.ref = ref


class ChildRestartingError(SupervisorError):
    """The child is about to be restarted: it is not there now, and can be neither restarted nor deleted."""

    def __init__(self, child_id: Hashable) -> None:
        """Take the id."""
        super().__init__(
            child_id, f"child {child_id!r} is being restarted by its supervisor; terminate_child({child_id!r}) stops that"
        )


class MaxChildrenError(SupervisorError):
    """The supervisor has as many children as it may have; `max_children` is how many."""

    def __init__(self, child_id: Hashable, max_children: int) -> None:
        """Take the child that is too many, and the limit."""
        super().__init__(
            child_id,
            f"child {child_id!r} was not started: the supervisor has its max_children={max_children}; "
            "wait for one to end, or start it with more",
        )
        self.max_children = max_children


class TaskTimeoutError(SupervisorError, TimeoutError):
    """One item of a `map` took longer than its `timeout` of so many `seconds`; `item` is which."""

    def __init__(self, child_id: Hashable, item: object, seconds: float) -> None:
        """Take what was run, for which item, and how long it had."""
        super().__init__(child_id, f"{child_id}({shown(item)}) took more than timeout={seconds} s, and was cancelled")
        self.item = item
        self.seconds = seconds


class SupervisorBusyError(SupervisorError):
    """A child called its own supervisor while that was starting it, and would have waited for itself."""

    def __init__(self, child_id: Hashable) -> None:
        """Take the child that is being started."""
        super().__init__(
            child_id,
            f"the supervisor is starting child {child_id!r}, which called it: neither could go on; call it after the start",
        )


class SupervisorStoppingError(SupervisorError):
    """A child that was told to end called a supervisor that waits for it, or would have to; `child` is its ref.

    Its `child_id` is None: it may stand far below the supervisor.
    """

    def __init__(self, supervisor: ActorRef, child: ActorRef) -> None:
        """Take who was called, and by whom."""
        super().__init__(
            None,
            f"{child} was told to end, and {supervisor} waits for that, or would have to: neither could go on; "
            "send_exit(supervisor.ref, Shutdown(…)) has it end and does not wait",
        )
        self.child = child


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The detail of the `Shutdown` of a supervisor that restarted too often: which child failed last, and why."""

    child_id: Hashable
    reason: ExitReason
    restarts: int
    seconds: float

    def __str__(self) -> str:
        """Say it in a sentence."""
        return (
            f"more than {self.restarts} restarts within {self.seconds} s; "
            f"the last to fail was child {self.child_id!r}: {self.reason}"
        )


class GaveUpError(SupervisorError):
    """The supervisor that was waited for gave up; `reason` is the exit reason of the child that failed last."""

    def __init__(self, gave_up: GaveUp) -> None:
        """Take why it gave up."""
        super().__init__(gave_up.child_id, f"the supervisor gave up: {gave_up}")
        self.reason = gave_up.reason
        self.__cause__ = gave_up.reason.error if isinstance(gave_up.reason, Crash) else None
