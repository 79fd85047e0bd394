from decimal import Decimal

from actors.runtime import kill, unlink, whereis
from actors.server import get_state
from examples.bank import main


def test_money_is_neither_made_nor_lost_however_many_spend_it() -> None:
    assert main(customers=10, coins=5) == (Decimal(0), Decimal(30))
    bank = whereis("bank")
    assert bank is not None
    assert get_state(bank)["refused"] == 20
    unlink(bank)
    kill(bank)
