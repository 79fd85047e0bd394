"""A store of each kind, the world outside, and runs that are dropped."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from actors.durable import DurableRuns, Store
from tests.durable.runs.world import WORLDS, World, store_of


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Store]:
    with store_of(request.param, tmp_path / "runs.db") as made:
        yield made


@pytest.fixture
def world(store: Store) -> Generator[World]:
    """The world; its runs are closed before the store is."""
    del store
    world = World()
    WORLDS.append(world)
    yield world
    for runs in world.opened:
        runs.close()
    WORLDS.clear()


@pytest.fixture
def opened(world: World, store: Store) -> Any:
    """Open runs in the store, which are closed after the test."""

    def opening(*computations: Any, **options: Any) -> DurableRuns:
        return world.open(store, computations, **options)

    return opening
