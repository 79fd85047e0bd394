"""A tree as a person sees it in a terminal, and as plain lines where there is none.

Drawn from what `supervisors.inspection` writes, which may come from another version of this library: what it does not have
is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from typing import Any, Final, TypeAlias

from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

Data: TypeAlias = dict[str, Any]
"""A JSON object: a node of the tree, or an actor."""

WIDE: Final = 100_000  # columns, where nothing is cut off
NAMED: Final = 24  # places for a name, however narrow the terminal is
LAST: Final = 20  # for what it waits for
GAP: Final = 2  # between two columns
ROUND: Final = 10  # from here on no tenths are told
MOST: Final = 20  # children of one supervisor that are shown
COLOURS: Final = {
    "running": "green",
    "starting": "cyan",
    "restarting": "yellow",
    "stopping": "magenta",
    "stopped": "bright_black",
}
NAMES: Final = {"supervisor": "bold", "run": "italic", "worker": ""}
ZOMBIE: Final = "bold red"
WAITS: Final = {"receiving": "bright_black", "waiting": ""}  # "blocked outside" stands out
ABNORMAL: Final = ("Crash", "Killed")
UNITS: Final = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))


def drawn(report: Data, console: Console, most: int | None = MOST) -> RenderableType:
    """Return what a report looks like; of more than `most` children of one supervisor, some are only counted."""
    root: Data = report["root"]
    parts: list[RenderableType] = [heading(report), table(root, console, most)]
    undead: list[Data] = report.get("zombies", [])
    if undead:
        parts += [Text(), Text(f"{counted(len(undead), 'actor')} outlived being killed:", ZOMBIE), graveyard(undead)]
    return Group(*parts)


def plain(report: Data, most: int | None = MOST) -> str:
    """Return the same as lines without colours, of which nothing is cut off."""
    console = Console(file=StringIO(), width=WIDE, color_system=None)
    with console.capture() as captured:
        console.print(drawn(report, console, most), crop=False, overflow="ignore")
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def heading(report: Data) -> Text:
    """Return how many there are."""
    states = Counter(node["state"] for node in below(report["root"]))
    total = sum(states.values())
    title: str | None = report.get("title")
    text = Text.assemble((f"{one_line(title)}  " if title else "", "bold"), f"process {report['pid']}  ")
    text.append(counted(total, "child", "children"))
    if total:
        text.append(": ")
        text.append_text(Text(", ").join(Text(f"{states[state]:,} {state}", colour(state)) for state in ordered(states)))
    return text


def table(root: Data, console: Console, most: int | None) -> Table:
    """Return the tree, with what each child does beside it."""
    rows: list[tuple[Text, ...]] = []
    tree = Tree(name(root), guide_style="bright_black")
    grow(tree, root, rows, most)
    grid = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bright_black")
    lines = zip(lines_of(tree, console), [cells(root), *rows], strict=True)
    columns = zip(COLUMNS, zip(*((line, *row) for line, row in lines), strict=True), strict=True)
    told: list[tuple[str, JustifyMethod, tuple[Text, ...]]] = [
        (title, justify, column) for (title, justify), column in columns if any(column)
    ]
    needed = [max(len(title), *(text.cell_len for text in column)) for title, _, column in told]
    for (title, justify, _), width in zip(told, widths(needed, console.width), strict=True):
        grid.add_column(title, justify=justify, width=width, no_wrap=True, overflow="ellipsis")
    for row in zip(*(column for *_, column in told), strict=True):
        grid.add_row(*row)
    return grid


def widths(needed: list[int], room: int) -> list[int]:
    """Return how wide each column may be: what one waits for, and then names, are cut off."""
    spare = min(0, room - sum(needed) - GAP * (len(needed) - 1))
    last = max(min(needed[-1], LAST), needed[-1] + spare)
    first = max(min(needed[0], NAMED), needed[0] + spare + needed[-1] - last)
    return [first, *needed[1:-1], last]


COLUMNS: Final[tuple[tuple[str, JustifyMethod], ...]] = (
    ("", "left"),
    ("kind", "left"),
    ("state", "left"),
    ("restarts", "right"),
    ("lately", "left"),
    ("mail", "right"),
    ("since", "right"),
    ("does", "left"),
)


def grow(tree: Tree, node: Data, rows: list[tuple[Text, ...]], most: int | None) -> None:
    """Add the children of a node to the tree, and what they do to the rows, in the same order."""
    shown, rest = chosen(node["children"], most)
    for child in shown:
        rows.append(cells(child))
        grow(tree.add(name(child)), child, rows, most)
    if rest:
        states = Counter(child["state"] for child in rest)
        text = ", ".join(f"{states[state]:,} {state}" for state in ordered(states))
        tree.add(Text(f"… {len(rest):,} more", "bright_black"))
        rows.append((*(Text() for _ in COLUMNS[2:]), Text(text, "bright_black")))


def chosen(children: list[Data], most: int | None) -> tuple[list[Data], list[Data]]:
    """Return which children are shown, and which only counted: those that run, and of them the last."""
    if most is None or len(children) <= most:
        return children, []
    places = sorted(range(len(children)), key=lambda place: children[place]["state"] == "running")
    kept = set(places[:most])
    return [children[place] for place in sorted(kept)], [children[place] for place in places[most:]]


def lines_of(tree: Tree, console: Console) -> Iterator[Text]:
    """Return a tree line by line."""
    for line in console.render_lines(tree, console.options.update(width=WIDE), pad=False):
        yield Text.assemble(*((segment.text, segment.style or "") for segment in line))


def name(node: Data) -> Text:
    """Return the label of a node; always one line."""
    return Text(one_line(node["id"]), NAMES.get(node["kind"], ""), no_wrap=True, overflow="ignore")


def cells(node: Data) -> tuple[Text, ...]:
    """Return what stands beside a node."""
    actor: Data | None = node.get("actor")
    restarts: int = node.get("restarts", 0)
    return (
        Text(node["kind"], "bright_black"),
        Text(f"● {node['state']}", colour(node["state"])),
        Text(f"{restarts:,}" if restarts else "", "yellow"),
        lately(node.get("budget")),
        mail(actor),
        Text("" if actor is None or actor.get("waited") is None else span(actor["waited"]), "bright_black"),
        Text() if actor is None else does(actor),
    )


def lately(budget: Data | None) -> Text:
    """Return how much of its intensity a supervisor has used up."""
    if budget is None:
        return Text()
    used, restarts = budget["used"], budget["restarts"]
    style = "bright_black" if not used else "red" if used >= restarts else "yellow"
    return Text(f"{used:,} of {restarts:,} in {span(budget['seconds'])}", style)


def mail(actor: Data | None) -> Text:
    """Return how many messages are queued."""
    if actor is None or not actor["mailbox"]:
        return Text()
    bound: int | None = actor.get("bound")
    full = bound is not None and actor["mailbox"] >= bound
    return Text(f"{actor['mailbox']:,}" + (f"/{bound:,}" if bound else ""), "red" if full else "")


def does(actor: Data) -> Text:
    """Return what an actor waits for, or does otherwise."""
    parts: list[Text] = []
    if actor.get("waits_for") is not None:
        parts.append(Text(one_line(actor["waits_for"]), WAITS.get(actor["state"], "yellow")))
    elif actor["state"] != "ended":
        parts.append(Text(actor["state"]))
    if actor.get("reason") is not None:
        reason = one_line(actor["reason"])
        parts.append(Text(reason, "red" if reason.startswith(ABNORMAL) else "bright_black"))
    elif actor.get("told_to_end") is not None:
        parts.append(Text(f"told to end: {one_line(actor['told_to_end'])}", "magenta"))
    return Text(", ").join(parts)


def graveyard(undead: list[Data]) -> Table:
    """Return the actors that outlived being killed."""
    grid = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, show_header=False)
    grid.add_column(no_wrap=True, min_width=max(len(actor["label"]) for actor in undead) + GAP)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    for actor in undead:
        grid.add_row(Text(f"  {one_line(actor['label'])}", "red"), does(actor))
    return grid


def below(node: Data) -> Iterator[Data]:
    """Return all that is below a node."""
    for child in node["children"]:
        yield child
        yield from below(child)


def ordered(states: Iterable[str]) -> list[str]:
    """Return states in the order in which one wants to read them."""
    place: Callable[[str], tuple[int, str]] = lambda state: ([*COLOURS, state].index(state), state)  # noqa: E731
    return sorted(states, key=place)


def colour(state: str) -> str:
    """Return the colour of a state."""
    return COLOURS.get(state, "")


def one_line(text: str) -> str:
    """Return text without line ends."""
    return " ".join(text.split())


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number of things."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def span(seconds: float) -> str:
    """Return a time as a person says it."""
    for length, unit in UNITS:
        if seconds >= length:
            value = seconds / length
            return f"{value:.1f}".removesuffix(".0") + f" {unit}" if value < ROUND else f"{value:.0f} {unit}"
    return "0 s" if seconds == 0 else "<1 ms"
