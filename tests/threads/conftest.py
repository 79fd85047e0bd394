"""The background thread of a test, a new one each time, which is to be left empty; and the ways between threads."""

from collections.abc import Generator

import pytest

from actors.runtime import BackgroundThread, background
from actors.runtime.scheduler import scheduler_here
from tests.threads.crossing import Crossing, in_background, in_thread, settle_in


@pytest.fixture
def thread() -> Generator[BackgroundThread]:
    """The background thread."""
    running = background()
    yield running
    if running.closed:
        return
    settle_in(running.scheduler)
    left = running.statistics().actors - 1  # who counts them is one
    killed = running.close()
    assert (left, killed) == (0, []), f"{left} actors are left in {running}"


@pytest.fixture(params=["main to background", "background to main", "plain to background", "plain to main"])
def crossing(request: pytest.FixtureRequest, thread: BackgroundThread) -> Crossing:
    """Each way from one thread to another."""
    match request.param:
        case "main to background":
            return Crossing(lambda body: body(), thread.scheduler)
        case "background to main":
            return Crossing(lambda body: in_background(thread, body), scheduler_here())
        case "plain to background":
            return Crossing(in_thread, thread.scheduler)
        case _:
            return Crossing(in_thread, scheduler_here())
