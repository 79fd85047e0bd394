"""The entry point of the command `actors`; imports nothing that the extra `console` brings until it has to."""

from __future__ import annotations

import sys

MISSING = "actors: the command needs click and rich ({} is missing); install them: pip install 'greenlet-actors[console]'"


def main() -> None:
    """Run the command line and exit.

    Raises:
        SystemExit: always, with the command's exit code.
    """
    try:
        from actors.console.commands import actors  # noqa: PLC0415  the extra may not be installed
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"click", "rich"}:
            raise
        sys.exit(MISSING.format(error.name))
    actors(prog_name="actors")


if __name__ == "__main__":
    main()
