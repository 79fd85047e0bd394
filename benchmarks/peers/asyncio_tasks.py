"""asyncio of the standard library: a task is an actor, an `asyncio.Queue` its mailbox, a future a reply."""

import asyncio
from asyncio import Future, Queue
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks.ring import SIZE
from benchmarks.send_one import BURST
from benchmarks.subject import Work, clock
from benchmarks.wizard import ANSWERS


def _timed(body: Callable[[int], Coroutine[Any, Any, float]]) -> Work:
    return lambda n: asyncio.run(body(n))


async def _nothing() -> None:
    """End at once."""


async def _spawn(n: int) -> float:
    start = clock()
    for _ in range(n):
        await asyncio.create_task(_nothing())
    return (clock() - start) / n


async def _send(n: int) -> float:
    mailbox: Queue[int] = Queue()

    async def consumer() -> int:
        number = -1
        for _ in range(n):
            number = await mailbox.get()
        return number

    task = asyncio.create_task(consumer())
    start = clock()
    for number in range(n // BURST):
        for _ in range(BURST):
            mailbox.put_nowait(number)
        await asyncio.sleep(0)
    last = await task
    seconds = clock() - start
    assert last == n // BURST - 1
    return seconds / n


async def _ring(n: int) -> float:
    mailboxes: list[Queue[int]] = [Queue() for _ in range(SIZE)]

    async def node(number: int) -> int:
        mine, following = mailboxes[number], mailboxes[(number + 1) % SIZE]
        while (hops := await mine.get()) > 0:
            following.put_nowait(hops - 1)
        return number

    tasks = [asyncio.create_task(node(number)) for number in range(SIZE)]
    await asyncio.sleep(0)
    start = clock()
    mailboxes[0].put_nowait(n)
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    seconds = clock() - start
    assert [task.result() for task in done] == [n % SIZE]
    for task in pending:
        task.cancel()
    return seconds / n


async def _call(n: int) -> float:
    requests: Queue[tuple[int, Future[int]]] = Queue()

    async def server() -> None:
        while True:
            number, reply = await requests.get()
            reply.set_result(number + 1)

    task = asyncio.create_task(server())
    loop = asyncio.get_running_loop()
    start = clock()
    for number in range(n):
        reply: Future[int] = loop.create_future()
        requests.put_nowait((number, reply))
        assert await asyncio.wait_for(reply, 5.0) == number + 1
    seconds = clock() - start
    task.cancel()
    return seconds / n


async def _wizard(n: int) -> float:
    loop = asyncio.get_running_loop()
    outcomes: Queue[tuple[str, Any]] = Queue()

    async def ask(question: str) -> str:
        answer: Future[str] = loop.create_future()
        outcomes.put_nowait((question, answer))
        return await answer

    async def flow() -> tuple[str, str, str]:
        return await ask("name"), await ask("email"), await ask("plan")

    start = clock()
    for _ in range(n):
        run = asyncio.create_task(flow())
        for given in ANSWERS:
            _, answer = await asyncio.wait_for(outcomes.get(), 5.0)
            answer.set_result(given)
        assert await run == ANSWERS
    return (clock() - start) / n


WORKS = {
    "spawn": _timed(_spawn),
    "call": _timed(_call),
    "send": _timed(_send),
    "ring": _timed(_ring),
    "wizard": _timed(_wizard),
}
