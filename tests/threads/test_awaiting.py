"""Runs and servers of the background thread, driven from an asyncio event loop."""

import asyncio
import logging
import threading
from collections.abc import Awaitable
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, Cancelled, Completed, Prompt, Question, Suspend, ask, notify, receive, send, spawn
from actors.awaiting import AwaitableRunner, run_in, wrap
from actors.computation import CancelledError, FinishedError, LegTimeoutError, NotSuspendedError, StaleTokenError
from actors.effects import clock
from actors.runtime import ActorRef, BackgroundThread, ClosedError, Shutdown, current, give_way, kill, monitor, send_exit
from actors.runtime.scheduler import scheduler_here
from actors.server import CallTimeoutError, Server, ServerExitedError, call
from tests.computation.common import NEVER, one_question, queued, raising, returning, wizard
from tests.runtime.watching import PATIENCE, Boom
from tests.server.stack import Answered, Push
from tests.threads.awaited import mailbox, run, started, suspended, turns
from tests.threads.crossing import held, settle_in

pytestmark = pytest.mark.sentence("T1", "T2")


class AskNumber(Question[int]):
    def parse(self, answer: object) -> int:
        return int(str(answer))


class Gate:
    """Lets a body of the background thread go on: `begun` when it has come there, `open` to let it pass."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.refs: list[ActorRef] = []

    def wait(self) -> None:
        self.refs.append(current())
        self.begun.set()
        clock.sleep(NEVER)

    async def reached(self) -> None:
        """Wait until a body has come to the gate."""
        await asyncio.to_thread(self.begun.wait, PATIENCE)


def asking_then_asleep() -> None:
    ask(AskNumber())
    clock.sleep(NEVER)


def asking_around(gate: Gate) -> None:
    ask(Prompt("q"))
    gate.wait()
    ask(Prompt("r"))


# -- driving


def test_a_wizard_is_driven_by_its_suspensions(thread: BackgroundThread) -> None:
    async def main() -> None:
        runner = started(thread, wizard, "a", "b")
        async for suspend in runner.suspends(PATIENCE):
            await runner.resume(suspend.value.name, token=suspend.token)
        assert await runner == ("a", "b")
        assert [suspend async for suspend in runner.suspends(PATIENCE)] == []

    run(main)


@pytest.mark.sentence("R5")
def test_a_wizard_is_driven_leg_by_leg(thread: BackgroundThread) -> None:
    async def main() -> None:
        runner = started(thread, wizard, "a", "b")
        outcome = await runner.wait()
        while isinstance(outcome, Suspend):
            outcome = await runner.resume_sync(outcome.value.name, token=outcome.token)
        assert outcome == Completed(("a", "b"))
        with pytest.raises(FinishedError):
            await runner.wait()
        with pytest.raises(FinishedError):
            await runner.resume(1)

    run(main)


@pytest.mark.sentence("R3")
def test_what_is_raised_is_raised_where_it_is_awaited(thread: BackgroundThread) -> None:
    error = Boom()

    async def main() -> None:
        with pytest.raises(Boom) as caught:
            await started(thread, raising, error)
        assert caught.value is error

    run(main)


@pytest.mark.sentence("R13", "R17")
def test_a_cancelled_run_raises_the_librarys_error_and_not_asyncios(thread: BackgroundThread) -> None:
    async def main() -> None:
        runner = started(thread, one_question)
        suspended(await runner.wait())
        assert await runner.cancel_sync("enough") == Cancelled("enough")
        with pytest.raises(CancelledError) as caught:
            await runner
        assert not isinstance(caught.value, asyncio.CancelledError)
        other = started(thread, one_question)
        other.cancel("at once")
        assert await other.wait() == Cancelled("at once")
        assert "AwaitableRunner" in repr(other)

    run(main)


@pytest.mark.sentence("R8")
def test_a_wrong_answer_is_refused_where_it_is_given(thread: BackgroundThread) -> None:
    async def main() -> None:
        runner = started(thread, asking_then_asleep)
        first = suspended(await runner.wait())
        again = suspended(await runner.resume_sync("x"))
        assert again.error is not None
        with pytest.raises(StaleTokenError):
            await runner.resume("1", token=first.token)
        await runner.resume("1", token=again.token)
        with pytest.raises(NotSuspendedError):
            await runner.resume("1")
        await runner.cancel_sync()

    run(main)


@pytest.mark.sentence("R8")
def test_of_two_tasks_that_resume_at_once_one_wins(thread: BackgroundThread) -> None:
    async def main() -> None:
        runner = started(thread, one_question)
        token = suspended(await runner.wait()).token
        tries = [runner.resume_sync(number, token=token) for number in range(2)]
        found = await asyncio.gather(*tries, return_exceptions=True)
        won = [one for one in found if isinstance(one, Completed)]
        assert len(won) == 1
        assert [type(one) for one in found if one not in won] == [FinishedError]

    run(main)


@pytest.mark.sentence("R17")
def test_leaving_the_block_cancels_the_run_and_waits(thread: BackgroundThread) -> None:
    left: list[str] = []

    def cleaning() -> None:
        try:
            ask(Prompt("q"))
        finally:
            clock.sleep(0.001)
            left.append("left")

    async def crash_in(runner: AwaitableRunner[Any]) -> None:
        async with runner:
            suspended(await runner.wait())
            raise Boom

    async def main() -> None:
        async with started(thread, cleaning) as runner:
            suspended(await runner.wait())
        assert left == ["left"]
        runner = started(thread, cleaning)
        with pytest.raises(Boom):
            await crash_in(runner)
        assert left == ["left", "left"]
        assert isinstance(runner.runner.outcome, Cancelled)
        assert isinstance(runner.runner.outcome.reason, Boom)
        async with started(thread, returning, 1) as ended:
            assert await ended == 1

    run(main)


# -- time limits


@pytest.mark.sentence("R6")
def test_after_a_timeout_the_outcome_comes_to_the_next_wait(thread: BackgroundThread) -> None:
    async def main() -> None:
        gate = Gate()
        runner = started(thread, lambda: asking_around(gate))
        suspended(await runner.wait(PATIENCE))
        for waiting in (runner.resume_sync(1, timeout=0.001), runner.wait(0.001), runner.result(0.001), runner.wait(0)):
            with pytest.raises(LegTimeoutError) as caught:
                await waiting
            assert caught.value.runner is runner.runner
        with pytest.raises(LegTimeoutError):
            await anext(runner.suspends(0.001))
        assert await runner.cancel_sync("late") == Cancelled("late")
        for refused in (runner.wait(-1), runner.result(-1), runner.cancel_sync(timeout=-1)):
            with pytest.raises(ValueError, match="-1"):
                await refused

    run(main)


@pytest.mark.sentence("R6")
def test_a_time_limit_holds_while_the_other_thread_is_held(thread: BackgroundThread) -> None:
    async def main() -> None:
        runner = started(thread, wizard, "a", "b")
        first = suspended(await runner.wait())
        with held(thread):
            for waiting in (runner.result(0.001), runner.resume_sync(1, token=first.token, timeout=0.001)):
                with pytest.raises(LegTimeoutError):
                    await waiting
        assert suspended(await runner.wait()).value == Prompt("b")  # that answer was given before
        assert await runner.resume_sync(2) == Completed((1, 2))

    run(main)


@pytest.mark.sentence("R6")
def test_a_short_limit_is_kept_too_while_the_other_thread_is_held(
    thread: BackgroundThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.awaiting.REACH", NEVER)  # what a wait that is not to wait may take to get there

    async def main() -> None:
        runner = started(thread, one_question)
        with held(thread):
            for way in (runner.wait, runner.result, partial(runner.cancel_sync, "late")):
                with pytest.raises(LegTimeoutError):
                    await asyncio.wait_for(way(timeout=0.001), PATIENCE / 2)
        assert await runner.cancel_sync() == Cancelled("late")

    run(main)


# -- the event loop's thread


@pytest.mark.sentence("R4")
def test_events_do_not_pile_up_in_the_thread_of_the_event_loop(thread: BackgroundThread) -> None:
    def chatty() -> None:
        for number in range(200):
            notify(number)
            ask(Prompt("q"))

    async def main() -> None:
        send(current(), "mine")
        runner = started(thread, chatty)
        async for suspend in runner.suspends(PATIENCE):
            await runner.resume(1, token=suspend.token)
        await runner
        scheduler = scheduler_here()
        assert (mailbox(), len(scheduler.inbox.calls)) == (["mine"], 0)
        assert len(scheduler.loop._callbacks) < 10  # nor do wake-ups for a hub that does not run

    run(main)
    assert queued() == ["mine"]


@pytest.mark.parametrize("how", ["suspends", "returns", "raises"])
def test_a_loop_closed_while_a_wait_is_open_disturbs_nobody(
    thread: BackgroundThread, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    go = threading.Event()

    def body() -> Any:
        while not go.is_set():
            give_way()
        if how == "raises":
            raise Boom
        return ask(Prompt("q")) if how == "suspends" else 1

    loop = asyncio.new_event_loop()

    async def begin() -> tuple[AwaitableRunner[Any], asyncio.Task[Any]]:
        runner = started(thread, body)
        task: asyncio.Task[Any] = asyncio.create_task(runner.wait())
        await asyncio.sleep(0)
        return runner, task

    runner, task = loop.run_until_complete(begin())
    loop.close()
    cast_task: Any = task
    cast_task._log_destroy_pending = False  # left pending on purpose
    with caplog.at_level(logging.WARNING):
        go.set()
        outcome = runner.runner.wait(PATIENCE)
    assert type(outcome).__name__ == {"suspends": "Suspend", "returns": "Completed", "raises": "Throw"}[how]
    assert [record.message for record in caplog.records] == []
    del task, cast_task
    runner.runner.cancel_sync()
    queued()


def test_a_runner_of_the_own_thread_and_what_is_none_are_refused(thread: BackgroundThread) -> None:
    runner = AsyncComputation.start(returning, 1)
    with pytest.raises(ValueError, match="on=background"):
        _ = wrap(runner)
    runner.result(PATIENCE)
    nothing: Any = "no runner"
    with pytest.raises(TypeError, match="no runner"):
        _ = wrap(nothing)


def test_on_a_closed_thread_what_has_ended_is_known_and_nothing_begins(thread: BackgroundThread) -> None:
    async def main() -> None:
        whole = started(thread, returning, 1)
        cut = started(thread, one_question)
        assert await whole == 1
        suspended(await cut.wait())
        async with cut:
            await asyncio.to_thread(close_from_a_plain_thread, thread)
            assert await whole == 1
            with pytest.raises(CancelledError):
                await cut
            assert isinstance(await cut.cancel_sync(), Cancelled)
        with pytest.raises(ClosedError):
            await run_in(thread, returning, 1)
        with pytest.raises(ClosedError):
            AsyncComputation.start(returning, 1, on=thread)
        assert mailbox() == []

    run(main)


def close_from_a_plain_thread(thread: BackgroundThread) -> None:
    assert thread.close() == []


# -- run_in


@pytest.mark.sentence("A12")
def test_run_in_makes_calls_to_a_server(thread: BackgroundThread) -> None:
    async def main() -> None:
        log: list[Any] = []
        server = await run_in(thread, lambda: Server.start(Answered, log, link=False))
        pushes: list[Awaitable[Any]] = [run_in(thread, call, server, Push(number)) for number in range(10)]
        assert sorted(await asyncio.gather(*pushes)) == list(range(1, 11))
        assert len(log) == 10
        await run_in(thread, stop, server)
        with pytest.raises(ServerExitedError):
            await run_in(thread, call, server, Push(0))

    run(main)


def stop(server: ActorRef) -> None:
    monitor(server)
    send_exit(server, Shutdown("stop"))
    receive(PATIENCE)


def test_run_in_raises_what_the_function_raised_and_refuses_wrong_arguments(thread: BackgroundThread) -> None:
    error = Boom()

    async def main() -> None:
        with pytest.raises(Boom) as caught:
            await run_in(thread, raising, error)
        assert caught.value is error
        wrong: Any = run_in
        with pytest.raises(TypeError, match="returning"):
            await wrong(thread, returning, 1, 2)
        with pytest.raises(CallTimeoutError):
            await run_in(thread, call_in_vain)

    def call_in_vain() -> None:
        silent = spawn(lambda: receive(match=lambda _: False), link=False)
        try:
            call(silent, 1, timeout=0.001)
        finally:
            kill(silent)

    run(main)
    settle_in(thread.scheduler)


@pytest.mark.sentence("A14")
def test_cancelling_run_in_ends_the_actor_and_runs_its_finally_once(thread: BackgroundThread) -> None:
    left: list[str] = []
    gone = threading.Event()

    async def main() -> None:
        gate = Gate()

        def body() -> None:
            try:
                gate.wait()
            finally:
                clock.sleep(0.001)
                left.append("left")
                gone.set()

        task = asyncio.create_task(run_in(thread, body))
        await gate.reached()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)
    assert gone.wait(PATIENCE)
    settle_in(thread.scheduler)
    assert left == ["left"]


def test_a_coroutine_cancelled_before_run_in_began_never_runs_the_function(thread: BackgroundThread) -> None:
    ran: list[str] = []

    async def main() -> None:
        with held(thread):
            task = asyncio.create_task(run_in(thread, ran.append, "ran"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await turns(thread)

    run(main)
    assert ran == []


@pytest.mark.sentence("R14")
def test_the_end_of_the_event_loops_thread_cancels_its_runs(thread: BackgroundThread) -> None:
    runners: list[AsyncComputation[Any]] = []

    async def begin() -> None:
        runner = started(thread, one_question)
        suspended(await runner.wait())
        runners.append(runner.runner)

    looping = threading.Thread(target=lambda: asyncio.run(begin()))
    looping.start()
    looping.join()
    assert isinstance(runners[0].cancel_sync(), Cancelled)
    assert "OwnerEnded" in str(runners[0].outcome)
