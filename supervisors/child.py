"""One child, as its supervisor knows it: what it is made of, whether it runs, how often it was restarted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Final

from actors.children import BY_KIND, SHUTDOWN, ChildSpec, Restart
from actors.clock import Seconds
from actors.runtime import native
from actors.runtime.actor import Actor, ActorRef
from actors.telemetry import OncePerSecond
from supervisors.handle import Handle
from supervisors.infos import ChildInfo
from supervisors.plan import DECISIONS

RUNNING: Final = "running"
RESTARTING: Final = "restarting"
STOPPED: Final = "stopped"

PERMANENT: Final = Restart.PERMANENT
AS_PERMANENT: Final = DECISIONS[PERMANENT]


class Child:
    """The record of one child."""

    __slots__ = (
        "actor",
        "decisions",
        "failures",
        "lines",
        "restarts",
        "retry",
        "since",
        "spec",
        "started",
        "told",
    )

    def __init__(self, spec: ChildSpec[Any]) -> None:
        """Take what it is made of; it does not run."""
        self.spec = spec
        self.decisions = AS_PERMANENT if spec.restart is PERMANENT else DECISIONS[spec.restart]  # an enum hashes in Python
        self.started: Any = None  # what `start` returned last
        self.actor: Actor | None = None  # None while it does not run
        self.since = 0.0  # when it was started last
        self.restarts = 0  # all it ever had
        self.failures = 0  # in a row
        self.retry: object = None  # the restart that it waits for
        self.lines: dict[str, OncePerSecond] | None = None  # of the log, once there are any
        self.told: ChildInfo | None = None  # what `info` has returned since it was started

    @property
    def id(self) -> Hashable:
        """The id among its siblings."""
        return self.spec.id

    @property
    def restart(self) -> Restart:
        """When it is started again."""
        return self.spec.restart

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.actor is not None

    @property
    def is_supervisor(self) -> bool:
        """Whether `start` returned a supervisor last."""
        return native.is_a(self.started, Handle)

    @property
    def state(self) -> str:
        """`"running"`, `"restarting"` (an attempt is to come) or `"stopped"`."""
        return RUNNING if self.actor is not None else STOPPED if self.retry is None else RESTARTING

    @property
    def grace(self) -> Seconds:
        """Seconds that it has to leave after it was told to; None for no limit."""
        shutdown = self.spec.shutdown
        if shutdown is BY_KIND:
            return None if native.is_a(self.started, Handle) else SHUTDOWN
        return shutdown

    def info(self) -> ChildInfo:
        """Return what `which_children` tells of it.

        As long as nothing has changed this is the same object: ten thousand new ones at each look would soon have the
        garbage collector go through the whole program.
        """
        told = self.told
        if told is not None:
            return told
        state = RUNNING if self.actor is not None else STOPPED if self.retry is None else RESTARTING
        made: ChildInfo = native.named(
            ChildInfo, (self.spec.id, self.actor, state, native.is_a(self.started, Handle), self.restarts)
        )
        if self.actor is not None:
            self.told = made
        return made

    def drop_actor(self) -> None:
        """Have no actor any more: it does not run."""
        self.actor = self.told = None


def infos(children: Iterable[Child]) -> tuple[ChildInfo, ...]:
    """Return what `which_children` tells of some children."""
    made: list[ChildInfo] = []
    for child in children:
        made.append(child.info())  # noqa: PERF401  the compiler types no variable of a comprehension
    return tuple(made)


def ref_of(started: object) -> Actor:
    """Return the ref of what a `start` returned.

    Raises:
        TypeError: it is no child.
    """
    ref = started if isinstance(started, ActorRef) else getattr(started, "ref", None)
    if isinstance(ref, Actor) and not ref.foreign:
        return ref
    raise TypeError(
        f"start returned {started!r}; return the child: an ActorRef, a runner, a supervisor, or what has a .ref"
    )
