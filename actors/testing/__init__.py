"""What our own tests and users' tests use.

`answering` needs no runtime. The names are loaded on first use: pytest imports this package, to find the plugin in
it, in every project where the library is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.testing.answers import Asked, OutOfAnswersError, UnusedAnswersError, answering
    from actors.testing.injection import crash, failing
    from actors.testing.leftovers import clean_up, live_actors
    from actors.testing.manual import ManualClock
    from actors.testing.probe import Probe
    from actors.testing.quiet import NATIVE_WORK, settle

__all__ = [
    "NATIVE_WORK",
    "Asked",
    "ManualClock",
    "OutOfAnswersError",
    "Probe",
    "UnusedAnswersError",
    "answering",
    "clean_up",
    "crash",
    "failing",
    "live_actors",
    "settle",
]

_HOMES = {
    "NATIVE_WORK": "quiet",
    "Asked": "answers",
    "ManualClock": "manual",
    "OutOfAnswersError": "answers",
    "Probe": "probe",
    "UnusedAnswersError": "answers",
    "answering": "answers",
    "clean_up": "leftovers",
    "crash": "injection",
    "failing": "injection",
    "live_actors": "leftovers",
    "settle": "quiet",
}

if not TYPE_CHECKING:  # to the checkers it would make every name exist

    def __getattr__(name: str) -> object:
        """Load a name from its module."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
