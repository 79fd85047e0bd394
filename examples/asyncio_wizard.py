"""The onboarding wizard and a server, from an asyncio program.

$ python -m examples.asyncio_wizard
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from actors import AsyncComputation
from actors.awaiting import run_in, wrap
from actors.runtime import background
from actors.server import Server, call
from examples.bank import Balance, Bank, Transfer
from examples.onboarding import User, onboarding, stack


async def onboard(answers: Iterable[str], handlers: Callable[[], Any] = stack) -> User:
    """Answer the questions of the wizard, and return the user."""
    given = iter(answers)
    async with wrap(AsyncComputation.start(onboarding, handlers=handlers, on=background())) as run:
        async for suspend in run.suspends(timeout=60.0):
            await run.resume(next(given), token=suspend.token)  # a program would await its user here
        return await run


async def pay(times: int) -> tuple[Decimal, Decimal]:
    """Have many transfers made at once; return what the two accounts hold then."""
    there = background()
    bank = await run_in(there, lambda: Server.start(Bank, {"ada": Decimal(20)}, link=False))
    await asyncio.gather(*(run_in(there, call, bank, Transfer("ada", "bob", Decimal(1))) for _ in range(times)))
    ada, bob = [await run_in(there, call, bank, Balance(name)) for name in ("ada", "bob")]
    return ada, bob


async def main() -> None:
    """Do both at once."""
    user, (ada, bob) = await asyncio.gather(onboard(["Ada", "ada@example.org", "pro"]), pay(30))
    print(f"welcome {user.name}; ada has {ada}, bob has {bob}")


if __name__ == "__main__":
    asyncio.run(main())
