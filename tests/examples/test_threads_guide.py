"""The blocks of the guide to threads print what it says."""

import re
import sys
from pathlib import Path

import pytest

from tests.console.command import process
from tests.structure.sources import ROOT

GUIDE = (ROOT / "docs" / "threads.md").read_text(encoding="utf-8")
PAIR = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAIRS: list[tuple[str, str]] = PAIR.findall(GUIDE)


@pytest.mark.parametrize(("code", "printed"), PAIRS, ids=[f"block {number}" for number in range(1, len(PAIRS) + 1)])
def test_a_block_prints_what_the_guide_says(code: str, printed: str, tmp_path: Path) -> None:
    (tmp_path / "block.py").write_text(code, encoding="utf-8")
    done = process(tmp_path, [sys.executable, "block.py"], "")
    assert done.stdout == printed, done.stderr


def test_every_block_is_run() -> None:
    assert len(PAIRS) == GUIDE.count("```python")
