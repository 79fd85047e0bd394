"""Whose turn it is: the fields of a scheduler that every switch reads, below the actors that hold one."""

from __future__ import annotations

from typing import Any, Final

COMPILED: Final = not __file__.endswith(".py")  # the hot modules run as extension modules


class Turns:
    """Who is ready, how many direct switches are left, and the hub to go back to."""

    __slots__ = ("active", "budget", "hub", "ready", "thread")

    active: bool  # a drain is pending or running
    budget: int  # direct switches left before control goes back to the hub
    hub: Any
    ready: Any  # a deque of actors
    thread: int

    def kick(self) -> None:
        """Have the hub run what is ready."""
        raise NotImplementedError
