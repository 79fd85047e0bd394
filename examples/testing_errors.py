"""The part of the error gallery that is about `actors.testing`: code that raises its errors; see `examples.errors`."""

# ruff: noqa: D103  each snippet is shown under the error that it raises

import sys
from collections.abc import Callable

from actors import Prompt, ask, offload, receive, spawn
from actors.effects import clock
from actors.testing import (
    DeadlockError,
    Faults,
    InjectedError,
    LeftoverError,
    OutOfAnswersError,
    StepLimitError,
    UnsimulatedError,
    UnusedAnswersError,
    answering,
    simulate,
)


def out_of_answers() -> None:
    with answering("Ada"):
        ask(Prompt("name"))
        ask(Prompt("email"))


def unused_answers() -> None:
    with answering("Ada", "ada@example.org"):
        ask(Prompt("name"))


def left_over() -> None:
    simulate(1, lambda: spawn(receive))


def waits_for_nobody() -> None:
    simulate(1, receive)


def endless() -> None:
    while True:
        clock.sleep(1.0)


def too_many_steps() -> None:
    simulate(1, endless, steps=10)


def unsimulated() -> None:
    simulate(1, lambda: offload(sum, range(10)))


def injected() -> None:
    simulate(1, lambda: [spawn(clock.sleep, 10.0), receive(timeout=20.0)], faults=Faults(crashes=1.0))


GALLERY: dict[type[Exception], Callable[[], None]] = {
    OutOfAnswersError: out_of_answers,
    UnusedAnswersError: unused_answers,
    LeftoverError: left_over,
    DeadlockError: waits_for_nobody,
    StepLimitError: too_many_steps,
    UnsimulatedError: unsimulated,
    InjectedError: injected,
}


if __name__ == "__main__":
    from examples.errors import raised_by

    print(raised_by(globals()[sys.argv[1]]))
