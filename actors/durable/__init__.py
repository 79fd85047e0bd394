"""The effect log: what a computation asked for and was answered, recorded and replayed. Stores come later."""

from actors.durable.faults import Diverged, Unloaded
from actors.durable.log import EffectLog, Entry, LogView, Position
from actors.durable.replay import Branches, effect_logging

__all__ = ["Branches", "Diverged", "EffectLog", "Entry", "LogView", "Position", "Unloaded", "effect_logging"]
