"""One suite, each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.durable import MemoryStore, Store
from actors.durable.sqlite import SqliteStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new store of each kind."""
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "runs.db")
    yield made
    made.close()
