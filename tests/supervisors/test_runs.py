"""Computations as children: what their owners hear, and which runs are started afresh."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from gevent.event import Event

from actors import AsyncComputation, Completed, Prompt, Suspend, ask, current, notify, receive, send, spawn, telemetry
from actors.children import Restart
from actors.effects import state
from actors.exits import ActorExit, Crash, Killed, Normal, Shutdown
from actors.outcomes import Cancelled, Notify, Restarted, Throw
from actors.runtime import ActorRef, background, kill, trap_exits
from actors.testing import ManualClock, Probe, settle
from supervisors import Backoff, ChildSpec, Intensity, Strategy, Supervisor
from supervisors.errors import GaveUpError
from supervisors.runs import UNANSWERED
from tests.computation.common import queued
from tests.supervisors.common import MANY, NEVER, SLOW, Book, states, tell

pytestmark = pytest.mark.sentence("S10")

Q = Prompt("q")


class Boom(Exception):
    """Raised on purpose."""


def wizard() -> str:
    """Ask, and raise what comes as the answer if it is an error."""
    answer: Any = ask(Q)
    if isinstance(answer, str) and answer.startswith("boom"):
        raise Boom(answer)
    return str(answer)


def child(fn: Callable[..., Any] = wizard, *args: Any, **options: Any) -> ChildSpec[Any]:
    """Return the spec of a run that the caller owns."""
    given: dict[str, Any] = {"id": "w", "owner": current(), **options}
    return AsyncComputation.child(fn, *args, **given)


def outcomes() -> list[Any]:
    """Let everything run; return the outcomes that came, questions apart."""
    return [event.outcome for event in queued() if not isinstance(event.outcome, Suspend)]


def answer(run: AsyncComputation[Any], value: str) -> None:
    settle()
    run.resume(value)
    settle()


def test_a_run_is_a_transient_child_with_an_id_and_a_time_to_leave() -> None:
    spec = AsyncComputation.child(wizard, owner=current(), shutdown=2.5, backoff=Backoff(1.0))
    assert (spec.id, spec.restart, spec.shutdown, spec.backoff) == ("wizard", Restart.TRANSIENT, 2.5, Backoff(1.0))
    assert AsyncComputation.child(wizard, id=7).id == 7
    with pytest.raises(TypeError):
        AsyncComputation.child(wizard, "one too many")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        AsyncComputation.child(wizard, owner="me")  # type: ignore[arg-type]


@pytest.mark.sentence("R2")
def test_the_owner_hears_restarted_with_the_attempt_and_the_new_runner_in_place_of_the_throw() -> None:
    with Supervisor.start([child(tag="tag")], intensity=MANY) as root:
        runs = [root.child("w")]
        for attempt in (1, 2, 3):
            answer(runs[-1], f"boom {attempt}")
            runs.append(root.child("w"))
        events = [event for event in queued() if isinstance(event.outcome, Restarted)]
        assert [event.outcome.attempt for event in events] == [1, 2, 3]
        assert [str(event.outcome.error) for event in events] == ["boom 1", "boom 2", "boom 3"]
        assert [event.outcome.runner for event in events] == runs[1:]
        assert [event.runner for event in events] == runs[:-1]
        assert {event.tag for event in events} == {"tag"}
        answer(runs[-1], "Ada")
        assert outcomes() == [Completed("Ada")]
        assert states(root) == {"w": "stopped"}
        assert len({id(run) for run in runs}) == 4


def test_the_throw_comes_when_the_supervisor_gives_up() -> None:
    def starter(owner: ActorRef) -> None:
        trap_exits(True)
        send(owner, Supervisor.start([AsyncComputation.child(wizard, id="w", owner=owner)], intensity=Intensity(1)))
        receive()

    spawn(starter, current(), link=False)
    settle()
    root: Supervisor = receive(match=lambda message: isinstance(message, Supervisor))
    answer(root.child("w"), "boom 1")
    answer(root.child("w"), "boom 2")
    restarted, threw = outcomes()
    assert (str(restarted.error), str(threw.error)) == ("boom 1", "boom 2")
    assert isinstance(threw, Throw)
    with pytest.raises(GaveUpError, match="boom 2"):
        root.wait()


def test_one_that_waits_for_its_restart_throws_when_the_supervisor_gives_up_for_another() -> None:
    book, probe = Book(), Probe()
    intensity = Intensity(1, 100.0)
    with ManualClock():
        root = Supervisor.start([child(owner=probe.ref, backoff=SLOW), book.spec("a")], intensity=intensity)
        answer(root.child("w"), "boom")
        assert [type(event.outcome) for event in probe.messages] == [Suspend]
        send(root.child("a"), OSError("now"))
        with pytest.raises(GaveUpError):
            root.wait(1.0)
        assert [type(event.outcome) for event in probe.messages] == [Suspend, Throw]


@pytest.mark.parametrize("how", ["stop", "kill", "terminate_child"])
def test_the_throw_comes_when_nobody_restarts_it_any_more(how: str) -> None:
    trap_exits(True)
    with ManualClock() as time:
        root = Supervisor.start([child(backoff=SLOW)])
        answer(root.child("w"), "boom")
        assert outcomes() == []
        if how == "stop":
            root.stop()
        elif how == "kill":
            kill(root.ref)
        else:
            root.terminate_child("w")
        (threw,) = [message.outcome for message in queued() if hasattr(message, "outcome")]
        assert isinstance(threw, Throw)
        assert str(threw.error) == "boom"
        time.advance(NEVER)
        assert [message for message in queued() if hasattr(message, "outcome")] == []
        root.stop()


def test_one_that_throws_while_it_is_stopped_by_hand_is_not_forgotten() -> None:
    with Supervisor.start([child()]) as root:
        settle()
        root.child("w").resume("boom")
        root.terminate_child("w")  # comes before the supervisor has heard
        assert [type(outcome) for outcome in outcomes()] in ([Throw], [Cancelled])
        assert states(root) == {"w": "stopped"}


def test_each_restart_is_a_fresh_run_with_scopes_entered_afresh_and_nothing_shared() -> None:
    entered: list[str] = []

    @contextmanager
    def handlers() -> Generator[None]:
        entered.append("in")
        with state.holding(0):
            yield
        entered.append("out")

    def counting() -> int:
        state.put(state.get() + 1)
        wizard()
        return int(state.get())

    with Supervisor.start([child(counting, handlers=handlers)], intensity=MANY) as root:
        for _ in range(2):
            answer(root.child("w"), "boom")
        answer(root.child("w"), "Ada")
        assert outcomes()[-1] == Completed(1)
        assert entered == ["in", "in", "in", "out"]  # a throw leaves a plain generator by its error


def until_the_end() -> None:
    receive(match=lambda message: message == "end")


def test_a_run_whose_owner_has_ended_is_not_restarted() -> None:
    started: list[ActorRef] = []

    def stubborn() -> None:
        started.append(current())
        try:
            ask(Q)
        finally:
            raise Boom("in clean-up")

    ref = spawn(until_the_end)
    with Supervisor.start([child(stubborn, owner=ref)]) as root:
        settle()
        send(ref, "end")
        settle()
        assert states(root) == {"w": "stopped"}
        assert len(started) == 1


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL])
def test_a_run_whose_owner_ends_while_its_restart_waits_is_not_restarted(strategy: Strategy) -> None:
    ref = spawn(until_the_end)
    with ManualClock() as time, Supervisor.start([child(owner=ref, backoff=SLOW)], strategy=strategy) as root:
        run = root.child("w")
        settle()
        run.resume("boom")
        settle()
        assert states(root) == {"w": "restarting"}
        send(ref, "end")
        settle()
        time.advance(NEVER)
        assert states(root) == {"w": "stopped"}


def test_a_supervisor_that_is_the_owner_cancels_a_run_that_asks_and_says_why() -> None:
    run_is = Probe()

    def asks() -> None:
        send(run_is.ref, current())
        ask(Q)

    with Supervisor.start([AsyncComputation.child(asks, id="w")]) as root:
        settle()
        run: Any = run_is.receive()
        assert run.outcome == Cancelled(UNANSWERED)
        assert "AsyncComputation.child(owner=" in UNANSWERED
        assert states(root) == {"w": "stopped"}


def test_a_supervisor_that_is_the_owner_acts_on_the_outcome() -> None:
    runs: list[int] = []

    def third_time_lucky() -> int:
        runs.append(1)
        notify("on the way")
        if len(runs) < 3:
            raise Boom
        return len(runs)

    with Supervisor.start([AsyncComputation.child(third_time_lucky, id="w")]) as root:
        settle()
        assert len(runs) == 3
        assert states(root) == {"w": "stopped"}
        assert [info.restarts for info in root.which_children()] == [2]


def test_the_notices_of_a_run_reach_the_owner_in_order() -> None:
    def tells(times: list[int]) -> None:
        notify("begun")
        times.append(1)
        if len(times) == 1:
            raise Boom

    with Supervisor.start([child(tells, [])]):
        assert [type(outcome) for outcome in outcomes()] == [Notify, Restarted, Notify, Completed]


def test_an_owner_that_called_has_the_throw_and_hears_of_the_new_runner() -> None:
    with Supervisor.start([child()]) as root:
        run = root.child("w")
        settle()
        queued()
        outcome = run.resume_sync("boom")
        assert isinstance(outcome, Throw)
        (restarted,) = outcomes()
        assert isinstance(restarted, Restarted)
        assert restarted.error is outcome.error
        assert restarted.runner is root.child("w")


def test_an_owner_that_called_does_not_hear_the_throw_twice() -> None:
    with ManualClock():
        root = Supervisor.start([child(backoff=SLOW)])
        run = root.child("w")
        settle()
        queued()
        assert isinstance(run.resume_sync("boom"), Throw)
        root.stop()
        assert outcomes() == []


def test_a_sync_caller_that_is_not_the_owner_gets_the_throw_and_the_owner_the_notice() -> None:
    probe = Probe()
    with Supervisor.start([child(owner=probe.ref)]) as root:
        settle()
        assert isinstance(root.child("w").resume_sync("boom"), Throw)
        settle()
        assert [type(event.outcome) for event in probe.messages] == [Suspend, Restarted, Suspend]


def test_a_run_that_was_cancelled_is_not_restarted_and_its_owner_hears_that() -> None:
    with Supervisor.start([child()]) as root:
        settle()
        root.child("w").cancel("enough")
        assert outcomes() == [Cancelled("enough")]
        assert states(root) == {"w": "stopped"}


def test_a_cancel_that_overruns_is_not_restarted() -> None:
    def never_leaves() -> None:
        try:
            ask(Q)
        finally:
            Event().wait()

    with ManualClock() as time, Supervisor.start([child(never_leaves, shutdown=2.0)]) as root:
        settle()
        root.child("w").cancel("enough")
        time.advance(2.0)
        assert outcomes() == [Cancelled("enough", killed=True)]
        assert states(root) == {"w": "stopped"}
        time.advance(NEVER)


def test_a_deadline_is_not_restarted() -> None:
    with ManualClock() as time, Supervisor.start([child(deadline=3.0)]) as root:
        time.advance(3.0)
        (cancelled,) = outcomes()
        assert isinstance(cancelled, Cancelled)
        assert states(root) == {"w": "stopped"}


@pytest.mark.sentence("R15")
def test_a_supervisor_sees_the_exit_reasons_of_its_runs() -> None:
    seen: dict[str, Any] = {}
    ends = {"child ended", "child crashed"}
    stop = telemetry.subscribe(lambda event, data: seen.update({data["child"]: data["reason"]}) if event in ends else None)
    with Supervisor.start(
        [child(id=name) for name in ("returns", "throws", "cancelled", "killed")], intensity=MANY
    ) as root:
        settle()
        root.child("returns").resume("Ada")
        root.child("throws").resume("boom")
        root.child("cancelled").cancel("enough")
        kill(root.child("killed").ref)
        queued()
    queued()
    stop()
    crash = seen.pop("throws")
    assert isinstance(crash, Crash)
    assert isinstance(crash.error, Boom)
    assert seen == {"returns": Normal(), "cancelled": Shutdown("enough"), "killed": Killed()}


def test_a_run_that_is_killed_is_restarted() -> None:
    with Supervisor.start([child()]) as root:
        settle()
        kill(root.child("w").ref)
        (restarted,) = outcomes()
        assert isinstance(restarted.error, ActorExit)
        assert restarted.runner is root.child("w")
        assert root.child("w").ref.alive


def test_the_owner_of_a_run_that_goes_down_with_its_group_hears_restarted_alone() -> None:
    book = Book()
    with Supervisor.start([child(), book.spec("a")], strategy=Strategy.ONE_FOR_ALL) as root:
        settle()
        tell(root, "a", OSError("now"))
        (restarted,) = outcomes()
        assert isinstance(restarted, Restarted)
        assert str(restarted.error) == "now"
        assert restarted.runner is root.child("w")


def test_the_owner_of_a_run_hears_each_of_several_restarts_of_a_group_that_does_not_come_up_at_once() -> None:
    book = Book()
    with Supervisor.start([child(), book.spec("a")], strategy=Strategy.ONE_FOR_ALL, intensity=MANY) as root:
        settle()
        book.faults["a"] = 2
        tell(root, "a", OSError("now"))
        heard = outcomes()
        assert all(isinstance(outcome, Restarted) for outcome in heard)
        assert heard[-1].runner is root.child("w")
        assert root.child("w").ref.alive


def test_a_run_that_is_stopped_with_its_supervisor_is_cancelled() -> None:
    with Supervisor.start([child()]):
        settle()
    (cancelled,) = outcomes()
    assert isinstance(cancelled, Cancelled)
    assert isinstance(cancelled.reason, Shutdown)


def test_a_run_that_was_stopped_by_hand_can_be_started_by_hand() -> None:
    with Supervisor.start([child()]) as root:
        settle()
        root.terminate_child("w")
        assert [type(outcome) for outcome in outcomes()] == [Cancelled]
        run = root.restart_child("w")
        answer(run, "Ada")
        assert outcomes() == [Completed("Ada")]


def test_an_owner_in_another_thread_hears_the_same() -> None:
    there = background()
    with Supervisor.start([child()], on=there) as root:
        receive(5.0, match=lambda event: isinstance(event.outcome, Suspend)).outcome.resume("boom")
        event = receive(5.0)
        assert isinstance(event.outcome, Restarted)
        suspend = receive(5.0).outcome
        assert isinstance(suspend, Suspend)
        suspend.resume("Ada")
        assert receive(5.0).outcome == Completed("Ada")
        assert event.outcome.runner is root.child("w") or root.child("w") is None


def test_the_throw_reaches_an_owner_in_another_thread_when_the_supervisor_is_stopped() -> None:
    with Supervisor.start([child(backoff=Backoff(NEVER, most=NEVER))], on=background()) as root:
        receive(5.0).outcome.resume("boom")
        while states(root) != {"w": "restarting"}:
            pass
        root.stop()
        assert isinstance(receive(5.0).outcome, Throw)
    assert root.wait() == Normal()


def test_the_owner_may_be_a_sibling() -> None:
    told = Probe()

    def owner() -> None:
        while True:
            send(told.ref, receive().outcome)

    def with_owner(sup: list[ActorRef]) -> Any:
        sup.append(spawn(owner))
        return sup[-1]

    owners: list[ActorRef] = []

    def start_run() -> Any:
        return AsyncComputation.child(wizard, id="w", owner=owners[-1]).start()

    specs = [ChildSpec("owner", partial(with_owner, owners)), ChildSpec("w", start_run, Restart.TRANSIENT)]
    with Supervisor.start(specs, strategy=Strategy.REST_FOR_ONE, intensity=MANY) as root:
        settle()
        answer(root.child("w"), "boom")
        kill(owners[-1])
        settle()
        assert len(owners) == 2
        answer(root.child("w"), "Ada")
        kinds: list[Any] = [type(outcome) for outcome in told.messages]
        assert kinds.count(Restarted) == 1
        assert kinds[-1] is Completed
