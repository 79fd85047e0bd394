"""Coroutines that are cancelled while they wait: no outcome is lost, and none comes twice."""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, Cancelled, Completed, Prompt, ask, receive, send, spawn
from actors.awaiting import wrap
from actors.computation import FinishedError, LegTimeoutError
from actors.runtime import BackgroundThread, give_way
from tests.computation.common import one_question, wizard
from tests.runtime.watching import PATIENCE
from tests.threads.awaited import mailbox, run, started, suspended, turns
from tests.threads.crossing import held, settle_in

pytestmark = pytest.mark.sentence("T1", "T2")


@pytest.mark.sentence("R6")
@pytest.mark.parametrize("how", ["wait", "result", "resume_sync"])
def test_a_coroutine_cancelled_while_it_waits_leaves_the_run_as_it_is(thread: BackgroundThread, how: str) -> None:
    async def main() -> None:
        go = threading.Event()
        begun = threading.Event()

        def body() -> str:
            answer = ask(Prompt("q"))
            begun.set()
            while not go.is_set():
                give_way()
            return answer

        runner = started(thread, body)
        suspended(await runner.wait())
        if how == "resume_sync":
            task: asyncio.Task[Any] = asyncio.create_task(runner.resume_sync("yes"))
        else:
            await runner.resume("yes")
            task = asyncio.create_task(runner.wait() if how == "wait" else runner.result())
        await asyncio.to_thread(begun.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()
        assert await runner.wait() == Completed("yes")
        assert await runner == "yes"
        assert mailbox() == []

    run(main)


@pytest.mark.sentence("R6")
@pytest.mark.parametrize("how", ["wait", "result", "resume_sync", "cancel_sync"])
def test_an_outcome_that_was_being_handed_over_to_a_cancelled_coroutine_is_not_lost(
    thread: BackgroundThread, how: str
) -> None:
    """The coroutine does not run between the end of the call in the other thread and its own cancel."""

    async def main() -> None:
        runner = started(thread, wizard, "a")
        first = suspended(await runner.wait())
        if how in {"wait", "result"}:
            await runner.resume(1)
        ways: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "wait": runner.wait,
            "result": runner.result,
            "resume_sync": partial(runner.resume_sync, 1, token=first.token),
            "cancel_sync": runner.cancel_sync,
        }
        task: asyncio.Task[Any] = asyncio.create_task(ways[how]())
        await asyncio.sleep(0)
        done = threading.Event()
        settle_in_background(thread, done)
        done.wait(PATIENCE)  # the loop is held: it does not hear of it
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await turns(thread)
        expected = Cancelled("cancelled") if how == "cancel_sync" else Completed((1,))
        assert await runner.wait() == expected
        with pytest.raises(FinishedError):
            await runner.wait()
        assert mailbox() == []

    run(main)


def hold_until_settled(thread: BackgroundThread) -> None:
    """Hold the event loop until all that is ready in the other thread has run."""
    done = threading.Event()
    settle_in_background(thread, done)
    done.wait(PATIENCE)


class Late:
    """A computation whose question comes once it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self) -> str:
        while not self.go.is_set():
            give_way()
        return ask(Prompt("q"))


async def cancelled(task: asyncio.Task[Any]) -> None:
    """Cancel a task, and see that it takes that."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.sentence("R17")
def test_of_two_that_wait_one_is_cancelled_at_the_handing_over_and_the_outcome_does_not_come_again(
    thread: BackgroundThread,
) -> None:
    async def main() -> None:
        late = Late()
        runner = started(thread, late)
        first, second = (asyncio.create_task(runner.wait()) for _ in range(2))
        await turns(thread)
        late.go.set()
        hold_until_settled(thread)
        await cancelled(first)
        suspend = suspended(await second)
        await turns(thread)
        with pytest.raises(LegTimeoutError):
            await runner.wait(0)
        assert await runner.resume_sync("yes", token=suspend.token) == Completed("yes")

    run(main)


@pytest.mark.sentence("R6", "R17")
@pytest.mark.parametrize("how", ["wait", "resume_sync"])
def test_an_outcome_given_back_by_a_cancelled_coroutine_comes_to_one_that_waits_meanwhile(
    thread: BackgroundThread, how: str
) -> None:
    """The second began to wait when the first had the outcome already, and before that one's cancel was heard of."""

    async def main() -> None:
        runner = started(thread, wizard, "a", "b")
        suspended(await runner.wait())
        if how == "wait":
            await runner.resume(1)
        first: asyncio.Task[Any] = asyncio.create_task(runner.wait() if how == "wait" else runner.resume_sync(1))
        await asyncio.sleep(0)
        hold_until_settled(thread)
        second = asyncio.create_task(runner.wait())
        await asyncio.sleep(0)
        hold_until_settled(thread)
        await cancelled(first)
        suspend = suspended(await second)
        assert suspend.value == Prompt("b")
        with pytest.raises(LegTimeoutError):
            await runner.wait(0)
        assert await runner.resume_sync(2, token=suspend.token) == Completed((1, 2))

    run(main)


@pytest.mark.sentence("R6", "R17")
def test_whenever_one_or_both_that_wait_are_cancelled_the_outcome_is_taken_once(thread: BackgroundThread) -> None:
    dice = random.Random(7)

    async def main() -> None:
        for _ in range(60):
            late = Late()
            runner = started(thread, late)
            tasks = [asyncio.create_task(runner.wait()) for _ in range(2)]
            if dice.random() < 0.5:
                await turns(thread)
            late.go.set()
            kept: list[asyncio.Task[Any]] = []
            for task in tasks:
                for _ in range(dice.randrange(4)):
                    await (asyncio.sleep(0) if dice.random() < 0.5 else turns(thread))
                if dice.random() < 0.3 or not task.cancel():
                    kept.append(task)
            ended, _ = await asyncio.wait(kept or [asyncio.create_task(runner.wait())], return_when="FIRST_COMPLETED")
            assert {suspended(task.result()).value for task in ended} == {Prompt("q")}
            await turns(thread)
            with pytest.raises(LegTimeoutError):
                await runner.wait(0)
            for task in tasks:
                task.cancel()
            await runner.cancel_sync()

    run(main)


def settle_in_background(thread: BackgroundThread, done: threading.Event) -> None:
    """Set `done` once all that is ready in the other thread has run."""

    def last() -> None:
        for _ in range(5):
            give_way()
        done.set()

    spawn(last, link=False, on=thread)


def test_an_answer_whose_coroutine_was_cancelled_at_once_is_given_all_the_same(thread: BackgroundThread) -> None:
    async def main() -> None:
        runner = started(thread, one_question)
        suspended(await runner.wait())
        with held(thread):
            task = asyncio.create_task(runner.resume_sync("yes"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await runner == "yes"

    run(main)


@pytest.mark.sentence("R2")
def test_another_owner_gets_each_event_once_whoever_else_waits(thread: BackgroundThread) -> None:
    got: list[Any] = []

    def collect() -> None:
        while (message := receive()) is not None:
            got.append(message.outcome)

    async def main() -> None:
        owner = spawn(collect, link=False, on=thread)
        runner = wrap(AsyncComputation.start(one_question, owner=owner, on=thread))
        task = asyncio.create_task(runner.wait())
        await asyncio.sleep(0)
        done = threading.Event()
        settle_in_background(thread, done)
        done.wait(PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await turns(thread)
        suspend = suspended(await runner.wait())
        assert await runner.resume_sync("yes", token=suspend.token) == Completed("yes")
        await turns(thread)
        send(owner, None)
        assert got == [suspend, Completed("yes")]

    run(main)
    settle_in(thread.scheduler)
