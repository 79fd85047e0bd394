"""The worker's side: does the works of a subject in turn, round by round, and hands over the values as a pyperf suite.

pyperf's `Runner` times one function in a process of its own and the next one in other processes, later. On a shared
machine the two then meet different weather, and a ratio of them says as much about the neighbours as about the code.
So this module alternates the works within each round, in one process, and the ratio is taken round by round. All else
is pyperf's: its clock, its values with their metadata, its file format (`python -m pyperf stats FILE` reads it).
"""

import gc
import sys
from collections.abc import Sequence
from typing import Any, cast

import gevent
import pyperf

from benchmarks.catalogue import SUBJECTS
from benchmarks.subject import Cost, Subject, Work

_pyperf = cast(Any, pyperf)


def measure(subject: Subject, names: Sequence[str], rounds: int, count: int) -> dict[str, list[float]]:
    """Do each named work once for warming up and then `rounds` times, and return what they cost, by round.

    Where a second work waits its turn, the order changes with every round: neither always comes after the other.
    """
    values: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds if subject.separate else rounds + 1):
        for name in names if turn % 2 else reversed(names):
            cost = _once(subject.works[name], count)
            if turn or subject.separate:
                values[name].append(cost)
    return values


def _once(work: Work, count: int) -> float:
    for _ in range(5):  # let the hub take down what the work before has left
        gevent.sleep(0.001)
    gc.collect()
    return work(count)


def _suite(subject: Subject, values: dict[str, list[float]], count: int) -> Any:
    metadata = {"unit": subject.cost.pyperf_unit} | ({"loops": count} if subject.cost is Cost.TIME else {})
    runs = {
        name: _pyperf.Run(costs, metadata={**metadata, "name": f"{subject.name} / {name}"})
        for name, costs in values.items()
    }
    return _pyperf.BenchmarkSuite([_pyperf.Benchmark([run]) for run in runs.values()])


def main(arguments: Sequence[str]) -> None:
    """Take NAME, WORK,WORK, ROUNDS, COUNT and FILE; measure, and write the suite to the file."""
    if not __debug__:
        raise SystemExit("the results are checked by assertions: run without -O")
    name, names, rounds, count, file = arguments
    subject = SUBJECTS[name]
    values = measure(subject, names.split(","), int(rounds), int(count))
    _suite(subject, values, int(count)).dump(file, replace=True)


if __name__ == "__main__":
    main(sys.argv[1:])
