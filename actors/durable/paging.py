"""All rows of a store, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from actors.durable.store import RunRow, Store

PAGE: Final = 1000  # runs that are read at once


def rows_of(store: Store, status: str | None = None, name: str | None = None) -> Iterator[RunRow]:
    """Yield the rows of a store, in the order in which the runs were created; see `Store.list`."""
    after = None
    while True:
        rows = store.list(status, name, limit=PAGE, after=after)
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].id
