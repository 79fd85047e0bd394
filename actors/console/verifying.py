"""`actors verify`: is a store as it was written? Whoever runs it is not disturbed."""

from __future__ import annotations

import sys

import click

from actors.console.inspecting import STORE
from actors.console.stores import beside, saying


@click.command()
@STORE
@saying
def verify(file: str) -> None:
    """Read a whole store, and tell what in it is damaged.

    \b
    Exit codes:
      0  nothing
      1  what is shown
      2  there is no such store
    """  # noqa: D301  click wants the control character, not its name
    with beside(file) as store:
        found = store.verify()
    for damage in found:
        click.echo(str(damage))
    click.echo(f"{len(found)} fault{'' if len(found) == 1 else 's'} in {file}")
    sys.exit(1 if found else 0)
