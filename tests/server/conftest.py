"""Each test runs twice: with somebody who listens to telemetry, and with nobody, when servers take the short way."""

from collections.abc import Callable, Generator
from typing import Any

import pytest

from actors import telemetry
from actors.runtime import ActorRef, demonitor, kill, monitor, spawn
from actors.server import Server
from tests.server.stack import Answered


@pytest.fixture(autouse=True, params=[True, False], ids=["observed", "unobserved"])
def observed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Generator[bool]:
    """Whether somebody listens."""
    monkeypatch.setattr(telemetry, "subscribers", ())
    stop = telemetry.subscribe(lambda _, __: None) if request.param else lambda: None
    yield request.param
    stop()


@pytest.fixture
def log() -> list[Any]:
    """What the server was given."""
    return []


@pytest.fixture
def server(log: list[Any], observed: bool) -> Generator[ActorRef]:
    """A server that does what a request says."""
    ref = Server.start(Answered, log, link=False)
    watch = monitor(ref)
    yield ref
    demonitor(watch, flush=True)
    kill(ref)


@pytest.fixture
def spawned(observed: bool) -> Generator[Callable[[Callable[[], object]], ActorRef]]:
    """Spawn an actor that the test need not end."""
    refs: list[ActorRef] = []

    def start(body: Callable[[], object]) -> ActorRef:
        refs.append(spawn(body, link=False))
        return refs[-1]

    yield start
    for ref in refs:
        kill(ref)
