"""The blocks of docs/servers.md do what they say, one after the other, as a reader would type them."""

import re
import sys
from pathlib import Path

from tests.console.command import process
from tests.structure.sources import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_blocks_of_the_guide_run(tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "servers.md").read_text(encoding="utf-8"))
    assert len(blocks) == 5
    (tmp_path / "guide.py").write_text("\n\n".join(blocks), encoding="utf-8")
    done = process(tmp_path, [sys.executable, "guide.py"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "gave no reply to 'wait' within 0.01 seconds" in done.stdout
    assert "Normal()" in done.stdout
    assert "Shutdown(detail='closing time')" in done.stdout
