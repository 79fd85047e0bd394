"""`python -m actors.console` is the command `actors`."""

from actors.console.main import main

main()
