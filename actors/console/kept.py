"""`actors run --store`: a run that outlives the process; the same command goes on with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from actors.codec import DecodeError, decode
from actors.computation import AsyncComputation
from actors.console.loading import HandlerStack, NotRunnable
from actors.console.run import Display, Left, Passing
from actors.console.stores import held
from actors.durable import DurableRuns
from actors.durable.names import lasting_name
from actors.durable.paging import rows_of
from actors.durable.store import RunRow, Store

UNFINISHED = ("suspended", "running", "sleeping")


class Kept(Passing):
    """A run in a file."""

    leaving = "the run stays in its store, and the same command goes on with it"

    def __init__(self, file: str, id_: str | None) -> None:
        """Take the file; without an id, the first unfinished run of the same call goes on, or else a new one begins."""
        self.file = file
        self.id = id_

    def start(
        self,
        stack: ExitStack,
        display: Display,
        fn: Callable[..., object],
        args: tuple[str, ...],
        handlers: HandlerStack | None,
    ) -> AsyncComputation[object]:
        """Start the run, or attach to it; a parked one tries again.

        Raises:
            NotRunnable: the store cannot be opened, or the id belongs to another call.
            TurnedOut: the handler stack is none.
        """
        if handlers is not None:
            handlers()  # before the run ends by it, for ever
        try:
            name = lasting_name(fn)
        except (TypeError, ValueError) as error:
            raise NotRunnable(str(error)) from None
        store = stack.enter_context(held(self.file))
        id_ = self.id or first_unfinished(store, name, args) or uuid.uuid4().hex[:12]
        row = store.get(id_)
        if row is not None:
            check_same_call(row, name, args)
        runs = stack.enter_context(DurableRuns(store, [fn], handlers=handlers, passivate_after=None, retention=None))
        if row is None:
            display.complain(f"run {id_} begins in {self.file}")
            try:
                return runs.start(fn, *args, id=id_)
            except TypeError as error:
                raise NotRunnable(str(error)) from None
        if row.status == "parked":
            display.complain(f"run {id_} was set aside ({row.reason}) and tries again")
            runs.retry(id_)
        elif row.status != "finished":
            display.complain(f"run {id_} goes on in {self.file}")
        return runs.attach(id_)

    def leave(self, runner: AsyncComputation[object], reason: str) -> None:
        """Leave the run as it is.

        Raises:
            Left: always.
        """
        raise Left(reason)


def first_unfinished(store: Store, name: str, args: tuple[str, ...]) -> str | None:
    """Return the id of the first run of a call that has not ended and was not set aside."""
    rows = (row for status in UNFINISHED for row in rows_of(store, status, name))
    found = min((row for row in rows if given(row) == list(args)), key=lambda row: row.created, default=None)
    return None if found is None else found.id


def given(row: RunRow) -> Any:
    """Return the arguments of a run; None if they cannot be read here."""
    try:
        return decode(row.args)[0]
    except DecodeError:
        return None


def check_same_call(row: RunRow, name: str, args: tuple[str, ...]) -> None:
    """Refuse a run of another call.

    Raises:
        NotRunnable: it is one.
    """
    if row.name != name:
        raise NotRunnable(f"run {row.id!r} is one of {row.name}, and not of {name}; give another --id")
    if given(row) != list(args):
        raise NotRunnable(
            f"run {row.id!r} was started with the arguments {given(row)!r}, and not with {list(args)!r}; "
            "give those, or another --id"
        )
