"""The states of a run and everything that can happen in them: one table, and the code runs on it.

Pure. A row says, for a state and an input, the next state and what comes of it. `docs/semantics.md` draws the table
(R22); a property test walks it.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Input(Enum):
    """What can happen to a run."""

    ASK = "ask"  # the body performs a question that the owner is to answer
    NOTIFY = "notify"  # the body notifies
    RESUME = "resume"  # an answer that is accepted
    REFUSE = "refuse"  # an answer that the question's parse refuses
    WITHDRAW = "withdraw"  # the ask ended without an answer
    CANCEL = "cancel"  # somebody cancels
    RAISE = "raise_"  # the signal is raised in the body
    RETURN = "return_"  # the body returns
    THROW = "throw"  # the body raises
    LEAVE = "leave"  # the body is unwound by a signal
    KILL = "kill"  # the run is ended by force


class Made(Enum):
    """What comes of an input."""

    NOTHING = "nothing"
    SUSPEND = "Suspend"
    NOTIFY = "Notify"
    COMPLETED = "Completed"
    THROW = "Throw"
    CANCELLED = "Cancelled"
    KILLED = "Cancelled(killed=True)"
    QUEUED = "the question waits for its turn"
    SIGNAL = "the signal is raised again"
    NOT_SUSPENDED = "NotSuspendedError"
    FINISHED = "FinishedError"


# Reading a member off an Enum class goes through its metaclass, 60 ns; a global costs nothing.
NOTHING: Final = Made.NOTHING
SUSPEND: Final = Made.SUSPEND
QUEUED: Final = Made.QUEUED
COMPLETED: Final = Made.COMPLETED
THROW: Final = Made.THROW


class Step:
    """The next state, and what comes of it."""

    __slots__ = ("made", "state")

    def __init__(self, state: State, made: Made) -> None:
        """Take both."""
        self.state = state
        self.made = made


class State:
    """A state; `state.ask` is the step for `Input.ASK`, and so on: one attribute instead of a look-up on the hot path."""

    __slots__ = (
        "ask",
        "cancel",
        "kill",
        "leave",
        "name",
        "notify",
        "phase",
        "raise_",
        "refuse",
        "resume",
        "return_",
        "throw",
        "withdraw",
    )

    ask: Step
    cancel: Step
    kill: Step
    leave: Step
    notify: Step
    raise_: Step
    refuse: Step
    resume: Step
    return_: Step
    throw: Step
    withdraw: Step

    def __init__(self, name: str, phase: str) -> None:
        """Take its name, and the word users see for it."""
        self.name = name
        self.phase = phase

    def step(self, event: Input) -> Step:
        """Return the step for an input."""
        step: Step = getattr(self, event.value)
        return step

    def __repr__(self) -> str:
        """Return the name."""
        return self.name


RUNNING: Final = State("RUNNING", "running")
SUSPENDED: Final = State("SUSPENDED", "suspended")
CANCELLING: Final = State("CANCELLING", "running")  # cancelled, the signal not yet raised
UNWINDING: Final = State("UNWINDING", "running")  # the signal was raised: it can only end as Cancelled
FINISHED: Final = State("FINISHED", "finished")

STATES: Final = (RUNNING, SUSPENDED, CANCELLING, UNWINDING, FINISHED)

_I, _M = Input, Made

ENDS: Final = {
    _I.RETURN: (FINISHED, _M.COMPLETED),
    _I.THROW: (FINISHED, _M.THROW),
    _I.LEAVE: (FINISHED, _M.CANCELLED),
    _I.KILL: (FINISHED, _M.KILLED),
}

TABLE: Final[dict[State, dict[Input, tuple[State, Made]]]] = {
    RUNNING: {
        _I.ASK: (SUSPENDED, _M.SUSPEND),
        _I.NOTIFY: (RUNNING, _M.NOTIFY),
        _I.RESUME: (RUNNING, _M.NOT_SUSPENDED),
        _I.REFUSE: (RUNNING, _M.NOT_SUSPENDED),
        _I.WITHDRAW: (RUNNING, _M.NOTHING),
        _I.CANCEL: (CANCELLING, _M.NOTHING),
        _I.RAISE: (UNWINDING, _M.NOTHING),
        **ENDS,
    },
    SUSPENDED: {
        _I.ASK: (SUSPENDED, _M.QUEUED),
        _I.NOTIFY: (SUSPENDED, _M.NOTIFY),
        _I.RESUME: (RUNNING, _M.NOTHING),
        _I.REFUSE: (SUSPENDED, _M.SUSPEND),
        _I.WITHDRAW: (RUNNING, _M.NOTHING),
        _I.CANCEL: (CANCELLING, _M.NOTHING),
        _I.RAISE: (UNWINDING, _M.NOTHING),
        **ENDS,
    },
    CANCELLING: {
        _I.ASK: (CANCELLING, _M.SIGNAL),
        _I.NOTIFY: (CANCELLING, _M.NOTIFY),
        _I.RESUME: (CANCELLING, _M.NOT_SUSPENDED),
        _I.REFUSE: (CANCELLING, _M.NOT_SUSPENDED),
        _I.WITHDRAW: (CANCELLING, _M.NOTHING),
        _I.CANCEL: (CANCELLING, _M.NOTHING),
        _I.RAISE: (UNWINDING, _M.NOTHING),
        **ENDS,
    },
    UNWINDING: {
        _I.ASK: (UNWINDING, _M.SIGNAL),
        _I.NOTIFY: (UNWINDING, _M.NOTIFY),
        _I.RESUME: (UNWINDING, _M.NOT_SUSPENDED),
        _I.REFUSE: (UNWINDING, _M.NOT_SUSPENDED),
        _I.WITHDRAW: (UNWINDING, _M.NOTHING),
        _I.CANCEL: (UNWINDING, _M.NOTHING),
        _I.RAISE: (UNWINDING, _M.NOTHING),
        _I.RETURN: (FINISHED, _M.CANCELLED),
        _I.THROW: (FINISHED, _M.CANCELLED),
        _I.LEAVE: (FINISHED, _M.CANCELLED),
        _I.KILL: (FINISHED, _M.KILLED),
    },
    FINISHED: {
        **dict.fromkeys(Input, (FINISHED, _M.NOTHING)),
        _I.ASK: (FINISHED, _M.SIGNAL),
        _I.RESUME: (FINISHED, _M.FINISHED),
        _I.REFUSE: (FINISHED, _M.FINISHED),
    },
}

for _state, _row in TABLE.items():
    for _event, (_next, _made) in _row.items():
        setattr(_state, _event.value, Step(_next, _made))
