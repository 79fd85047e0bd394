"""A store in memory, the world outside, and runs that are dropped."""

from collections.abc import Generator
from typing import Any

import pytest

from actors.durable import DurableRuns, MemoryStore
from tests.durable.runs.world import World


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def world() -> Generator[World]:
    world = World()
    yield world
    for runs in world.opened:
        runs.close()


@pytest.fixture
def opened(world: World, store: MemoryStore) -> Any:
    """Open runs in the store, which are closed after the test."""

    def opening(*computations: Any, **options: Any) -> DurableRuns:
        return world.open(store, computations, **options)

    return opening
