"""A replay that can be watched: each row is told as it is met again, and so is the place where the replay ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from actors.durable.recording import Recording
from actors.durable.rows import Recalled, Where, position
from actors.durable.turns import END

if TYPE_CHECKING:
    from actors.durable.log import Position

Met = Callable[["Position", object, Recalled], None]
Stopped = Callable[[str], None]


class Stepping(Recording):
    """Tells `met` what is met again, and `stopped` why nothing more is, from within the code that is replayed."""

    __slots__ = ("met", "stopped")

    met: Met
    stopped: Stopped

    def recall(self, where: Where, form: bytes, op: object) -> Recalled | None:
        """Return what the log holds of an operation, and tell of it.

        Raises:
            Diverged: it holds another operation.
        """
        found = super().recall(where, form, op)
        if found is not None:
            self.met(position(where), op, found)
        return found

    def to_the_end(self, op: object) -> None:
        """Wait until all rows were met, and tell what comes next.

        Raises:
            Unloaded: always; nothing is performed.
        """
        while self.order:
            self.wait(END, op)
        if self.failure is None:
            self.stopped(f"the log ends here; next is {op!r}")
        super().to_the_end(op)

    def diverge(self, where: Where, expected: object, got: object) -> NoReturn:
        """Tell how code and log differ.

        Raises:
            Diverged: always.
        """
        self.stopped(f"at {position(where)} the log holds {expected!r}, but the code asks for {got!r}")
        super().diverge(where, expected, got)
