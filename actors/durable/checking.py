"""`check`: would the stored runs be met again by the code as it is now? Nothing is performed, and nothing is written.

Each run that has not ended is replayed from what the store holds, up to where something new would begin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors.codec import DecodeError, decode, encode
from actors.computation.supervised import Nobody
from actors.durable.appends import Append
from actors.durable.faults import Diverged
from actors.durable.inner import Execution, Handlers
from actors.durable.memory import MemoryStore
from actors.durable.names import name_for
from actors.durable.paging import rows_of
from actors.durable.recording import Recording
from actors.durable.rows import Past
from actors.durable.store_faults import DamagedError
from actors.runtime import Down, arguments, monitor, receive
from actors.runtime.current import current_actor

if TYPE_CHECKING:
    from actors.durable.log import Position
    from actors.durable.store import Changes, EntryRow, Store, Stored

SHUTDOWN = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One run that the code would not meet again: where, what the log holds there, and what the code asks for.

    `position` is None if it is the arguments, or the log itself, that do not fit.
    """

    run: str
    name: str
    position: Position | None
    expected: object
    got: object

    def __str__(self) -> str:
        """Show both sides."""
        where = "" if self.position is None else f" at {self.position}"
        return f"run {self.run} of {self.name}{where}\n- {self.expected}\n+ {self.got}"


class Unwritten(MemoryStore):
    """Takes what a replay would write, and forgets it."""

    def append(
        self,
        run: str,
        entries: Sequence[EntryRow] = (),
        changes: Changes | None = None,
        *,
        fence: int,
        taken: Sequence[str] = (),
        cut: bool = False,
    ) -> Append:
        """Write nothing; the ticket is done."""
        del taken, cut
        append = Append(run, entries, changes, fence)
        append.done = True
        return append


def check(
    store: Store,
    computations: Mapping[str, Callable[..., Any]],
    handlers: Handlers | None = None,
) -> list[Finding]:
    """Replay the runs of these computations that have not ended, and return those that the code would not meet again.

    *Blocks until* all were replayed. Others may hold the store, and write meanwhile.

    Args:
        store: where the runs are.
        computations: by the names that the store knows them by; runs of others are passed over.
        handlers: the handler stack; entering it does nothing outside the process.
    """
    found: list[Finding] = []
    for name in computations:
        for row in rows_of(store, name=name):
            if row.status != "finished":
                finding = _checked(store, row.id, name, computations, handlers)
                if finding is not None:
                    found.append(finding)
    return found


def _checked(
    store: Store, id_: str, name: str, computations: Mapping[str, Callable[..., Any]], handlers: Handlers | None
) -> Finding | None:
    try:
        stored = store.load(id_)
        if stored is None or stored.run.status == "finished":
            return None  # meanwhile
        replay = Replay(stored, computations, handlers)
    except (DamagedError, DecodeError) as error:
        return Finding(id_, name, None, "a log that can be read", error)
    try:
        arguments.check_call(replay.fn, replay.args)
    except TypeError as error:
        return Finding(id_, name, None, f"{name}{replay.args!r}", error)
    failure = replay.run()
    if failure is None:
        return None
    got = failure.got if failure.__context__ is None else f"{failure.got} ({failure.__context__!r})"
    return Finding(id_, name, failure.position, failure.expected, got)


class Replay:
    """One run from its log, up to where something new would begin."""

    def __init__(
        self,
        stored: Stored,
        computations: Mapping[str, Callable[..., Any]],
        handlers: Handlers | None = None,
        recording: Callable[..., Recording] = Recording,
    ) -> None:
        """Take what a store holds of it, and the code.

        Raises:
            DecodeError: the log, or the arguments, cannot be read.
            KeyError: its computation is none of these.
        """
        row = stored.run
        self.computations = dict(computations)
        self.fn = self.computations[row.name]
        given, deadline, _ = decode(row.args)
        self.args: tuple[Any, ...] = tuple(given)
        self.handlers = handlers
        self.log = recording(Unwritten(), row, Past(stored.entries), row.fence)
        self.log.performing = False
        self.log.deadline = deadline
        self.log.may_continue = self.may_continue

    def may_continue(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Refuse to go on as a function that could not be run."""
        name_for(self.computations, fn)
        arguments.check_call(fn, args)
        encode(list(args))

    def run(self) -> Diverged | None:
        """Replay it; return where code and log differ.

        *Blocks until* it has left its scopes.
        """
        nobody: Any = Nobody(None, (), current_actor().scheduler)
        inner = Execution(self.fn, self.args, self.handlers, self.log).start(nobody, SHUTDOWN)
        watching = monitor(inner.ref)
        receive(match=lambda message: isinstance(message, Down) and message.monitor is watching)
        failure = self.log.failure
        return failure if isinstance(failure, Diverged) else None
