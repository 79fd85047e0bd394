"""What the owner of a durable run hears besides its outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.durable.faults import Diverged


@dataclass(frozen=True, slots=True)
class Detached:
    """The run was unloaded for `reason`; it goes on from its log when it is attached to, resumed, or begun again."""

    reason: object


@dataclass(frozen=True, slots=True)
class Parked:
    """The code no longer fits the run's log: it was set aside, its log untouched, until it is retried or migrated."""

    error: Diverged
