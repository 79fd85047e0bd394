"""A long job that tells how far it is, and tidies up however it ends.

$ actors run examples.job:convert 40
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from actors import notify
from actors.effects import Progress, clock

SECONDS_A_PAGE = 0.1


def convert(pages: int | str = 20) -> str:
    """Convert so many pages and return a summary; a number typed on the command line comes as text."""
    total = int(pages)
    begun = clock.now()
    with workspace():
        for page in range(1, total + 1):
            convert_page()
            notify(Progress(page, total, f"page {page}"))
    return f"{total} pages in {clock.now() - begun:.1f} seconds"


def convert_page() -> None:
    """Stands for real work; while it waits, everything else in the process goes on."""
    clock.sleep(SECONDS_A_PAGE)


@contextmanager
def workspace() -> Generator[None]:
    """Hold what the job needs, and give it back on return, error and cancel alike."""
    notify("workspace opened")
    try:
        yield
    finally:
        notify("workspace removed")
