"""Handler stacks for the command line."""

from contextlib import AbstractContextManager

from examples.onboarding import Effects, Mode, stack


def quiet() -> AbstractContextManager[Effects]:
    """The wizard's stack, without a file."""
    return stack(Mode.TEST, "t1")
