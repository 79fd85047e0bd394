"""Where two things meet: decorations that block, watchers beside replies, branches that own, sync calls in clean-up."""

from __future__ import annotations

import gevent
import pytest
from gevent.event import Event

from actors import (
    AsyncComputation,
    Cancelled,
    Completed,
    ComputationEvent,
    Prompt,
    Suspend,
    ask,
    current,
    parallel,
    receive,
)
from actors.effects import decorating
from actors.testing import Probe, settle


def question() -> str:
    return ask(Prompt("q"))


@pytest.mark.sentence("R10", "R18")
def test_a_cancel_that_comes_while_a_decoration_blocks_leaves_no_suspension_behind() -> None:
    gate = Event()

    def blocks() -> str:
        try:
            gate.wait()
        except BaseException:
            return "swallowed"
        return "not cancelled"

    def body() -> str:
        with decorating("note", blocks):
            return question()

    runner = AsyncComputation.start(body)
    settle()
    assert runner.state == "running"
    runner.cancel("while it decorates")
    assert runner.wait(5.0) == Cancelled("while it decorates")
    with pytest.raises(TimeoutError):
        receive(0)


@pytest.mark.sentence("R9")
def test_an_outcome_for_reply_to_comes_there_although_the_addressee_waits_on_the_runner() -> None:
    probe = Probe()
    runner = AsyncComputation.start(question, owner=probe.ref)
    settle()
    probe.receive()
    runner.resume("a", reply_to=current())
    assert runner.wait(5.0) == Completed("a")
    assert receive(5.0) == ComputationEvent(None, Completed("a"), runner)
    assert probe.receive() == ComputationEvent(None, Completed("a"), runner)  # a final outcome comes to the owner too


@pytest.mark.sentence("C9", "R17")
def test_a_branch_that_owns_a_run_finds_its_outcome_on_the_runner() -> None:
    def branch() -> object:
        inner = AsyncComputation.start(question)
        gevent.sleep(0)
        first = inner.wait(5.0)
        assert isinstance(first, Suspend)
        first.resume("inner")
        return inner.result(5.0)

    _, outcome = AsyncComputation.start_sync(lambda: parallel(branch, branch))
    assert outcome == Completed(("inner", "inner"))


@pytest.mark.sentence("R9", "R11")
def test_a_sync_call_in_clean_up_gets_its_outcome_alone() -> None:
    probe = Probe()

    def twice() -> tuple[str, str]:
        return question(), question()

    served = AsyncComputation.start(twice, owner=probe.ref)
    settle()
    probe.receive()
    got: list[object] = []

    def client() -> None:
        try:
            question()
        finally:
            got.append(served.resume_sync("a"))

    runner, _ = AsyncComputation.start_sync(client)
    runner.cancel_sync()
    assert [type(outcome) for outcome in got] == [Suspend]
    probe.nothing()
    served.cancel_sync()
