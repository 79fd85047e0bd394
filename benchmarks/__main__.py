"""`python -m benchmarks [--quick] [--only NAME] [--json FILE] [--values FILE]`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, cast

import pyperf

from benchmarks.catalogue import SUBJECTS
from benchmarks.processes import FULL, QUICK, SubjectError, run
from benchmarks.report import Row, as_json, row, table
from benchmarks.subject import Subject, unjudged


def main() -> int:
    """Measure the subjects, print the table and write what was asked for; 1 if a subject failed, however fast."""
    options = _options()
    rows: list[Row] = []
    benchmarks: list[Any] = []
    failures: list[SubjectError] = []
    for subject in _chosen(options.only):
        _progress(subject)
        try:
            suite = run(subject, QUICK if options.quick else FULL)
        except SubjectError as failure:
            failures.append(failure)
        else:
            benchmarks += suite.get_benchmarks()
            rows.append(_row(unjudged(subject) if options.quick else subject, suite))
    _written(options, rows, benchmarks)
    for failed in failures:
        print(f"FAILED {failed}", file=sys.stderr)
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ours beside idiomatic gevent.")
    parser.add_argument(
        "--quick", action="store_true", help="do everything once, with small counts: checks results, not speed"
    )
    parser.add_argument("--only", metavar="NAME", default="", help="only the subjects whose name contains NAME")
    parser.add_argument("--json", metavar="FILE", help="write the rows as JSON")
    parser.add_argument(
        "--values", metavar="FILE", help="write every value as a pyperf suite (python -m pyperf stats FILE)"
    )
    return parser.parse_args()


def _chosen(part: str) -> list[Subject]:
    chosen = [subject for name, subject in SUBJECTS.items() if part in name]
    if not chosen:
        raise SystemExit(f"no subject's name contains {part!r}; there are: {', '.join(SUBJECTS)}")
    return chosen


def _progress(subject: Subject) -> None:
    if sys.stderr.isatty():
        print(f"{subject.name} ...", file=sys.stderr)


def _row(subject: Subject, suite: Any) -> Row:
    prefix = f"{subject.name} / "
    return row(subject, {one.get_name().removeprefix(prefix): one.get_values() for one in suite.get_benchmarks()})


def _written(options: argparse.Namespace, rows: list[Row], benchmarks: list[Any]) -> None:
    if rows:
        print(table(rows))
    if options.json:
        Path(options.json).write_text(json.dumps(as_json(rows), indent=2) + "\n", encoding="utf-8")
    if options.values and benchmarks:
        cast(Any, pyperf).BenchmarkSuite(benchmarks).dump(options.values, replace=True)


if __name__ == "__main__":
    sys.exit(main())
