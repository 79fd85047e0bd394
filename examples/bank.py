"""A bank as a server: one actor keeps all accounts, so that a transfer is never seen half done.

$ python -m examples.bank
"""

from __future__ import annotations

from decimal import Decimal

from actors import spawn
from actors.runtime import Down, monitor, receive
from actors.server import Call, Request, Server, ServerExitedError, call, cast


class Balance(Request[Decimal]):
    """What an account holds."""

    account: str


class Transfer(Request[bool]):
    """Move money; False when there is not enough."""

    source: str
    target: str
    amount: Decimal


class Bank(Server):
    """The accounts, and the requests that it takes."""

    def __init__(self, accounts: dict[str, Decimal]) -> None:
        """Take what each account holds at the start."""
        self.accounts = dict(accounts)
        self.refused = 0

    def handle_call(self, request: Balance | Transfer, call: Call) -> Decimal | bool:
        """Answer a request."""
        match request:
            case Balance(account):
                return self.accounts.get(account, Decimal(0))
            case Transfer(source, target, amount):
                return self.transfer(source, target, amount)

    def handle_cast(self, request: tuple[str, Decimal]) -> None:
        """Take a deposit, for which nobody waits."""
        account, amount = request
        self.accounts[account] = self.accounts.get(account, Decimal(0)) + amount

    def transfer(self, source: str, target: str, amount: Decimal) -> bool:
        """Move money, if it is there."""
        if amount > self.accounts.get(source, Decimal(0)):
            self.refused += 1
            return False
        self.accounts[source] -= amount
        self.accounts[target] = self.accounts.get(target, Decimal(0)) + amount
        return True


def spend(name: str, times: int) -> None:
    """Send the other one a coin, as long as there is one."""
    for _ in range(times):
        call(name, Transfer("ada", "bob", Decimal(1)))


def main(customers: int = 10, coins: int = 5) -> tuple[Decimal, Decimal]:
    """Have many spend the same money at once; return what the two accounts hold then."""
    bank = Server.start(Bank, {"ada": Decimal(20)}, name="bank")
    cast(bank, ("ada", Decimal(10)))
    for _ in range(customers):
        monitor(spawn(spend, "bank", coins))
    for _ in range(customers):
        assert isinstance(receive(), Down)
    return call(bank, Balance("ada")), call(bank, Balance("bob"))


if __name__ == "__main__":
    ada, bob = main()
    print(f"ada has {ada}, bob has {bob}")
    try:
        call("no such bank", Balance("ada"))
    except ServerExitedError as error:
        print(error)
