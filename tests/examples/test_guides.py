"""The blocks of the guides print what they say."""

import re
import sys
from pathlib import Path

import pytest

from tests.console.command import process
from tests.structure.sources import ROOT

GUIDES = {
    name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("actors", "applications", "durable", "supervision", "threads")
}
PAIR = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAIRS = [
    pytest.param(*pair, id=f"{name} {number}")
    for name, guide in GUIDES.items()
    for number, pair in enumerate(PAIR.findall(guide), 1)
]


@pytest.mark.parametrize(("code", "printed"), PAIRS)
def test_a_block_prints_what_the_guide_says(code: str, printed: str, tmp_path: Path) -> None:
    (tmp_path / "block.py").write_text(code, encoding="utf-8")
    done = process(tmp_path, [sys.executable, "block.py"], "")
    assert done.stdout == printed, done.stderr


@pytest.mark.parametrize("name", GUIDES)
def test_every_block_is_run(name: str) -> None:
    guide = GUIDES[name]
    assert 0 < len(PAIR.findall(guide)) == guide.count("```python")
