"""The documents draw the transition table that the code runs on."""

import re
from pathlib import Path

import pytest

from actors.computation.transitions import STATES, Input

SEMANTICS = Path(__file__).parents[2] / "docs" / "semantics.md"
DRAWN = re.compile(r"<!-- table of transitions -->\n(.*?)<!-- end of table -->", re.DOTALL)


def drawn() -> str:
    header = "| input | " + " | ".join(state.name for state in STATES) + " |"
    rows = [header, "|---" * (len(STATES) + 1) + "|"]
    for event in Input:
        cells = [f"{state.step(event).state.name}: {state.step(event).made.value}" for state in STATES]
        rows.append(f"| {event.name} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


@pytest.mark.sentence("R22")
def test_the_documents_draw_the_table_that_the_code_runs_on() -> None:
    found = DRAWN.search(SEMANTICS.read_text(encoding="utf-8"))
    assert found is not None
    assert found.group(1) == drawn()


def test_another_table_would_be_noticed() -> None:
    found = DRAWN.search(SEMANTICS.read_text(encoding="utf-8"))
    assert found is not None
    assert found.group(1).replace("UNWINDING", "RUNNING", 1) != drawn()
