"""What our own tests and users' tests use.

`answering` needs no runtime. The names are loaded on first use: pytest imports this package, to find the plugin in
it, in every project where the library is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.testing.answers import Asked, OutOfAnswersError, UnusedAnswersError, answering
    from actors.testing.crashing import crash_everywhere, replay
    from actors.testing.decisions import Decisions, Script, Seeded
    from actors.testing.exploring import explore, simulations
    from actors.testing.injection import crash, failing
    from actors.testing.leftovers import clean_up, live_actors
    from actors.testing.manual import ManualClock
    from actors.testing.probe import Probe
    from actors.testing.quiet import NATIVE_WORK, settle
    from actors.testing.schedule import Step, Trace
    from actors.testing.simulated import DeadlockError, Faults, InjectedError, StepLimitError
    from actors.testing.simulation import LeftoverError, simulate
    from actors.testing.virtual import UnsimulatedError

__all__ = [
    "NATIVE_WORK",
    "Asked",
    "DeadlockError",
    "Decisions",
    "Faults",
    "InjectedError",
    "LeftoverError",
    "ManualClock",
    "OutOfAnswersError",
    "Probe",
    "Script",
    "Seeded",
    "Step",
    "StepLimitError",
    "Trace",
    "UnsimulatedError",
    "UnusedAnswersError",
    "answering",
    "clean_up",
    "crash",
    "crash_everywhere",
    "explore",
    "failing",
    "live_actors",
    "replay",
    "settle",
    "simulate",
    "simulations",
]

_HOMES = {
    "NATIVE_WORK": "quiet",
    "Asked": "answers",
    "DeadlockError": "simulated",
    "Decisions": "decisions",
    "Faults": "simulated",
    "InjectedError": "simulated",
    "LeftoverError": "simulation",
    "ManualClock": "manual",
    "OutOfAnswersError": "answers",
    "Probe": "probe",
    "Script": "decisions",
    "Seeded": "decisions",
    "Step": "schedule",
    "StepLimitError": "simulated",
    "Trace": "schedule",
    "UnsimulatedError": "virtual",
    "UnusedAnswersError": "answers",
    "answering": "answers",
    "clean_up": "leftovers",
    "crash": "injection",
    "crash_everywhere": "crashing",
    "explore": "exploring",
    "failing": "injection",
    "live_actors": "leftovers",
    "replay": "crashing",
    "settle": "quiet",
    "simulate": "simulation",
    "simulations": "exploring",
}

if not TYPE_CHECKING:  # to the checkers it would make every name exist

    def __getattr__(name: str) -> object:
        """Load a name from its module."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
