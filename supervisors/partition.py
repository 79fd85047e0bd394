"""`PartitionSupervisor`: n copies of one child, so that not all go through one; a key decides which.

A caller finds the copy of a key by itself: it reads what the supervisor knows of its children, without a message. The
supervisor is asked only while that copy does not run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, cast
from weakref import WeakKeyDictionary

from actors.children import ChildSpec, SpecError
from actors.exits import ExitReason
from actors.runtime import ActorRef, current
from actors.runtime.registry import whom
from actors.server import Request, Server
from supervisors.child import Child
from supervisors.errors import ChildRestartingError
from supervisors.handle import Handle
from supervisors.keeper import REQUESTS
from supervisors.routing import index_of
from supervisors.spec import (
    AutoShutdown,
    Intensity,
    Strategy,
    checked_children,
    checked_count,
    checked_option,
)
from supervisors.supervisor import FindChild, Supervising

if TYPE_CHECKING:
    from actors.runtime.background import BackgroundThread

S = TypeVar("S")
T = TypeVar("T")

Table: TypeAlias = tuple[int, dict[Hashable, Child]]
"""How many copies a partition supervisor has, and what it knows of each."""

# Of those that run; read in every thread, written in their own.
TABLES: Final[WeakKeyDictionary[ActorRef, Table]] = WeakKeyDictionary()


class FindTable(Request[Table]):
    """Tell what there is to know of the copies."""


class Partitioning(Supervising):
    """The server behind a `PartitionSupervisor`."""

    def init(self) -> None:
        """Let callers see the copies, and start them."""
        TABLES[current()] = len(self.specs), self.children
        super().init()

    def terminate(self, reason: ExitReason) -> None:
        """Stop the copies."""
        TABLES.pop(current(), None)
        super().terminate(reason)

    def find_table(self, request: FindTable) -> Table:
        """Return what there is to know of the copies."""
        return TABLES[current()]


Partitioning.handlers = REQUESTS | {FindChild: Supervising.find_child, FindTable: Partitioning.find_table}


class PartitionSupervisor(Handle, Generic[S]):
    """A partition supervisor, by its ref or its name; `start` starts one."""

    __slots__ = ()

    @staticmethod
    def start(
        spec: ChildSpec[T] | Callable[[int], ChildSpec[T]],
        partitions: int | None = None,
        *,
        intensity: Intensity = Intensity(),  # noqa: B008  a value
        name: str | None = None,
        on: BackgroundThread | None = None,
    ) -> PartitionSupervisor[T]:
        """Start a supervisor and so many copies of a child, and return it.

        The ids of the copies are their indices, from 0 up; one that failed is restarted alone. It is linked with the
        caller and ends with it, as a `Supervisor` does.

        *Blocks until* all copies have started, each within its `start_timeout`.

        Args:
            spec: what each copy is made of, whatever its id; or a function that is given the index and returns that.
            partitions: how many copies; None for as many as the machine has processors.
            intensity: how often it restarts, whichever of the copies, before it ends with `Shutdown(GaveUp(…))`.
            name: register it under this name.
            on: the thread that it belongs to, `background()`; None for the caller's.

        Raises:
            StartError: a copy did not start; those before it have been stopped again.
            SpecError: an option cannot be what it was given, or the function returned no `ChildSpec`.
            NameTakenError: another live actor has the name.
        """
        count = checked_count("partitions", partitions, "one a processor") or os.cpu_count() or 1
        checked_option("intensity", intensity, Intensity)
        specs = copies(spec, count)
        never, alone = AutoShutdown.NEVER, Strategy.ONE_FOR_ONE
        ref = Server.start(Partitioning, current(), specs, alone, intensity, never, name=name, timeout=None, on=on)
        return PartitionSupervisor(ref)

    @property
    def partitions(self) -> int:
        """How many copies there are.

        Raises:
            ServerExitedError: the supervisor has ended, or nobody has the name.
        """
        return self.table()[0]

    def partition(self, key: object) -> S:
        """Return the copy that a key belongs to: what its `start` returned last.

        A whole number belongs to `key % partitions`, any other key to the CRC-32 of its encoding modulo `partitions`
        (`supervisors.routing`): to the same copy in every process and after each restart.

        *Blocks* only while that copy is being started, *until* the supervisor replies.

        Args:
            key: text, bytes, a whole number, None, a UUID, or a tuple of such keys.

        Raises:
            ChildRestartingError: the copy has failed, and its restart waits.
            ServerExitedError: the supervisor has ended, or nobody has the name.
            SupervisorBusyError: called by a copy that is being started, and the copy asked for does not run.
            CallingSelfError: the same, in the `start` of a copy.
            TypeError: it is no such key.
        """
        count, children = self.table()
        index = index_of(key, count)
        child = children.get(index)
        actor = None if child is None else child.actor
        if child is None or actor is None or actor.reason is not None:
            return self.wait_for(index)
        return cast(S, child.started)  # written before its actor is: never older

    def table(self) -> Table:
        """Return what the supervisor knows of its children; one that has not begun, or has ended, is asked."""
        ref = whom(self.server)
        known = TABLES.get(ref) if ref is not None and ref.alive else None
        return self.ask(FindTable()) if known is None else known

    def wait_for(self, index: int) -> S:
        """Ask the supervisor for a copy that does not run."""
        found: Any = self.ask(FindChild(index))
        if found is None:
            raise ChildRestartingError(index)
        return cast(S, found)


def copies(spec: Any, count: int) -> tuple[ChildSpec[Any], ...]:
    """Return the specs of so many copies.

    Raises:
        SpecError: there is none to make them of.
    """
    if isinstance(spec, ChildSpec):
        made: list[Any] = [spec] * count
    elif callable(spec):
        made = [spec(index) for index in range(count)]
    else:
        raise SpecError("spec", spec, "give a ChildSpec, or a function that is given an index and returns one")
    for one in made:
        if not isinstance(one, ChildSpec):
            raise SpecError("spec", one, "the function is to return a ChildSpec for each index")
    return checked_children([replace(one, id=index) for index, one in enumerate(made)], AutoShutdown.NEVER)
