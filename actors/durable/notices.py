"""What the owner of a durable run hears besides its outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.durable.faults import Diverged
    from actors.durable.runs_faults import ParkedError


@dataclass(frozen=True, slots=True)
class Detached:
    """The run was unloaded for `reason`; it goes on from its log when it is attached to, resumed, or begun again."""

    reason: object


@dataclass(frozen=True, slots=True)
class Parked:
    """The run was set aside, its log untouched, until it is retried, migrated or cancelled.

    `error` is a `Diverged` when the code no longer fits the log; a `ParkedError` when it was interrupted too often, could
    not be brought back, or had been parked before it was attached to.
    """

    error: Diverged | ParkedError
