"""What a supervisor tells of its children: values only."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from actors.runtime import ActorRef


class ChildInfo(NamedTuple):
    """What a supervisor tells of one child: `ref` is None while it does not run."""

    id: Hashable
    ref: ActorRef | None
    state: str
    is_supervisor: bool
    restarts: int


class ChildCounts(NamedTuple):
    """How many children a supervisor has: all that it knows, those that run, and of all how many are what."""

    specs: int
    active: int
    supervisors: int
    workers: int
