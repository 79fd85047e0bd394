"""Cancels, kills and branches of runs in simulations: one final outcome, the first reason, every branch left before.

SIMULATED_SEEDS=… runs more seeds.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field

import gevent
import pytest

from actors import AsyncComputation, Cancelled, Completed, Prompt, Suspend, Throw, ask, parallel, race, receive, spawn
from actors.clock import monotonic
from actors.computation import LegTimeoutError, NotSuspendedError
from actors.effects import clock
from actors.exits import Killed
from actors.outcomes import Outcome
from actors.runtime import kill
from actors.testing import Faults, simulate

SEEDS = int(os.environ.get("SIMULATED_SEEDS", "150"))
FAULTS = (Faults(delays=0.03, early=0.06), Faults(delays=0.3), Faults(delays=0.1, early=0.3))
TIMES = (0.0, 0.0003, 0.001, 0.01)
LONG = 1000.0  # virtual seconds; whoever is delayed is so for less than half of that

pytestmark = pytest.mark.sentence("T7", "R6", "R9", "R10", "R16", "C9")


class Boom(Exception):
    """What a branch raises on purpose."""


def slow(rnd: random.Random) -> str:
    try:
        ask(Prompt("first"))
        clock.sleep(rnd.choice(TIMES))
        ask(Prompt("second"))
    finally:
        clock.sleep(rnd.choice(TIMES))
    return "done"


def hurried(seed: int) -> tuple[list[Outcome], list[str], AsyncComputation[str]]:
    """An owner in a hurry, and others who end its run meanwhile; return what it had, who cancelled, and the run."""
    rnd = random.Random(seed)
    told: list[str] = []
    run = AsyncComputation.start(slow, random.Random(seed), shutdown=None)
    first: Outcome = receive().outcome
    got: list[Outcome] = [first]

    def ends(name: str, kills: bool) -> None:
        clock.sleep(rnd.choice(TIMES))
        if kills:
            kill(run.ref)
        elif run.state != "finished":
            told.append(name)
            run.cancel(name)

    for name in ("one", "another"):
        spawn(ends, name, rnd.random() < 0.4)
    try:
        with gevent.Timeout(rnd.choice(TIMES[1:])):
            got.append(run.resume_sync("yes", timeout=rnd.choice((None, 0.0004, 1.0))))
    except (LegTimeoutError, gevent.Timeout, NotSuspendedError):
        pass
    clock.sleep(60.0)
    while run.state != "finished":
        told.append("the end")
        run.cancel("the end")
        clock.sleep(60.0)
    while True:
        try:
            got.append(receive(0.0).outcome)
        except TimeoutError:
            return got, told, run


def play_hurried(seed: int) -> None:
    """Simulate, and check what the owner had."""
    got, told, run = simulate(seed, hurried, seed, faults=FAULTS[seed % 3], leftovers=True).value
    assert len({id(outcome) for outcome in got}) == len(got), f"hurried({seed}): {got} has one twice"
    finals = [outcome for outcome in got if not isinstance(outcome, Suspend)]
    assert finals == [run.outcome], f"hurried({seed})"
    assert finals[-1] is got[-1], f"hurried({seed}): something follows the final outcome"
    reasons = [outcome.reason for outcome in finals if isinstance(outcome, Cancelled)]
    assert all(reason in {*told[:1]} or isinstance(reason, Killed) for reason in reasons), f"hurried({seed}): {told}"


def test_whatever_ends_a_run_while_its_owner_hurries_it_has_one_final_outcome_and_the_first_reason() -> None:
    for seed in range(2 * SEEDS):
        play_hurried(seed)


@dataclass
class Branches:
    """What the branches of one `parallel` or `race` did, in order."""

    entered: list[int] = field(default_factory=list[int])
    left: list[int] = field(default_factory=list[int])
    returned: list[int] = field(default_factory=list[int])
    raised: list[BaseException] = field(default_factory=list[BaseException])
    order: list[object] = field(default_factory=list[object])  # of both
    decided: float | None = None  # when the others were stopped
    wrong: list[str] = field(default_factory=list[str])

    def came(self, result: object, decides: bool) -> None:
        """Note how a branch ended of its own accord."""
        self.order.append(result)
        if decides and self.decided is None:
            self.decided = monotonic()

    def check_left(self, when: str) -> None:
        if sorted(self.entered) != sorted(self.left):
            self.wrong.append(f"{when}: entered {self.entered}, left {self.left}")


def branch(number: int, rnd: random.Random, book: Branches, first_wins: bool) -> int:
    book.entered.append(number)
    try:
        clock.sleep(rnd.choice(TIMES))
        if rnd.random() < 0.2:
            clock.sleep(LONG)
            if book.decided is not None and monotonic() > book.decided + LONG / 2:
                book.wrong.append(f"{number} was not stopped")
        if rnd.random() < 0.2:
            error = Boom(number)
            book.raised.append(error)
            book.came(error, decides=True)
            raise error
        if rnd.random() < 0.3:
            clock.sleep(rnd.choice(TIMES))
        book.returned.append(number)
        book.came(number, decides=first_wins)
        return number
    finally:
        if rnd.random() < 0.4 and number not in book.returned and not book.raised:
            clock.sleep(rnd.choice(TIMES))
        book.left.append(number)


def together(rnd: random.Random, book: Branches, first_wins: bool) -> object:
    thunks = [lambda number=number: branch(number, rnd, book, first_wins) for number in range(rnd.randrange(1, 5))]
    try:
        result: int | tuple[int, ...] = race(*thunks) if first_wins else parallel(*thunks)
    except Boom as error:
        book.check_left("raised")
        first = book.order[0] if first_wins else book.raised[0]
        if error is not first and error.__context__ is None:  # else it came while the signal of a cancel was handled
            book.wrong.append(f"{error!r} was raised, and {first!r} came first")
        raise
    book.check_left("returned")
    if first_wins and result is not book.order[0]:
        book.wrong.append(f"{result} won, and {book.order[0]!r} came first")
    if not first_wins and (book.raised or result != tuple(sorted(book.returned))):
        book.wrong.append(f"{result} of {book.returned}, {book.raised}")
    return result


def branching(seed: int) -> Branches:
    rnd, book = random.Random(seed), Branches()
    run = AsyncComputation.start(together, rnd, book, seed % 2 == 0, shutdown=None)
    if rnd.random() < 0.4:
        clock.sleep(rnd.choice(TIMES))
        run.cancel("enough")
    outcome = run.wait()
    book.check_left("ended")
    if not isinstance(outcome, Cancelled | Completed) and not (isinstance(outcome, Throw) and outcome.error in book.raised):
        book.wrong.append(f"ended as {outcome}")
    return book


def play_branching(seed: int) -> None:
    """Simulate, and check what the branches did."""
    book = simulate(seed, branching, seed, faults=FAULTS[seed % 3]).value
    assert book.wrong == [], f"branching({seed})"


def test_parallel_and_race_leave_every_branch_before_they_return_what_came_first() -> None:
    for seed in range(2 * SEEDS):
        play_branching(seed)
