"""The pytest plugin: a test fails when it loses an error in a greenlet or an actor, or leaves an actor behind.

It looks after the fixtures of the test were torn down, so that one left by a fixture's teardown is noticed too. Nothing
of the runtime is imported, and nothing is looked at, before a test's own code has imported it: pytest loads this module
wherever the library is installed, and before coverage begins to measure.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from actors.testing.leftovers import Held
    from actors.testing.losses import Losses

MARKER = "leaves_actors"


class Checks:
    """The hooks of one pytest session."""

    def __init__(self) -> None:
        """Begin without having imported anything."""
        self._losses: Losses | None = None
        self._held: Held | None = None

    def _begin(self) -> Held | None:
        """Return what wider fixtures hold; None as long as nobody uses the runtime."""
        if self._held is None and "actors.runtime.scheduler" in sys.modules:
            from actors.testing.leftovers import Held  # noqa: PLC0415  not before it is needed
            from actors.testing.losses import Losses  # noqa: PLC0415  as above

            self._held = Held()
            self._losses = Losses()
            self._losses.install()
        return self._held

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Collect lost errors from the first test on."""
        self._begin()
        marker = item.get_closest_marker(MARKER)
        if marker is not None and not (marker.args or marker.kwargs.get("reason")):
            pytest.fail(f'say why this test may: @pytest.mark.{MARKER}("…")', pytrace=False)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Look at what is left once the fixtures are torn down."""
        try:
            result = yield
        except BaseException as error:
            if found := self._found(item):
                error.add_note(found)
            raise
        if found := self._found(item):
            pytest.fail(found, pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Let a fixture that serves several tests keep its actors as long as it lives."""
        held = self._begin() if fixturedef.scope != "function" else None
        if held is None:
            return (yield)
        with held.by(fixturedef):
            return (yield)

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """The fixture is torn down: what it held is left over from now on."""
        if self._held is not None:
            self._held.release(fixturedef)

    def pytest_unconfigure(self) -> None:
        """Undo what was put in place."""
        if self._losses is not None:
            self._losses.remove()

    def _found(self, item: pytest.Item) -> str:
        held = self._begin()
        if held is None or self._losses is None:
            return ""
        left = held.end_test()
        found = self._losses.take() + [f"an actor is left over, and was killed now: {actor}" for actor in left]
        if not found or item.get_closest_marker(MARKER):
            return ""
        advice = f"End, watch or wait for them in the test, or mark it: @pytest.mark.{MARKER}(reason)"
        return "\n\n".join([f"{item.nodeid}: {len(found)} left behind or lost", *found, advice])


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and the checks."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(reason): the test may leave actors behind (they are killed) and lose errors; the reason says why",
    )
    config.pluginmanager.register(Checks(), "actors-checks")
