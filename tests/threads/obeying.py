"""What the tests of actors across threads share: an actor that does as it is told, and its end."""

from actors import receive, send
from actors.runtime import (
    ActorRef,
    Down,
    monitor,
)
from tests.runtime.watching import PATIENCE


def ended(ref: ActorRef) -> bool:
    return not ref.alive


def obey() -> None:
    """Do what each message says, a function to call, until one returns True."""
    while receive()() is not True:
        pass


def end(ref: ActorRef) -> None:
    """Have an actor that obeys return, and wait for that."""
    watch = monitor(ref)
    send(ref, lambda: True)
    receive(PATIENCE, match=lambda message: isinstance(message, Down) and message.monitor is watch)
