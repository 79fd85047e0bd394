"""The end of a whole tree within a time limit: what its supervisors know of it, and who had to be killed for it.

An exit reason carries it down the tree: `Shutdown(Order)`. Each supervisor that hears of it waits for its children as
ever, each within its own `shutdown`; when the time of the whole is over, whoever keeps it ends these waits, from the
outside, and the supervisors go on without waiting. So each kill is made, and reported, by the child's own supervisor.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, TypeAlias

from actors import clock
from actors.clock import Seconds
from actors.exits import ExitReason, Shutdown
from actors.runtime import kill
from actors.runtime.actor import Actor
from actors.runtime.supervising import Parting
from supervisors.errors import StartError, StartStoppedError
from supervisors.handle import Handle

Path: TypeAlias = tuple[Hashable, ...]
"""Where a child stands in its tree: the ids of the supervisors above it, from the root's children down, and its own."""


MOMENT: Final = 0.1  # seconds that a child still gets that was not told before the time of the whole was over
MOMENTS: Final = 1.0  # seconds for all such moments together


class Limit:
    """What the supervisors of one tree share while it is stopped."""

    __slots__ = ("_began", "_cut", "_last", "_waits", "bodies", "forced", "heard", "killed")

    def __init__(self) -> None:
        """Begin with time left."""
        self.killed: list[Path] = []  # in the order in which they were
        self.forced: tuple[int, float] | None = None  # how many were killed before the second signal, and when that came
        self.bodies: list[Actor] = []  # whose clean-up may go on
        self.heard: set[Actor] = set()  # the supervisors that stop their children
        self._began = clock.monotonic()
        self._last: float | None = None  # when the last moment is over, once the time of the whole is
        self._waits: dict[Parting, bool] = {}  # and whether it is a supervisor that is waited for
        self._cut: set[Parting] = set()  # those whose children were killed

    @property
    def over(self) -> bool:
        """Whether the time of the whole is over."""
        return self._last is not None

    def elapsed(self) -> float:
        """Return how many seconds the stop has taken so far."""
        return round(clock.monotonic() - self._began, 3)

    def force(self) -> None:
        """Nobody waits any more, since somebody has asked for that."""
        if not self.over:
            self.forced = len(self.killed), self.elapsed()
        self.end_waits(0.0)

    def wait(self, parting: Parting, left: Seconds, started: object) -> bool:
        """Wait for a child that was told, within its own time and that of the whole; tell whether it left in time."""
        is_supervisor = isinstance(started, Handle)
        if self._last is not None and not is_supervisor:
            moment = min(MOMENT, max(0.0, self._last - clock.monotonic()))
            return parting.wait(moment if left is None else min(left, moment))
        self._waits[parting] = is_supervisor
        try:
            return parting.wait(left) and parting not in self._cut
        finally:
            del self._waits[parting]

    def kill(self, parting: Parting, path: Path) -> None:
        """End a child by force."""
        self.killed.append(path)
        self.bodies.append(parting.ref)
        parting.kill()

    def end_waits(self, moments: float = MOMENTS) -> None:
        """The time of the whole is over: nobody waits for a worker any more, but for a moment."""
        self._last = clock.monotonic() + moments
        for parting, is_supervisor in list(self._waits.items()):
            if not is_supervisor:
                self._cut.add(parting)
                kill(parting.ref)

    def end_deaf(self) -> None:
        """Wait no more for supervisors that were told and have not heard: something holds them up."""
        for parting, is_supervisor in list(self._waits.items()):
            if is_supervisor and parting.ref not in self.heard:
                self._cut.add(parting)
                self.kill_tree(parting.ref)

    def forget(self) -> None:
        """All is over: keep nobody but by name."""
        self.heard.clear()
        self.bodies.clear()
        self._cut.clear()

    def kill_tree(self, actor: Actor) -> None:
        """Kill a supervisor, and all below it."""
        found = [actor]
        for one in found:  # it grows meanwhile
            ties = one.ties
            if ties is not None and ties.supervised is not None:
                found += list(ties.supervised)
        for one in found:
            self.bodies.append(one)
            kill(one)


class Order:
    """The detail of the `Shutdown` of everybody in a tree that is to end: why, and within which limit."""

    __slots__ = ("limit", "path", "why")

    def __init__(self, why: str, limit: Limit, path: Path = ()) -> None:
        """Take why, the limit, and whom it is for."""
        self.why = why
        self.limit = limit
        self.path = path

    def below(self, child_id: Hashable) -> Order:
        """Return the same order for a child."""
        return Order(self.why, self.limit, (*self.path, child_id))

    def __repr__(self) -> str:
        """Show why."""
        return self.why


def order_in(cause: ExitReason | BaseException) -> Order | None:
    """Return the order that led to an exit reason, or to a start that failed."""
    while isinstance(cause, StartError):
        cause = cause.reason
    match cause:
        case Shutdown(detail=Order() as order) | StartStoppedError(order=Order() as order):
            return order
        case _:
            return None
