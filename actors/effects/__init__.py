"""Effects: operations, handlers and scopes, and the standard effects, one a module."""

from actors.effects import clock, events, fresh, randomness, reader, state, writer
from actors.effects.asking import ask, notify
from actors.effects.operation import Operation, handling, operation
from actors.effects.retrying import Retry
from actors.effects.scope import NoHandlerError, decorating, perform
from actors.effects.together import parallel, race
from actors.ops import Progress

__all__ = [
    "NoHandlerError",
    "Operation",
    "Progress",
    "Retry",
    "ask",
    "clock",
    "decorating",
    "events",
    "fresh",
    "handling",
    "notify",
    "operation",
    "parallel",
    "perform",
    "race",
    "randomness",
    "reader",
    "state",
    "writer",
]
