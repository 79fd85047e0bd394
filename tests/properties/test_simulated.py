"""The stress of `test_stress`, and links, in simulations: every fault at once, many seeds, each repeatable.

SIMULATED_SEEDS=… runs more of them.
"""

import os
import random
from collections import Counter

import pytest

from actors import AsyncComputation, Completed, Prompt, Suspend, Throw, ask, current, receive, send, spawn
from actors.computation import FinishedError, LegTimeoutError, NotSuspendedError, StaleTokenError
from actors.effects import clock
from actors.exits import Normal
from actors.outcomes import Outcome
from actors.runtime import ActorRef, Down, kill, link, trap_exits
from actors.testing import Faults, InjectedError, simulate
from tests.properties.test_stress import Boom, Ledger, check, wizard

SEEDS = int(os.environ.get("SIMULATED_SEEDS", "150"))
FAULTS = Faults(crashes=0.004, kills=0.002, cancels=0.01, delays=0.03, early=0.03)
DRIVERS, ROUNDS = 4, 3

pytestmark = pytest.mark.sentence("T7")


def drive(me: int, rnd: random.Random, ledger: Ledger) -> None:
    """Lead one wizard to its end, whatever is injected into it."""
    runner, number = None, 0
    try:
        runner, outcome = AsyncComputation.start_sync(wizard, me, rnd.randrange(1, 6), rnd, ledger, timeout=1.0)
        noted(outcome, me, number, ledger)
        while isinstance(outcome, Suspend):
            answer = f"{me}.{number}"
            number += 1
            outcome = runner.resume_sync(answer, timeout=rnd.choice([1.0, 0.0003]))
            noted(outcome, me, number, ledger)
    except LegTimeoutError as late:
        ledger.saw["late"] += 1
        late_too(late.runner, me, number, rnd, ledger)


def late_too(runner: AsyncComputation[int], me: int, number: int, rnd: random.Random, ledger: Ledger) -> None:
    try:
        outcome = runner.cancel_sync("late") if rnd.random() < 0.5 else runner.wait(1.0)
        noted(outcome, me, number, ledger)
        runner.cancel("left alone")
    except LegTimeoutError:
        ledger.saw["late twice"] += 1
        runner.cancel("too late")
    except FinishedError:
        ledger.saw["finished before"] += 1


def noted(outcome: Outcome, me: int, number: int, ledger: Ledger) -> None:
    """Check an outcome; what was injected may be thrown at any time."""
    match outcome:
        case Throw(InjectedError()):
            ledger.saw["injected"] += 1
        case _:
            check(outcome, me, number, ledger)


def driver(first: int, seed: int, ledger: Ledger) -> None:
    rnd = random.Random(seed)
    for me in range(first, first + ROUNDS):
        drive(me, rnd, ledger)


def stress(seed: int) -> Ledger:
    ledger = Ledger()
    for number in range(DRIVERS):
        spawn(driver, number * ROUNDS, seed + number, ledger, link=False, monitor=True)
    for _ in range(DRIVERS):
        reason = receive().reason
        ledger.saw[type(reason).__name__] += 1
        if not isinstance(getattr(reason, "error", InjectedError()), InjectedError | Boom):
            ledger.wrong.append(f"a driver ended with {reason!r}")
    return ledger


