"""Computations as plain Python functions, run as linked greenlet actors."""

from actors.computation import AsyncComputation, shielded
from actors.effects import ask, handling, notify, operation, parallel, perform, race
from actors.ops import Op, Prompt, Question
from actors.outcomes import (
    Cancel,
    Cancelled,
    Completed,
    ComputationEvent,
    Notify,
    Restarted,
    Resume,
    Suspend,
    Throw,
)
from actors.runtime import current, offload, receive, send, spawn

__all__ = [
    "AsyncComputation",
    "Cancel",
    "Cancelled",
    "Completed",
    "ComputationEvent",
    "Notify",
    "Op",
    "Prompt",
    "Question",
    "Restarted",
    "Resume",
    "Suspend",
    "Throw",
    "ask",
    "current",
    "handling",
    "notify",
    "offload",
    "operation",
    "parallel",
    "perform",
    "race",
    "receive",
    "send",
    "shielded",
    "spawn",
]
