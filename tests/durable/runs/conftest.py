"""A store of each kind, the world outside, and runs that are dropped."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from actors.durable import DurableRuns, MemoryStore, SqliteStore, Store
from actors.testing.quiet import NATIVE_WORK
from tests.durable.runs.world import World


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Store]:
    """A new store of each kind; `settle` waits until it has written what was queued."""
    if request.param == "memory":
        yield MemoryStore()
        return
    with SqliteStore(tmp_path / "runs.db") as made:
        writer = made._writer  # pyright: ignore[reportPrivateUsage]

        def queued() -> int:
            return len(writer.jobs) + len(writer.batch)

        NATIVE_WORK.add(queued)
        yield made
        NATIVE_WORK.remove(queued)


@pytest.fixture
def world(store: Store) -> Generator[World]:
    """The world; its runs are closed before the store is."""
    del store
    world = World()
    yield world
    for runs in world.opened:
        runs.close()


@pytest.fixture
def opened(world: World, store: Store) -> Any:
    """Open runs in the store, which are closed after the test."""

    def opening(*computations: Any, **options: Any) -> DurableRuns:
        return world.open(store, computations, **options)

    return opening
