"""The effect log: what a computation asked for and was answered, recorded and replayed; and the stores that keep it."""

from actors.durable.faults import Diverged, Unloaded
from actors.durable.log import EffectLog, Entry, LogView, Position
from actors.durable.memory import MemoryStore
from actors.durable.replay import Branches, effect_logging
from actors.durable.store import EntryRow, InboxRow, RunRow, Store, Stored

__all__ = [
    "Branches",
    "Diverged",
    "EffectLog",
    "Entry",
    "EntryRow",
    "InboxRow",
    "LogView",
    "MemoryStore",
    "Position",
    "RunRow",
    "Store",
    "Stored",
    "Unloaded",
    "effect_logging",
]
