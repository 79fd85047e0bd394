"""The books of a soak: what was begun and what came of it, so that at the end each entry has its counterpart.

Each driver keeps its own page; only the dead letters, which come from every thread, are counted together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

from actors import ComputationEvent
from actors.outcomes import Cancelled, Completed, Throw
from actors.runtime import ActorRef, Down, Monitor


class Note:
    """A plain message: who sent it, and which of its messages it is."""

    __slots__ = ("number", "sender")

    def __init__(self, sender: int, number: int) -> None:
        self.sender = sender
        self.number = number


class Letters:
    """How many notes became dead letters, of all threads."""

    def __init__(self) -> None:
        self._next = count().__next__  # atomic, whichever threads call it

    def take(self, _: ActorRef, message: Any) -> None:
        if type(message) is Note:
            self._next()

    def total(self) -> int:
        """Return the number; to be asked once, at the end."""
        return self._next()


class Marks:
    """Small counts by number: a byte each, as many as are needed."""

    def __init__(self) -> None:
        self._counts = bytearray(1024)

    def room(self, number: int) -> None:
        """Make room for a number; not while anybody counts."""
        while number >= len(self._counts):
            self._counts.extend(bytes(len(self._counts)))

    def add(self, number: int) -> None:
        self._counts[number] += 1

    def wrong(self, upto: int, right: int = 1) -> list[int]:
        return [number for number in range(upto) if self._counts[number] != right]

    def differ(self, other: Marks, upto: int) -> list[int]:
        return [number for number in range(upto) if self._counts[number] != other._counts[number]]


class Page:
    """The books of one driver."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.sent = 0
        self.received = 0
        self.runs = 0
        self.finals = Marks()
        self.entered = Marks()
        self.left = Marks()
        self.watching: set[Monitor] = set()
        self.monitors = 0
        self.saw: Counter[str] = Counter()
        self.faults: list[str] = []

    def new_run(self) -> int:
        """Return the tag of another run."""
        tag, self.runs = self.runs, self.runs + 1
        for marks in (self.finals, self.entered, self.left):
            marks.room(tag)
        return tag

    def outcome(self, tag: int, outcome: object) -> bool:
        """Note an outcome that the owner learned of; tell whether it was the last."""
        self.saw[type(outcome).__name__] += 1
        if isinstance(outcome, Completed | Throw | Cancelled):
            self.finals.add(tag)
            return True
        return False

    def hear(self, message: Any) -> None:
        """Note a message that the driver received."""
        match message:
            case ComputationEvent(int(tag), outcome):
                self.outcome(tag, outcome)
            case Down(monitor):
                if monitor not in self.watching:
                    self.fault(f"a second Down, or one after demonitor: {message}")
                self.watching.discard(monitor)
            case _:
                self.fault(f"a strange message: {message!r}")

    def watch(self, monitor: Monitor) -> None:
        self.monitors += 1
        self.watching.add(monitor)

    def fault(self, what: str) -> None:
        if len(self.faults) < 20:
            self.faults.append(f"driver {self.number}: {what}")

    def pending(self) -> list[int]:
        """Return the runs without a final outcome."""
        return self.finals.wrong(self.runs)

    def check(self) -> Iterator[str]:
        """Say what is wrong, once everything is over."""
        yield from self.faults
        if wrong := self.pending():
            yield f"driver {self.number}: {len(wrong)} runs without exactly one final outcome, the first is {wrong[0]}"
        if wrong := self.entered.differ(self.left, self.runs):
            yield f"driver {self.number}: {len(wrong)} runs left their scope never or twice, the first is {wrong[0]}"
        if self.watching:
            yield f"driver {self.number}: {len(self.watching)} monitors without a Down: {next(iter(self.watching))}"


class Ledger:
    """All books."""

    def __init__(self) -> None:
        self.letters = Letters()
        self.pages: list[Page] = []

    def page(self) -> Page:
        self.pages.append(Page(len(self.pages)))
        return self.pages[-1]

    def check(self) -> list[str]:
        """Return what is missing or too much."""
        found = [fault for page in self.pages for fault in page.check()]
        sent, received = self.sent, sum(page.received for page in self.pages)
        dead = self.letters.total()
        if sent != received + dead:
            found.append(
                f"{sent - received - dead} messages: {sent:,} were sent, {received:,} received, {dead:,} are dead letters"
            )
        return found

    @property
    def sent(self) -> int:
        return sum(page.sent for page in self.pages)

    @property
    def runs(self) -> int:
        return sum(page.runs for page in self.pages)

    @property
    def saw(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for page in self.pages:
            found.update(page.saw)
        return found
