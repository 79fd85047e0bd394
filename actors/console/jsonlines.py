"""Every event as one JSON object a line, for programs."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import IO, Any, cast

from actors.console.faults import place_of, traceback_of
from actors.ops import label_of, options_of, prompt_of
from actors.outcomes import Cancelled, Completed, FinalOutcome, Suspend, Throw

DEPTH = 20  # of nested values; deeper ones, and those that contain themselves, are cut off


class JsonLines:
    """Shows a run as lines of JSON."""

    def __init__(self, out: IO[str], *, debug: bool = False) -> None:
        """Take where to write."""
        self._out = out
        self._debug = debug

    def question(self, suspend: Suspend) -> None:
        """Write a suspension."""
        question = suspend.value
        self._write(
            event="suspend",
            token=suspend.token,
            question=type(question).__name__,
            prompt=prompt_of(question),
            options=[label_of(option) for option in options_of(question)],
            error=suspend.error,
            data={str(key): plain(value) for key, value in suspend.data.items()},
        )

    def answer(self, text: str | None) -> None:
        """Write nothing: whoever gave the answer knows it."""

    def withdrawn(self, suspend: Suspend) -> None:
        """Write that a question waits no more."""
        self._write(event="withdrawn", token=suspend.token)

    def notice(self, value: object) -> None:
        """Write a notification."""
        self._write(event="notify", value=plain(value))

    def final(self, outcome: FinalOutcome) -> None:
        """Write how the run ended."""
        match outcome:
            case Completed(value):
                self._write(event="completed", value=plain(value))
            case Throw(error):
                self._write(event="throw", error=self._fault(error))
            case Cancelled(reason, error, killed):
                fault = None if error is None else self._fault(error)
                self._write(event="cancelled", reason=plain(reason), error=fault, killed=killed)

    def left(self, outcome: Throw) -> None:
        """Write that the computation ended the program."""
        self.final(outcome)

    def complain(self, text: str) -> None:
        """Write a remark for people, which is no event, to the standard error."""
        print(text, file=sys.stderr, flush=True)  # noqa: T201  the one line that is not JSON

    def close(self) -> None:
        """Nothing is left open."""

    def _fault(self, error: BaseException) -> dict[str, Any]:
        shown = {"type": type(error).__name__, "message": str(error), "at": place_of(error) or None}
        return {**shown, "traceback": traceback_of(error)} if self._debug else shown

    def _write(self, **fields: Any) -> None:
        self._out.write(json.dumps(fields) + "\n")
        self._out.flush()


@contextmanager
def standard_output_kept() -> Generator[IO[str]]:
    """Give the block the standard output for itself; what anybody else writes there goes to the standard error."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as kept:
        os.dup2(2, 1)
        try:
            yield kept
        finally:
            sys.stdout.flush()
            os.dup2(kept.fileno(), 1)


def plain(value: object, depth: int = DEPTH) -> Any:
    """Return a value as JSON can hold it: dataclasses as objects, enums by what one types for them, the rest as text."""
    if depth == 0:
        return "…"
    match value:
        case Enum():
            return label_of(value)
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            mapping = cast("Mapping[object, object]", value)
            return {str(key): plain(each, depth - 1) for key, each in mapping.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each, depth - 1) for each in cast("Iterable[Any]", value)]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = dataclasses.fields(value)
            return {field.name: plain(getattr(value, field.name), depth - 1) for field in fields}
        case _:
            return str(value)
