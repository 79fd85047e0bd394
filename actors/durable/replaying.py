"""What a log holds of a run, met again in order: the half of a `Recording` that is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NoReturn

from actors.codec import decode
from actors.durable.faults import Diverged, Unloaded
from actors.durable.forms import same, shown
from actors.durable.rows import CUT, Past, Recalled, Where, position
from actors.durable.turns import END, Turns

NOTHING_MORE = "nothing more"


class Replaying:
    """The rows that are to be met again."""

    __slots__ = ("at", "cancels", "failure", "marks", "on_cancel", "order", "performing", "turns")

    def __init__(self, past: Past) -> None:
        """Take the rows."""
        self.failure: Diverged | Unloaded | None = None  # raised by all that follows
        self.performing = True  # False: a check, which ends where something new would begin
        self.turns = Turns()
        self.on_cancel: Callable[[object], None] | None = None
        self.remember(past)

    def remember(self, past: Past) -> None:
        """Take the rows that are to be met again."""
        self.at = past.at
        self.order = deque(past.order)
        self.cancels = past.cancels
        self.marks = past.marks

    def check(self) -> None:
        """Raise what ended this pass over the log, if it was ended.

        Raises:
            Diverged: code and log differ.
            Unloaded: the run was unloaded.
        """
        failure = self.failure
        if failure is not None:
            raise type(failure)(*failure.args)

    def recall(self, where: Where, form: bytes, op: object) -> Recalled | None:
        """Return what the log holds of an operation, once it is its turn; None if it holds nothing.

        Raises:
            Diverged: it holds another operation, or rows of which nobody asks.
        """
        found = self.at.pop(where, None)
        if found is None:
            return None
        if found.form != form and not same(found.form, form):
            self.diverge(where, shown(found.form), op)
        if found.start >= 0:
            self.meet(found.start, op)
        if found.answer >= 0 and found.kind != CUT:
            self.meet(found.answer, op)
        return found

    def meet(self, number: int, op: object) -> None:
        """Go past a row, when it is its turn.

        Raises:
            Diverged: its turn cannot come.
        """
        order = self.order
        while not order or order[0] != number:
            self.wait(number, op)
        order.popleft()
        self.meet_cancels()
        if self.turns.waiting:
            self.turns.call(order[0] if order else END)

    def meet_cancels(self) -> None:
        """Cancel the run, if that is what comes next."""
        order = self.order
        while order and order[0] in self.cancels:
            cause = decode(self.cancels.pop(order.popleft()))
            if self.on_cancel is not None:
                self.on_cancel(cause)

    def wait(self, number: int, op: object, interruptible: bool = False) -> None:
        """Wait for the turn of a row.

        Raises:
            Diverged: nobody is left who could bring it about.
        """
        if not self.turns.wait(number, op, interruptible):
            self.left_over(op)
        self.check()

    def to_the_end(self, op: object) -> None:
        """Wait until all rows were met: only then is something performed that the log does not hold.

        Raises:
            Diverged: nobody asks for some of them.
            Unloaded: this is a check, and ends here.
        """
        while self.order:
            self.wait(END, op)
        if not self.performing:
            self.failure = Unloaded()
            self.check()

    def left_over(self, got: object) -> NoReturn:
        """Say that the next row is one for which nobody asks.

        Raises:
            Diverged: always.
        """
        number = self.order[0]
        for where, found in self.at.items():
            if number in (found.start, found.answer):
                self.diverge(where, shown(found.form), got)
        self.diverge((), f"row {number}", got)

    def diverge(self, where: Where, expected: object, got: object) -> NoReturn:
        """End this pass: code and log differ.

        Raises:
            Diverged: always.
        """
        self.failure = Diverged(position(where), expected, got)
        self.turns.call_all()
        raise self.failure

    def end(self) -> None:
        """Check that the log holds nothing more.

        Raises:
            Diverged: it does.
        """
        self.check()
        if self.order:
            self.left_over(NOTHING_MORE)
