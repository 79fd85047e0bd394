"""The parent's side: gives each subject its worker processes, one after the other, and puts their values together."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyperf

from benchmarks.subject import Subject

_pyperf = cast(Any, pyperf)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work a run does: processes a subject, rounds a process, and seconds until a process counts as hung."""

    processes: int
    rounds: int
    quick: bool
    patience: float


FULL = Effort(processes=3, rounds=7, quick=False, patience=300.0)
QUICK = Effort(processes=1, rounds=1, quick=True, patience=15.0)


class SubjectError(Exception):
    """A subject did not come to its end: it raised, its results were wrong, or it hung."""


def run(subject: Subject, effort: Effort) -> Any:
    """Measure one subject and return the pyperf suite: a benchmark for each work, with the values of all processes.

    Raises:
        SubjectError: a process failed or did not end within `effort.patience` seconds.
    """
    benchmarks: dict[str, Any] = {}
    for names in _shares(subject, effort):
        for benchmark in _measured(subject, names, effort):
            known = benchmarks.setdefault(benchmark.get_name(), benchmark)
            if known is not benchmark:
                for one in benchmark.get_runs():
                    known.add_run(one)
    return _pyperf.BenchmarkSuite(list(benchmarks.values()))


def _shares(subject: Subject, effort: Effort) -> Iterator[list[str]]:
    for _ in range(effort.processes):
        if subject.separate:
            yield from ([name] for name in subject.works)
        else:
            yield list(subject.works)


def _measured(subject: Subject, names: list[str], effort: Effort) -> list[Any]:
    rounds = 1 if subject.separate else effort.rounds
    count = subject.quick if effort.quick else subject.count
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "values.json"))
        arguments = [subject.name, ",".join(names), str(rounds), str(count), file]
        _worker(subject, arguments, effort.patience)
        return cast(list[Any], _pyperf.BenchmarkSuite.load(file).get_benchmarks())


def _worker(subject: Subject, arguments: list[str], patience: float) -> None:
    command = [sys.executable, "-m", "benchmarks.rounds", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired as late:
        raise SubjectError(f"{subject.name}: no end after {patience:g} s") from late
    if done.returncode:
        raise SubjectError(f"{subject.name}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
