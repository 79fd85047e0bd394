"""The command `actors`: computations in a terminal. Needs the extra `console`."""
