"""The log itself: entries in the order of their answers, found by position. In memory, and pure.

Invariant: entries are only ever added, so a view of the first n stays what it was. The log holds the operations and
answers themselves and no copies (lists, dicts and sets in answers apart): an argument changed after the call is seen as
a divergence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, overload

from actors.codec import DecodeError
from actors.durable.faults import Pass, Unloaded

Path = tuple[int, ...]


class Position(NamedTuple):
    """A logical position: the path of the branch, and the number of the operation in it.

    The path of a branch is its parent's, the index of the `parallel` there, and the number of the thunk.
    """

    path: Path
    number: int

    def __str__(self) -> str:
        """Show it as `2.0/3`: operation 3 in thunk 0 of the `parallel` that is operation 2."""
        return "/".join([*(f"{at}.{thunk}" for at, thunk in zip(self.path[::2], self.path[1::2], strict=True)), ""]) + (
            str(self.number)
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation that was performed: where, which, and its answer or what it raised."""

    position: Position
    op: object
    answer: object = None
    error: Exception | None = None


class EffectLog:
    """Entries in the order in which they were answered; adding one takes the same time however many there are."""

    __slots__ = ("_at", "_entries", "_lengths", "running")
    __hash__ = None  # type: ignore[assignment]  # it changes

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """Take the entries to begin with, such as those of a `LogView`.

        Raises:
            ValueError: two entries for one position.
        """
        self._entries: list[Entry] = []
        self._at: dict[Position, Entry] = {}
        self._lengths: dict[Path, int] = {}
        self.running: Pass | None = None  # the `effect_logging` block that uses it
        for entry in entries:
            self.append(entry)

    def append(self, entry: Entry) -> None:
        """Add an entry.

        Raises:
            ValueError: there is one for its position.
        """
        position = entry.position
        if position in self._at:
            raise ValueError(f"the log already holds {self._at[position]!r}; {entry!r} has the same position")
        self._at[position] = entry
        self._entries.append(entry)
        self._lengths[position.path] = max(self.length(position.path), position.number + 1)

    def at(self, position: Position) -> Entry | None:
        """Return the entry for a position, or None."""
        return self._at.get(position)

    def length(self, path: Path = ()) -> int:
        """Return how far the entries of a branch go: the index after its last one."""
        return self._lengths.get(path, 0)

    def view(self) -> LogView:
        """Return what it holds now, without copying; later entries are not in the view."""
        return LogView(self, len(self._entries))

    def to_bytes(self) -> bytes:
        """Return it as bytes, to be kept anywhere; see `from_bytes`. An error without a `@stored` name is kept as text.

        Raises:
            EncodeError: an argument or an answer cannot be stored.
        """
        return _packed(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the log that `to_bytes` made these bytes of, in this or another process; imports nothing.

        Raises:
            DecodeError: they are no log, or one of a newer version, or hold a type that is not known here.
        """
        from actors.durable.packing import unpacked_log  # noqa: PLC0415  it is made of this module's

        try:
            return cls(unpacked_log(data))
        except DecodeError:
            raise
        except ValueError as error:
            raise DecodeError(f"{len(data)} bytes are no log: {error}") from error

    def recorded(self, handlers: Callable[[], AbstractContextManager[object]] | None) -> Any:
        """Return a handler stack in which every operation passes through the log: what `start(…, log=…)` needs of it.

        Raises:
            RuntimeError: the log is in use.
        """
        from actors.durable.replay import recorded  # noqa: PLC0415  it is made of this module's

        return recorded(self, handlers)

    def unload(self) -> None:
        """End the pass over it: every later operation there raises `Unloaded`; nothing is performed or recorded.

        Does nothing when no `effect_logging` block uses the log.
        """
        if self.running is not None and self.running.failure is None:
            self.running.failure = Unloaded()

    def __getitem__(self, index: int) -> Entry:
        """Return the entry that arrived at this place."""
        return self._entries[index]

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._entries)

    def __bool__(self) -> bool:
        """Be true, also when empty."""
        return True

    def __iter__(self) -> Iterator[Entry]:
        """Go through the entries in the order of arrival."""
        return iter(self._entries)

    def __eq__(self, other: object) -> bool:
        """Compare the entries by position; the order of arrival does not count."""
        return self._at == other._at if isinstance(other, EffectLog) else NotImplemented

    def __repr__(self) -> str:
        """Count the entries."""
        return f"<EffectLog of {len(self)} entries>"


class LogView(Sequence[Entry]):
    """The first entries of a log, as they were when the view was taken; what `Suspend.data[EffectLog]` is."""

    __slots__ = ("_length", "log")

    def __init__(self, log: EffectLog, length: int) -> None:
        """Take the log and how many entries are seen."""
        self.log = log
        self._length = length

    def __len__(self) -> int:
        """Count the entries seen."""
        return self._length

    def to_bytes(self) -> bytes:
        """Return the entries seen as bytes; see `EffectLog.from_bytes`.

        Raises:
            EncodeError: an argument or an answer cannot be stored.
        """
        return _packed(self)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        """Return one entry, or a list of several."""
        places = range(self._length)[index]
        return self.log[places] if isinstance(places, int) else [self.log[place] for place in places]

    def __eq__(self, other: object) -> bool:
        """Compare the entries seen, in order."""
        return isinstance(other, LogView) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as large as a log

    def __repr__(self) -> str:
        """Count the entries."""
        return f"<LogView of {self._length} entries>"


def _packed(entries: Iterable[Entry]) -> bytes:
    from actors.durable.packing import packed_log  # noqa: PLC0415  it is made of this module's

    return packed_log(entries)
