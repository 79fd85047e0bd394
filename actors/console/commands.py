"""The sub-commands of `actors`: our own, and those that other distributions add.

A distribution adds one by an entry point in the group `actors.commands`: its name is the sub-command's, its object a
click command. They are loaded when they are asked for, so that a broken one stands in nobody else's way.
"""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points

import click

from actors.console.checks import check, replay
from actors.console.inspecting import log, runs
from actors.console.kept import Kept
from actors.console.loading import NotRunnable, found_callable, found_handlers
from actors.console.posting import cancel, resume
from actors.console.run import PASSING, Passing, run_to_the_end
from actors.console.verifying import verify

GROUP = "actors.commands"
INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended


class Commands(click.Group):
    """Our own sub-commands, and those of the entry-point group."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all sub-commands."""
        return sorted({*super().list_commands(ctx), *entry_points(group=GROUP).names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a sub-command; our own wins over another's of the same name."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for entry in entry_points(group=GROUP, name=cmd_name):
            return loaded(entry)
        return None


def loaded(entry: EntryPoint) -> click.Command:
    """Return the command of an entry point; one that cannot be loaded says so when it is called."""
    try:
        command = entry.load()
    except Exception as error:  # whatever another distribution's import may raise
        return broken(entry, f"{type(error).__name__}: {error}")
    if not isinstance(command, click.Command):
        return broken(entry, f"{command!r} is not a click command")
    return command


def broken(entry: EntryPoint, why: str) -> click.Command:
    """Return a command that tells why there is none."""

    def tell() -> None:
        raise click.ClickException(f"the command {entry.name!r} ({entry.value}) cannot be loaded: {why}")

    return click.Command(entry.name, callback=tell, help=f"Cannot be loaded: {why}", add_help_option=False)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="greenlet-actors")
def actors() -> None:
    """Computations in the terminal."""


@actors.command()
@click.option("--json", "as_json", is_flag=True, help="Print every event as a line of JSON, and nothing else.")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
@click.option("--handlers", metavar="MODULE:FUNCTION", help="Run under the context manager that this function returns.")
@click.option("--store", metavar="FILE", help="Keep the run in this file; the same command goes on with it.")
@click.option("--id", "id_", metavar="ID", help="The run's id in the store; by default, the one that has not ended.")
@click.argument("what", metavar="MODULE:FUNCTION")
@click.argument("args", metavar="[ARG]...", nargs=-1)
def run(
    *,
    what: str,
    args: tuple[str, ...],
    handlers: str | None,
    store: str | None,
    id_: str | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Run a computation, and answer its questions here.

    Answers come from the keyboard, or line by line from a pipe or a file. The ARGs are given as strings.

    With --store the run outlives this process: Ctrl-C, SIGTERM, the end of the input and a crash leave it as it is, and
    the same command goes on with it. Once it has ended, one with --id tells again how, and one without begins anew.

    \b
    Exit codes:
      0    it completed
      1    it ended by an error or was cancelled, or the input ended while a question was open
      2    there is no such function, or it does not take these arguments, or the handler stack is none
      130  it was cancelled by Ctrl-C, and cleaned up; a second Ctrl-C does not wait for that
      143  the same, by SIGTERM
    """  # noqa: D301  click wants the control character, not its name
    try:
        code = run_to_the_end(
            lambda: found_callable(what, args, debug=debug),
            args,
            handlers=None if handlers is None else lambda: found_handlers(handlers, debug=debug),
            as_json=as_json,
            debug=debug,
            kind=kept(store, id_),
        )
    except NotRunnable as error:
        click.echo(f"actors run: {error}", err=True)
        code = 2
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def kept(store: str | None, id_: str | None) -> Passing:
    """Return how a run is started.

    Raises:
        click.UsageError: there is an id, and no store.
    """
    if store is not None:
        return Kept(store, id_)
    if id_ is not None:
        raise click.UsageError("--id names a run in a store; give --store FILE too")
    return PASSING


for _command in (cancel, check, log, replay, resume, runs, verify):
    actors.add_command(_command)
