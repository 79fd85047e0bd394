"""What the tests of tasks share: bodies that fail or wait, and actors that ask for tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors import spawn
from actors.effects.clock import sleep
from actors.testing import settle


def fail() -> None:
    raise ValueError("no luck")


def wait_for_ever() -> None:
    sleep(1000.0)


def actor(body: Callable[[], object]) -> list[object]:
    """Run a body as an actor to its end, and return its exit reason."""
    ref: Any = spawn(body, link=False)
    settle()
    return [ref.reason]
