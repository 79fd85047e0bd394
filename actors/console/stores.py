"""Stores, as the command line opens them; and what is wrong with one, in a line for the person who named it."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from actors.console.loading import NotRunnable
from actors.durable.sqlite import SqliteStore
from actors.durable.store import RunRow
from actors.durable.store_faults import (
    DamagedError,
    NoSuchRunError,
    StoreFormatError,
    StoreHeldError,
    StoreUnavailableError,
)

P = ParamSpec("P")

INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended
TROUBLE = (DamagedError, StoreFormatError, StoreUnavailableError)


@contextmanager
def held(file: str) -> Generator[SqliteStore]:
    """Open a file to run what is in it, made now if it is not there; closed with the block.

    Raises:
        NotRunnable: another process holds it, or it is no store, or cannot be written.
    """
    folder = Path(file).parent
    if not folder.is_dir():
        raise NotRunnable(f"there is no folder {str(folder)!r} for the store {file}; make it first")
    try:
        store = SqliteStore(file)
    except StoreHeldError as error:
        raise NotRunnable(
            f"{file} is held by {error.holder}: stop that first, or answer its runs with `actors resume ID VALUE`"
        ) from None
    except TROUBLE as error:
        raise NotRunnable(str(error)) from None
    with closing(store):
        yield store


@contextmanager
def beside(file: str) -> Generator[SqliteStore]:
    """Open a file that another process may hold, to look at it and to post; closed with the block.

    Raises:
        NotRunnable: there is no such file, or it is no store, or is damaged.
    """
    if not Path(file).is_file():
        raise NotRunnable(f"there is no store {file}; `actors run … --store {file}` makes it")
    try:
        with closing(SqliteStore.beside(file)) as store:
            yield store
    except TROUBLE as error:
        raise NotRunnable(str(error)) from None


def row_of(store: SqliteStore, id_: str) -> RunRow:
    """Return the row of a run.

    Raises:
        NotRunnable: there is none.
    """
    row = store.get(id_)
    if row is None:
        raise NotRunnable(f"{store.path} has no run {id_!r}; `actors runs --store {store.path}` lists those that it has")
    return row


def posted(store: SqliteStore, id_: str, message: str, payload: bytes) -> None:
    """Put a message into a run's inbox.

    Raises:
        NotRunnable: the run was forgotten meanwhile.
    """
    try:
        store.post(id_, message, payload)
    except NoSuchRunError as error:
        raise NotRunnable(str(error)) from None


def is_held(file: str) -> bool:
    """Tell whether some process holds a file now, so that what is posted to it is taken soon."""
    try:
        lock = os.open(f"{file}-lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def saying(command: Callable[P, None]) -> Callable[P, None]:
    """Have a sub-command end with exit code 2 and one line where what was named is not there or cannot be used."""

    @wraps(command)
    def said(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except NotRunnable as error:
            click.echo(f"{click.get_current_context().command_path}: {error}", err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)

    return said
