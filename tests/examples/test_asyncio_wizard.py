import asyncio
from decimal import Decimal
from functools import partial

from actors.runtime import background
from examples.asyncio_wizard import onboard, pay
from examples.onboarding import Mode, Plan, stack


def test_the_wizard_and_the_server_are_used_from_asyncio() -> None:
    async def main() -> None:
        user, money = await asyncio.gather(
            onboard(["Ada", "nonsense", "ada@example.org", "pro"], partial(stack, Mode.TEST)), pay(30)
        )
        assert (user.name, user.plan) == ("Ada", Plan.PRO)
        assert money == (Decimal(0), Decimal(20))

    asyncio.run(main())
    assert background().close() == []
