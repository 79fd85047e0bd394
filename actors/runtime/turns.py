"""Whose turn it is: the fields of a scheduler that every switch reads, below the actors that hold one."""

from __future__ import annotations

from typing import Any, Final

COMPILED: Final = not __file__.endswith(".py")  # the hot modules run as extension modules


class Turns:
    """Who is ready, how many direct switches are left, and the hub to go back to."""

    __slots__ = ("active", "budget", "hub", "now", "pool", "pool_limit", "ready", "thread")

    active: bool  # a drain is pending or running
    budget: int  # direct switches left before control goes back to the hub
    hub: Any
    now: float  # of `clock.monotonic`, when the hub began this round: who parks in it waits since then
    pool: list[Any]  # workers that rest
    pool_limit: int
    ready: Any  # a deque of actors
    thread: int

    def kick(self) -> None:
        """Have the hub run what is ready."""
        raise NotImplementedError

    def retire(self, worker: Any, follow: Any) -> None:
        """Let a worker die that cannot be reused; `follow` was to run after it."""
        raise NotImplementedError

    def fatal(self, error: BaseException) -> None:
        """Raise an error that is no actor's in the main greenlet."""
        raise NotImplementedError
