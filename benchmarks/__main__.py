"""`python -m benchmarks [--quick] [--only NAME] [--json FILE] [--values FILE]`."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.catalogue import SUBJECTS
from benchmarks.processes import FULL, QUICK, Measured, run
from benchmarks.report import Row, as_json, row, table
from benchmarks.subject import Subject, unjudged


def main() -> int:
    """Measure the subjects, print the table and write what was asked for; 1 if a subject failed, however fast."""
    options = _options()
    subjects = _chosen(options.only)
    measured = run(subjects, QUICK if options.quick else FULL, _progress)
    rows = [_row(subject, measured, options.quick) for subject in subjects if subject.name in measured.benchmarks]
    _written(options, rows, measured)
    for failure in measured.failures.values():
        print(f"FAILED {failure}", file=sys.stderr)
    return 1 if measured.failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ours beside idiomatic gevent.")
    parser.add_argument("--quick", action="store_true", help="do all once, with small counts: checks results, not speed")
    parser.add_argument("--only", metavar="NAME", default="", help="only the subjects whose name contains NAME")
    parser.add_argument("--json", metavar="FILE", help="write the rows as JSON")
    parser.add_argument("--values", metavar="FILE", help="write all values as a pyperf suite (python -m pyperf stats FILE)")
    return parser.parse_args()


def _chosen(part: str) -> list[Subject]:
    chosen = [subject for name, subject in SUBJECTS.items() if part in name]
    if not chosen:
        raise SystemExit(f"no subject's name contains {part!r}; there are: {', '.join(SUBJECTS)}")
    return chosen


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


def _row(subject: Subject, measured: Measured, quick: bool) -> Row:
    values = {name: benchmark.get_values() for name, benchmark in measured.benchmarks[subject.name].items()}
    return row(unjudged(subject) if quick else subject, values)


def _written(options: argparse.Namespace, rows: list[Row], measured: Measured) -> None:
    if rows:
        print(table(rows))
    if options.json:
        Path(options.json).write_text(json.dumps(as_json(rows), indent=2) + "\n", encoding="utf-8")
    if options.values and rows:
        measured.suite().dump(options.values, replace=True)


if __name__ == "__main__":
    sys.exit(main())
