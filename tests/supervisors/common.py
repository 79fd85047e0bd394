"""What the tests of supervisors share: children that write down what happens to them, and how to tell them what to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from actors import receive, send, spawn
from actors.runtime import ActorRef, trap_exits
from actors.server import Server
from actors.testing import settle
from supervisors import Backoff, ChildSpec, Intensity, Supervisor

NEVER = 1000.0  # seconds; no test waits for it
MANY = Intensity(1_000_000, 60.0)
SLOW = Backoff(1.0, 2.0, 8.0)


class Book:
    """The starts and ends of children, in order: `+a`, `-a`."""

    def __init__(self) -> None:
        """Begin with an empty page."""
        self.lines: list[str] = []
        self.faults: dict[str, int] = {}  # how many of the next starts fail, by id

    def worker(self, name: str) -> None:
        """Do as told, until told to end."""
        self.lines.append(f"+{name}")
        try:
            while True:
                match receive():
                    case "return":
                        return
                    case BaseException() as error:
                        raise error
                    case _:
                        pass
        finally:
            self.lines.append(f"-{name}")

    def start(self, name: str) -> ActorRef:
        """Start a worker, unless it is to fail."""
        if self.faults.get(name, 0) > 0:
            self.faults[name] -= 1
            self.lines.append(f"!{name}")
            raise OSError(f"{name} cannot")
        return spawn(self.worker, name)

    def spec(self, name: str, **fields: Any) -> ChildSpec[ActorRef]:
        """Return the spec of a worker."""
        return ChildSpec(name, partial(self.start, name), **fields)

    def specs(self, names: str, **fields: Any) -> list[ChildSpec[ActorRef]]:
        """Return a spec for each letter."""
        return [self.spec(name, **fields) for name in names]

    def read(self) -> str:
        """Let everything run; return what was written, and begin a new page."""
        settle()
        lines, self.lines = self.lines, []
        return " ".join(lines)


class CallsUp(Server):
    """Calls somebody while it starts."""

    def __init__(self, up: Callable[[], object]) -> None:
        """Take the call."""
        self.up = up

    def init(self) -> None:
        """Call."""
        self.up()


def tell(root: Supervisor, child_id: str, what: object) -> None:
    """Send a child something and let everything run."""
    send(root.child(child_id), what)
    settle()


def states(root: Supervisor) -> dict[Any, str]:
    """Return the state of each child."""
    return {info.id: info.state for info in root.which_children()}


def refs(root: Supervisor) -> dict[Any, ActorRef | None]:
    """Return the ref of each child."""
    return {info.id: info.ref for info in root.which_children()}


def trapping(book: Book, name: str) -> None:
    """Trap exits, and never leave because of a message."""
    trap_exits(True)
    book.lines.append(f"+{name}")
    try:
        while True:
            receive()
    finally:
        book.lines.append(f"-{name}")


def starting(function: Callable[..., object], *args: Any) -> Callable[[], ActorRef]:
    """Return a `start` that spawns a function."""
    return partial(spawn, function, *args)
