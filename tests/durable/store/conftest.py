"""One suite, each store."""

from collections.abc import Iterator

import pytest

from actors.durable import MemoryStore, Store


@pytest.fixture(params=["memory"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A new store of each kind."""
    made = MemoryStore()
    yield made
    made.close()
