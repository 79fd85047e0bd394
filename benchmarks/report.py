"""What a reader gets: a row a subject, as a line of the table and as JSON. Pure."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.subject import Cost, Subject

COLUMNS = ("name", "ours", "baseline", "unit", "ratio", "must", "aim", "verdict")


@dataclass(frozen=True, slots=True)
class Row:
    """The measurements of a subject: the median cost of each work, in the subject's unit, and the ratio's quartiles."""

    subject: Subject
    costs: Mapping[str, float]
    quartiles: tuple[float, float, float] | None

    @property
    def ratio(self) -> float | None:
        """How many times ours goes into the baseline, or what else it is compared with: the median over the rounds."""
        return self.quartiles[1] if self.quartiles else None

    @property
    def verdict(self) -> str:
        """`aim` or `must` for what was reached, `MISSED`, or nothing where nothing is asked."""
        target = self.subject.target
        if target is None:
            return ""
        reached = [
            word for word in ("aim", "must") if target.reached(getattr(target, word), self.costs["ours"], self.ratio)
        ]
        return reached[0] if reached else "MISSED"


def row(subject: Subject, values: Mapping[str, Sequence[float]]) -> Row:
    """Make the row of a subject from the values of its works, in seconds or bytes; equal positions are one round."""
    costs = {name: statistics.median(costs) / subject.cost.scale for name, costs in values.items()}
    if subject.than not in values:
        return Row(subject, costs, None)
    ratios = [theirs / ours for ours, theirs in zip(values["ours"], values[subject.than], strict=True)]
    quarters = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return Row(subject, costs, (quarters[0], quarters[1], quarters[2]))


def as_json(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Make the JSON rows.

    Each has `name`, `ours_us`, `baseline_us` and `ratio`; a memory row has `ours_kB` and `baseline_kB` and no times, a
    lateness has `ours_ms` too. What else stands beside them has a key of its own, like `generator_us`.
    """
    return [_as_json(row) for row in rows]


def _as_json(row: Row) -> dict[str, Any]:
    cost = row.subject.cost
    found: dict[str, Any] = {"name": row.subject.name, "ours_us": None, "baseline_us": None, "ratio": row.ratio}
    for name, value in row.costs.items():
        found[f"{name}_{cost.unit}"] = value
        if cost is Cost.LATENESS:
            found[f"{name}_us"] = value * 1e3
    if row.quartiles:
        found["ratio_quartiles"] = row.quartiles
    if row.subject.target:
        found |= {"must": row.subject.target.must, "aim": row.subject.target.aim, "verdict": row.verdict}
    return found


def table(rows: Sequence[Row]) -> str:
    """Make the table, with a line under it for each row that has more beside it."""
    lines = [COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    shown = [
        "  ".join(_aligned(cell, width, at) for at, (cell, width) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]
    return "\n".join(line.rstrip() for line in [*shown, *_beside(rows)])


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if COLUMNS[column] in ("ours", "baseline", "ratio", "must", "aim") else cell.ljust(width)


def _cells(row: Row) -> tuple[str, ...]:
    target = row.subject.target
    return (
        row.subject.name,
        f"{row.costs['ours']:.3g}",
        f"{row.costs['baseline']:.3g}" if "baseline" in row.costs else "",
        row.subject.cost.unit,
        f"{row.ratio:.2f}" if row.ratio else "",
        target.shown(target.must) if target else "",
        target.shown(target.aim) if target else "",
        row.verdict,
    )


def _beside(rows: Iterable[Row]) -> list[str]:
    return [
        f"{row.subject.name}, beside it: {name} {value:.3g} {row.subject.cost.unit}"
        for row in rows
        for name, value in row.costs.items()
        if name not in ("ours", "baseline")
    ]
