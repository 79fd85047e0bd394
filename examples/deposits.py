"""A lost update: two clerks read a balance, add to it and write it back. In ordinary runs the first is always done in time.

`deposit_twice` is what `docs/testing.md` simulates, and what 10,000 ordinary runs find nothing wrong with.
"""

from dataclasses import dataclass

from actors import current, receive, send, spawn
from actors.runtime import ActorRef


@dataclass(frozen=True)
class Read:
    """Ask for the balance."""

    sender: ActorRef


@dataclass(frozen=True)
class Write:
    """Set the balance."""

    balance: int


@dataclass(frozen=True)
class Done:
    """A clerk has finished."""


def account() -> None:
    """Hold the balance."""
    balance = 0
    while True:
        match receive():
            case Read(sender):
                send(sender, balance)
            case Write(new):
                balance = new
            case _:
                return


def clerk(vault: ActorRef, amount: int, boss: ActorRef) -> None:
    """Deposit an amount: read, add, write."""
    send(vault, Read(current()))
    send(vault, Write(receive() + amount))
    send(boss, Done())


def careful_clerk(vault: ActorRef, amount: int, boss: ActorRef) -> None:
    """Look twice before depositing, which takes long enough for the other clerk, nearly always."""
    for _ in range(2):
        send(vault, Read(current()))
        receive()
    clerk(vault, amount, boss)


def deposit_twice() -> None:
    """Have two clerks deposit 10 each, and expect both."""
    expected = 20
    vault = spawn(account)
    spawn(clerk, vault, 10, current())
    spawn(careful_clerk, vault, 10, current())
    receive(match=lambda message: message == Done())
    receive(match=lambda message: message == Done())
    send(vault, Read(current()))
    balance = receive()
    send(vault, "close")
    assert balance == expected, f"{expected} was deposited, {balance} is there"
