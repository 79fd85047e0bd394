"""What there is to know of a run without bringing it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors.codec import DecodeError, decode
from actors.durable.rows import unpacked_question

if TYPE_CHECKING:
    from actors.durable.store import RunRow


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run of a store; times are seconds since the epoch.

    `status` is `running`, `suspended`, `sleeping`, `parked` or `finished`; `question` and `token` are those of the open
    suspension, `reason` says why it is parked.
    """

    id: str
    name: str
    version: str
    status: str
    since: float
    created: float
    question: Any
    token: int | None
    wake_at: float | None
    reason: str | None
    attempts: int


def info_of(row: RunRow) -> RunInfo:
    """Return what a row tells."""
    question, token = None, None
    if row.question is not None:
        try:
            token, _, form = unpacked_question(row.question)
            question = decode(form)
        except DecodeError as error:
            question = error  # a question whose class is not known here
    return RunInfo(
        row.id,
        row.name,
        row.version,
        row.status,
        row.since,
        row.created,
        question,
        token,
        row.wake_at,
        row.reason,
        row.attempts,
    )
