"""The errors of stores. Values only: each has as attributes what a program needs to decide what to do."""

from __future__ import annotations

from actors.exits import ActorsError


class RunExistsError(ActorsError, ValueError):
    """A run was to be created under an id that the store has already; `run` is the id."""

    def __init__(self, run: str) -> None:
        """Take the id."""
        super().__init__(f"the store already has a run with the id {run!r}; choose another id, or attach to that run")
        self.run = run


class NoSuchRunError(ActorsError, LookupError):
    """The store has no run with that id, or not any more; `run` is the id."""

    def __init__(self, run: str) -> None:
        """Take the id."""
        super().__init__(f"the store has no run with the id {run!r}; it never had, or the run was forgotten")
        self.run = run


class FencedError(ActorsError, RuntimeError):
    """A write came from somebody who does not hold the run any more; `run`, `fence` (theirs) and `held` (the run's)."""

    def __init__(self, run: str, fence: int, held: int) -> None:
        """Take the run's id, the fence that was given and the one that the run has."""
        super().__init__(
            f"run {run!r} has the fence {held}, and this write has {fence}: another holder took the run; unload it here"
        )
        self.run = run
        self.fence = fence
        self.held = held


class OutOfSequenceError(ActorsError, RuntimeError):
    """Entries do not follow the last one of their run; `run`, `seq` (the first given) and `next_seq` (the run's)."""

    def __init__(self, run: str, seq: int, next_seq: int) -> None:
        """Take the run's id, the number of the first entry and the number that is next."""
        super().__init__(
            f"the next entry of run {run!r} is number {next_seq}, and this one is number {seq}: another append came first, "
            "or one before this failed; read the log again"
        )
        self.run = run
        self.seq = seq
        self.next_seq = next_seq


class MessageTakenError(ActorsError, LookupError):
    """An inbox message was to be taken that is not there, or was taken before; `run` and `message` are its ids."""

    def __init__(self, run: str, message: str) -> None:
        """Take both ids."""
        super().__init__(
            f"the inbox of run {run!r} has no message {message!r} to take; it was taken before, or never posted"
        )
        self.run = run
        self.message = message


class WithdrawnError(ActorsError, RuntimeError):
    """An append was withdrawn before it was written."""


class DamagedError(ActorsError, ValueError):
    """What the store holds of a run is not what was written; `run`, `seq` (None: not an entry) and `file` say where."""

    def __init__(self, run: str, seq: int | None, file: str, what: str) -> None:
        """Take where it is, and what is wrong there."""
        where = f"run {run!r}" if seq is None else f"entry {seq} of run {run!r}"
        super().__init__(f"{where} in {file} is damaged: {what}; restore it from a backup, or forget the run")
        self.run = run
        self.seq = seq
        self.file = file


class StoreUnavailableError(ActorsError, OSError):
    """The store cannot do it now, and has not; with `lasting` it never will, and is to be opened anew."""

    def __init__(self, file: str, why: str, *, lasting: bool = False) -> None:
        """Take the file and what is wrong."""
        then = "the store is of no use any more; open it anew" if lasting else "nothing was written; try again later"
        super().__init__(f"{file}: {why}; {then}")
        self.file = file
        self.lasting = lasting


class StoreHeldError(ActorsError, RuntimeError):
    """The file belongs to another store, mostly of another process; `file`, and `holder` in words."""

    def __init__(self, file: str, holder: str) -> None:
        """Take the file and who holds it."""
        super().__init__(
            f"{file} is held by {holder}; stop that first, or look at it and post to it with SqliteStore.beside(…)"
        )
        self.file = file
        self.holder = holder


class NotHolderError(ActorsError, PermissionError):
    """A store that was opened beside the one that holds the file was to do what only that one does."""

    def __init__(self, file: str, what: str) -> None:
        """Take the file and what was to be done."""
        super().__init__(f"{what} in {file} is for who holds it; beside it one can read and post, and no more")
        self.file = file


class StoreFormatError(ActorsError, ValueError):
    """The file is no store, or one of a newer version; `file` is which."""

    def __init__(self, file: str, why: str) -> None:
        """Take the file and what is wrong with it."""
        super().__init__(f"{file} {why}")
        self.file = file


class StoreClosedError(ActorsError, RuntimeError):
    """The store was used after it was closed, or in a child process that was forked after it was opened."""

    def __init__(self, what: str, why: str = "was closed") -> None:
        """Take the store and why it can be used no more."""
        super().__init__(f"{what} {why}; open it anew")
