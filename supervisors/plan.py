"""What to do when a child has ended. Pure: a decision table, and who is in a group.

Source: the behaviour `supervisor` of Erlang/OTP, whose words these are.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar

from actors.children import Restart
from actors.exits import Crash, ExitReason, Killed, Normal, Shutdown
from supervisors.spec import AutoShutdown, Strategy

if TYPE_CHECKING:
    from collections.abc import Iterable


class Decision(Enum):
    """What becomes of a child that has ended of its own accord."""

    RESTART = "restart"
    KEEP = "keep"
    """It stays known, and can be restarted by hand."""
    FORGET = "forget"


RESTART, KEEP, FORGET = Decision.RESTART, Decision.KEEP, Decision.FORGET

DECISIONS: Final[dict[Restart, dict[type[ExitReason], Decision]]] = {
    Restart.PERMANENT: {Normal: RESTART, Shutdown: RESTART, Killed: RESTART, Crash: RESTART},
    Restart.TRANSIENT: {Normal: KEEP, Shutdown: KEEP, Killed: RESTART, Crash: RESTART},
    Restart.TEMPORARY: {Normal: FORGET, Shutdown: FORGET, Killed: FORGET, Crash: FORGET},
}


class Member(Protocol):
    """What the plan has to know of a child."""

    @property
    def restart(self) -> Restart:
        """When it is started again."""
        ...

    @property
    def running(self) -> bool:
        """Whether it has to be stopped before it can be started."""
        ...


M = TypeVar("M", bound=Member)


class Group(NamedTuple, Generic[M]):
    """What a restart does, in this order: stop some, forget some of them, start some."""

    stop: list[M]
    forget: list[M]
    start: list[M]


def affected(strategy: Strategy, children: Sequence[M], failed: M) -> Sequence[M]:
    """Return the children that are restarted together with one that failed, itself included, in their order."""
    match strategy:
        case Strategy.ONE_FOR_ONE:
            return (failed,)
        case Strategy.ONE_FOR_ALL:
            return children
        case Strategy.REST_FOR_ONE:
            return children[children.index(failed) :]


def grouped(members: Sequence[M]) -> Group[M]:
    """Return what to do with a group: the last started is stopped first, temporary ones are not started again."""
    temporary = [member for member in members if member.restart is Restart.TEMPORARY]
    return Group(
        stop=[member for member in reversed(members) if member.running],
        forget=temporary,
        start=[member for member in members if member.restart is not Restart.TEMPORARY],
    )


def is_over(auto_shutdown: AutoShutdown, others: Iterable[bool]) -> bool:
    """Tell whether a supervisor ends, now that a significant child has ended of its own accord and is not restarted.

    Args:
        auto_shutdown: the supervisor's.
        others: for each other significant child, whether it runs or is about to be restarted.
    """
    match auto_shutdown:
        case AutoShutdown.NEVER:
            return False
        case AutoShutdown.ANY_SIGNIFICANT:
            return True
        case AutoShutdown.ALL_SIGNIFICANT:
            return not any(others)
