"""`explore` and `simulations`: many simulations of one program, and the simplest of those that fail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVarTuple

from actors.testing.decisions import Decisions, Drawn, Recorder, Script, Seeded
from actors.testing.simulated import Faults
from actors.testing.simulation import NO_FAULTS, STEPS, simulate

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Ts = TypeVarTuple("Ts")

SHRINKS = 300  # simulations that are spent on making a failure simpler


def explore(
    program: Callable[[*Ts], object],
    *args: *Ts,
    runs: int = 1000,
    seed: int = 0,
    faults: Faults = NO_FAULTS,
    steps: int = STEPS,
    leftovers: bool = False,
) -> None:
    """Simulate `program(*args)` with seed after seed; the first failure is made as simple as possible and raised.

    Args:
        program: what runs; see `simulate`.
        args: its arguments; each simulation gets the same objects.
        runs: how many seeds.
        seed: the first of them.
        faults: how often what is injected.
        steps: how many steps each simulation may take.
        leftovers: it may leave actors behind, which are killed; otherwise that is a failure.

    Raises:
        ValueError: `runs` is less than 1.
        BaseException: what the simplest failing simulation raises; its notes say how to repeat it, and the schedule.
    """
    if runs < 1:
        raise ValueError(f"explore(…, runs={runs!r}): at least one simulation has to run")
    once = partial(_failure, program, args, {"faults": faults, "steps": steps, "leftovers": leftovers})
    for number in range(seed, seed + runs):
        recorder = Recorder(Seeded(number))
        first = once(recorder)
        if first is not None:
            script = Script(*recorder.made, seed=number)
            script, error = _simplest(script, first, once)
            error.add_note(f"found by explore with seed {number}; its simplest form: simulate({script!r}, …)")
            try:
                raise error
            finally:
                del error, first  # the traceback holds this frame: no cycle


def _failure(
    program: Callable[..., object], args: tuple[Any, ...], options: dict[str, Any], decisions: Decisions
) -> Exception | None:
    """Return what a simulation fails by; None if it does not."""
    try:
        simulate(decisions, program, *args, **options)
    except Exception as error:
        return error
    return None


def _simplest(script: Script, error: Exception, failure: Callable[[Script], Exception | None]) -> tuple[Script, Exception]:
    """Return the simplest script found that fails in the same way, and its error.

    Stretches of decisions are replaced by the ordinary one, long stretches first.
    Source: Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002).
    """
    best, left, seed = list(script.decisions), SHRINKS, script.seed
    length = len(best)
    while length and left:
        for start in range(0, len(best), length):
            tried = [*best[:start], *[0] * len(best[start : start + length]), *best[start + length :]]
            if tried == best or not left:
                continue
            left -= 1
            found = failure(Script(*tried, seed=seed))
            if found is not None and type(found) is type(error):
                best, error = tried, found
        best = list(Script(*best).decisions)
        length = min(length, len(best)) // 2
    script = Script(*best, seed=seed)
    return script, failure(script) or error


def simulations(most: int = 400) -> SearchStrategy[Decisions]:
    """Return a Hypothesis strategy for the first argument of `simulate`; a failing one shrinks to the simplest schedule.

    Args:
        most: how many decisions are drawn; all after those are ordinary.
    """
    from hypothesis import strategies  # noqa: PLC0415  an extra, needed only here

    drawn: SearchStrategy[Decisions] = strategies.binary(max_size=most).map(lambda values: Drawn(*values))
    return drawn
