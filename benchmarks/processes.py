"""The parent's side: gives each subject its worker processes and puts their values together.

A slow spell of a shared machine lasts for seconds. So the processes of one subject do not follow one another: every
subject gets its first, then every subject its second.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
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


@dataclass(slots=True)
class Measured:
    """What came of a run: for each subject that came to its end a pyperf benchmark by work, and the failures."""

    benchmarks: dict[str, dict[str, Any]]
    failures: dict[str, SubjectError]

    def add(self, subject: Subject, found: Mapping[str, Any]) -> None:
        """Put the values of one more process with those of the same work."""
        known = self.benchmarks.setdefault(subject.name, {})
        for name, benchmark in found.items():
            if name in known:
                known[name].add_run(*benchmark.get_runs())
            else:
                known[name] = benchmark

    def failed(self, subject: Subject, failure: SubjectError) -> None:
        """Drop a subject for the rest of the run."""
        self.failures[subject.name] = failure
        self.benchmarks.pop(subject.name, None)

    def suite(self) -> Any:
        """Return all benchmarks as one pyperf suite."""
        return _pyperf.BenchmarkSuite([one for works in self.benchmarks.values() for one in works.values()])


def run(subjects: Iterable[Subject], effort: Effort, tell: Callable[[str], None]) -> Measured:
    """Measure subjects; `tell` hears what is about to be measured."""
    measured = Measured({}, {})
    chosen = list(subjects)
    for number in range(effort.processes):
        for subject in chosen:
            if subject.name not in measured.failures:
                tell(f"{subject.name}, {number + 1} of {effort.processes}")
                try:
                    measured.add(subject, dict(_measured(subject, effort)))
                except SubjectError as failure:
                    measured.failed(subject, failure)
    return measured


def _measured(subject: Subject, effort: Effort) -> Iterator[tuple[str, Any]]:
    rounds = 1 if subject.separate else effort.rounds
    count = subject.quick if effort.quick else subject.count
    shares = [[name] for name in subject.works] if subject.separate else [list(subject.works)]
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "values.json"))
        for names in shares:
            _worker(subject, [subject.name, ",".join(names), str(rounds), str(count), file], effort.patience)
            yield from zip(names, _pyperf.BenchmarkSuite.load(file).get_benchmarks(), strict=True)


def _worker(subject: Subject, arguments: list[str], patience: float) -> None:
    command = [sys.executable, "-m", "benchmarks.rounds", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired as late:
        raise SubjectError(f"{subject.name}: no end after {patience:g} s") from late
    if done.returncode:
        raise SubjectError(f"{subject.name}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
