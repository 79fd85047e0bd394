"""Computations as runs: `AsyncComputation` and what comes with it."""

from actors.computation import answers, branches  # noqa: F401  # pyright: ignore[reportUnusedImport]  # they give runs their handlers
from actors.computation.cancelling import shielded
from actors.computation.faults import (
    CancelledError,
    DeadlineExceeded,
    FinishedError,
    LegTimeoutError,
    NotSuspendedError,
    StaleTokenError,
)
from actors.computation.runner import AsyncComputation
from actors.outcomes import OwnerEnded

__all__ = [
    "AsyncComputation",
    "CancelledError",
    "DeadlineExceeded",
    "FinishedError",
    "LegTimeoutError",
    "NotSuspendedError",
    "OwnerEnded",
    "StaleTokenError",
    "shielded",
]
