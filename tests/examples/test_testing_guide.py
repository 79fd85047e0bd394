"""Each block of docs/testing.md does what it says."""

import re

import pytest

from tests.structure.sources import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "docs" / "testing.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_the_block_runs(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    block = compile(BLOCKS[number], f"docs/testing.md, block {number + 1}", "exec")
    exec(block, {"__name__": "guide"})
    assert capsys.readouterr().err == ""


def test_the_race_is_found_with_its_schedule(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = (text for text in BLOCKS if "explore(deposit_twice" in text)
    exec(block, {"__name__": "guide"})
    shown = capsys.readouterr().out
    assert "simulate(Script(" in shown
    assert shown.index("careful_clerk") < shown.index("found by explore with seed")


def test_control_there_are_blocks() -> None:
    assert len(BLOCKS) == 9