def test_with_every_fault_every_finally_runs_once_no_reply_is_wrong_and_nothing_is_left() -> None:
    saw: Counter[str] = Counter()
    for seed in range(2 * SEEDS // 3):
        ledger = simulate(seed, stress, seed, faults=FAULTS).value  # leftovers fail it
        assert ledger.wrong == [], f"simulate({seed}, stress, {seed}, faults=FAULTS)"
        never_or_twice = {scope: ledger.left[scope] for scope in ledger.entered if ledger.left[scope] != 1}
        assert never_or_twice == {}, f"simulate({seed}, stress, {seed}, faults=FAULTS)"
        saw += ledger.saw
    expected = {"Suspend", "Completed", "Throw", "Cancelled", "late", "injected", "Killed", "Crash"}
    assert expected <= set(saw)


def asking() -> list[str]:
    left: list[str] = []
    try:
        for number in range(3):
            ask(Prompt(str(number)))
            clock.sleep(0.1)
    finally:
        left.append("left")
        clock.sleep(0.1)
        left.append("for good")
    return left


def cancelled_wizard(moment: float) -> str:
    """Cancel a wizard at some moment while it is driven by messages; exactly one final outcome comes."""
    boss = current()
    run = AsyncComputation.start(asking, tag="w")

    def canceller() -> None:
        clock.sleep(moment)
        run.cancel("enough")
        send(boss, "cancelled")

    spawn(canceller)
    finals: list[Outcome] = []
    told = False
    while not (finals and told):
        match receive():
            case "cancelled":
                told = True
            case event if isinstance(event.outcome, Suspend):
                try:
                    run.resume("yes", token=event.outcome.token)
                except (NotSuspendedError, StaleTokenError):
                    assert run.state != "suspended"
            case event:
                finals.append(event.outcome)
    with pytest.raises(TimeoutError):
        receive(timeout=60.0)
    assert len(finals) == 1
    assert run.outcome is finals[0]
    return type(finals[0]).__name__


@pytest.mark.sentence("R2", "R8", "R10")
def test_a_wizard_that_is_cancelled_at_any_moment_has_one_final_outcome() -> None:
    moments = (0.0, 0.1, 0.15, 0.2, 0.3, 0.4)
    faults = Faults(delays=0.05, early=0.1)
    ended = Counter(simulate(seed, cancelled_wizard, moments[seed % 6], faults=faults).value for seed in range(SEEDS))
    assert set(ended) == {"Cancelled", "Completed"}


def stubborn() -> list[str]:
    """Ask on, whatever happens to a question; give back the answers."""
    answers: list[str] = []
    for number in range(6):
        try:
            answers.append(ask(Prompt(str(number)), timeout=1.0))
        except (InjectedError, TimeoutError):
            answers.append(str(number))
    return answers


def hesitant_owner() -> None:
    """Answer late, twice, or not at all; an answer reaches the question it is for, or is refused."""
    run, ended = AsyncComputation.start(stubborn, tag="s"), False
    while not ended:
        outcome = receive().outcome
        if isinstance(outcome, Suspend):
            clock.sleep(float(outcome.value.name) / 4)  # the fifth is answered just in time, or not
            for _ in range(2):
                try:
                    run.resume(outcome.value.name, token=outcome.token)
                except (NotSuspendedError, StaleTokenError):
                    pass
        else:
            assert outcome == Completed(list("012345"))
            ended = True


@pytest.mark.sentence("R8", "R21")
def test_an_answer_reaches_its_own_question_or_none_whatever_interrupts_the_asking() -> None:
    for seed in range(SEEDS):
        simulate(seed, hesitant_owner, faults=Faults(crashes=0.05, delays=0.05, early=0.1))


def member(boss: ActorRef) -> None:
    for other in receive():
        link(other)
    send(boss, "linked")
    receive()


def web(edges: int) -> None:
    """Link five actors at random and kill one: whoever is linked to it, through others too, ends with it."""
    trap_exits(True)
    boss = current()
    members = [spawn(member, boss, link=False, monitor=True) for _ in range(5)]
    rnd = random.Random(edges)
    pairs = [(one, other) for one in range(5) for other in range(one) if rnd.random() < 0.3]
    for number, ref in enumerate(members):
        send(ref, [members[other] for one, other in pairs if one == number])
    for _ in members:
        receive(match=lambda message: message == "linked")
    kill(members[0])
    reached = {0}
    for _ in members:
        for one, other in pairs:
            if one in reached or other in reached:
                reached |= {one, other}
    dead = {members.index(receive(match=lambda message: isinstance(message, Down)).ref) for _ in reached}
    assert dead == reached
    assert [ref.alive for ref in members] == [number not in reached for number in range(5)]
    for ref in members:
        send(ref, "stop")
    ends = [receive(match=lambda message: isinstance(message, Down)).reason for _ in range(5 - len(reached))]
    assert all(isinstance(reason, Normal) for reason in ends)


@pytest.mark.sentence("A8", "A10")
def test_the_end_of_an_actor_reaches_all_who_are_linked_and_nobody_else_in_every_order() -> None:
    for seed in range(SEEDS):
        simulate(seed, web, seed % 16, faults=Faults(delays=0.1))
    assert simulate(0, web, 0).left == ()
