"""The effect log: what a computation asked for and was answered, recorded and replayed; and the stores that keep it."""

from actors.durable.faults import Diverged, NotInDurableError, OperationFailed, Unloaded
from actors.durable.info import RunInfo
from actors.durable.log import EffectLog, Entry, LogView, Position
from actors.durable.marking import changed, continue_as
from actors.durable.memory import MemoryStore
from actors.durable.notices import Detached, Parked
from actors.durable.operations import OperationUnderWay, current_operation
from actors.durable.replay import Branches, effect_logging
from actors.durable.run import DurableRun
from actors.durable.runs import DurableRuns
from actors.durable.runs_faults import DetachedError, ParkedError, UnknownComputationError
from actors.durable.sqlite import SqliteStore
from actors.durable.store import EntryRow, InboxRow, RunRow, Store, Stored
from actors.durable.store_faults import (
    DamagedError,
    FencedError,
    MessageTakenError,
    NoSuchRunError,
    NotHolderError,
    OutOfSequenceError,
    RunExistsError,
    StoreClosedError,
    StoreFormatError,
    StoreHeldError,
    StoreUnavailableError,
)
from actors.durable.verifying import Damage

__all__ = [
    "Damage",
    "DamagedError",
    "FencedError",
    "MessageTakenError",
    "NoSuchRunError",
    "NotHolderError",
    "NotInDurableError",
    "OperationFailed",
    "OutOfSequenceError",
    "ParkedError",
    "RunExistsError",
    "RunInfo",
    "StoreClosedError",
    "StoreFormatError",
    "StoreHeldError",
    "StoreUnavailableError",
    "UnknownComputationError",
    "Branches",
    "Detached",
    "DetachedError",
    "Diverged",
    "DurableRun",
    "DurableRuns",
    "EffectLog",
    "Entry",
    "EntryRow",
    "InboxRow",
    "LogView",
    "MemoryStore",
    "OperationUnderWay",
    "Parked",
    "Position",
    "RunRow",
    "SqliteStore",
    "Store",
    "Stored",
    "Unloaded",
    "changed",
    "continue_as",
    "current_operation",
    "effect_logging",
]
