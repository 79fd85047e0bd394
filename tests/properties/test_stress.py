"""Everything at once, at random: crashes, cancels, sleeps, tiny timeouts, nested runs and branches.

The seed of a failure is in its message; STRESS_SEED=… runs it again (the timing is the machine's).
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from actors import AsyncComputation, Cancelled, Completed, Prompt, Suspend, Throw, ask, parallel, receive, spawn
from actors.computation import LegTimeoutError
from actors.effects import clock, race
from actors.outcomes import Outcome
from actors.testing import live_actors, settle

SEED = int(os.environ.get("STRESS_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
DRIVERS = 8
ROUNDS = 2_500
PATIENT, TINY = 5.0, 0.0003


class Boom(Exception):
    pass


@dataclass
class Ledger:
    """What was entered and left, and what went wrong."""

    entered: Counter[int] = field(default_factory=Counter[int])
    left: Counter[int] = field(default_factory=Counter[int])
    saw: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    scopes: int = 0

    def enter(self) -> int:
        self.scopes += 1
        self.entered[self.scopes] += 1
        return self.scopes


def question(me: int, number: int) -> Prompt:
    return Prompt(f"{me}.{number}")


def checked_ask(me: int, number: int, ledger: Ledger) -> None:
    answer = ask(question(me, number))
    if answer != f"{me}.{number}":
        ledger.wrong.append(f"{me}.{number} was answered {answer!r}")


def misfortune(rnd: random.Random, ledger: Ledger) -> None:
    """Perhaps crash, sleep, or run something inside."""
    match rnd.randrange(40):
        case 0 | 1:
            raise Boom
        case 2 | 3:
            clock.sleep(0.0005)
        case 4:
            inner = AsyncComputation.start(child, rnd, ledger)
            inner.wait()
        case 5:
            AsyncComputation.start(child, rnd, ledger)  # left running: cancelled with its owner
        case 6:
            parallel(*[lambda: child(rnd, ledger)] * rnd.randrange(1, 4))
        case 7:
            parallel(lambda: parallel(lambda: child(rnd, ledger), lambda: child(rnd, ledger)), lambda: clock.sleep(0))
        case 8:
            race(lambda: child(rnd, ledger), lambda: clock.sleep(0.01))
        case _:
            pass


def child(rnd: random.Random, ledger: Ledger) -> str:
    scope = ledger.enter()
    try:
        if rnd.random() < 0.2:
            raise Boom
        if rnd.random() < 0.4:
            clock.sleep(0.0007)
        return "child"
    finally:
        ledger.left[scope] += 1
        if rnd.random() < 0.2:
            clock.sleep(0.0001)


def wizard(me: int, steps: int, rnd: random.Random, ledger: Ledger) -> int:
    scope = ledger.enter()
    try:
        for number in range(steps):
            checked_ask(me, number, ledger)
            misfortune(rnd, ledger)
        return me
    finally:
        ledger.left[scope] += 1
        if rnd.random() < 0.1:
            clock.sleep(0.0002)


def check(outcome: Outcome, me: int, number: int, ledger: Ledger) -> None:
    """Note an outcome that is not one of this wizard at this step."""
    ledger.saw[type(outcome).__name__] += 1
    match outcome:
        case Suspend(value) if value != question(me, number):
            ledger.wrong.append(f"{me} at {number} asked {value!r}")
        case Completed(value) if value != me:
            ledger.wrong.append(f"{me} returned {value!r}")
        case Throw(error) if not isinstance(error, Boom):
            ledger.wrong.append(f"{me} threw {error!r}")
        case _:
            pass


def drive(me: int, rnd: random.Random, ledger: Ledger) -> None:
    """Lead one wizard to its end, by whichever way the dice say."""
    runner: AsyncComputation[int] | None = None
    number = 0
    try:
        runner, outcome = AsyncComputation.start_sync(
            wizard, me, rnd.randrange(1, 6), rnd, ledger, timeout=rnd.choice([PATIENT, PATIENT, TINY])
        )
        check(outcome, me, number, ledger)
        while isinstance(outcome, Suspend):
            if rnd.random() < 0.1:
                outcome = runner.cancel_sync("enough")
            else:
                answer = f"{me}.{number}"
                number += 1
                outcome = runner.resume_sync(answer, timeout=rnd.choice([PATIENT, PATIENT, PATIENT, TINY]))
            check(outcome, me, number, ledger)
    except LegTimeoutError as late:
        ledger.saw["late"] += 1
        give_up(late.runner, me, number, rnd, ledger)


def give_up(runner: AsyncComputation[int], me: int, number: int, rnd: random.Random, ledger: Ledger) -> None:
    """End a wizard whose outcome did not come in time: cancel it, or wait for the outcome and leave it."""
    if rnd.random() < 0.5:
        check(runner.cancel_sync("late"), me, number, ledger)
        return
    outcome = runner.wait(PATIENT)
    check(outcome, me, number, ledger)
    runner.cancel("left alone")


def driver(first: int, seed: int, ledger: Ledger) -> None:
    rnd = random.Random(seed)
    for me in range(first, first + ROUNDS):
        drive(me, rnd, ledger)
        if rnd.random() < 0.02:
            clock.sleep(0)


@pytest.mark.sentence("R14", "R16", "A14")
def test_under_stress_every_finally_runs_once_no_reply_is_wrong_and_nothing_is_left() -> None:
    ledger = Ledger()
    drivers = [spawn(driver, number * ROUNDS, SEED + number, ledger, link=False, monitor=True) for number in range(DRIVERS)]
    for _ in drivers:
        down = receive(60.0)
        assert down.reason.__class__.__name__ == "Normal", f"seed {SEED}: {down}"
    AsyncComputation.start(clock.sleep, 0.05).result()  # what the last ones were cancelled in the middle of
    settle()

    again = f"STRESS_SEED={SEED}"
    assert ledger.wrong == [], again
    never_or_twice = {scope: ledger.left[scope] for scope in ledger.entered if ledger.left[scope] != 1}
    assert never_or_twice == {}, again
    assert live_actors() == [], again
    # It was a stress: each of these happened.
    assert {"Suspend", "Completed", "Throw", "Cancelled", "late"} <= set(ledger.saw), again


def test_control_a_wrong_reply_is_noticed() -> None:
    ledger = Ledger()
    check(Completed(2), 1, 0, ledger)
    check(Cancelled("enough"), 1, 0, ledger)
    check(Throw(KeyError()), 1, 0, ledger)
    assert len(ledger.wrong) == 2
