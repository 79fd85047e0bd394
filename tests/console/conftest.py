from pathlib import Path

import pytest

from tests.console.command import MODULE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds a user's module, `sample`."""
    (tmp_path / "sample.py").write_text(MODULE, encoding="utf-8")
    return tmp_path
