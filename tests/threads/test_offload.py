"""Blocking code in a native thread, while only the calling actor waits."""

import threading
import traceback
from contextvars import ContextVar

import pytest

from actors import AsyncComputation, Cancelled, Completed, offload, receive, send, spawn
from actors.runtime import current
from actors.testing import settle
from tests.runtime.watching import PATIENCE

VARIABLE: ContextVar[str] = ContextVar("variable", default="unset")


def fail() -> None:
    raise LookupError("in the thread")


@pytest.mark.sentence("T4")
def test_only_the_calling_actor_waits() -> None:
    me = current()
    latch = threading.Lock()
    latch.acquire()

    def body() -> None:
        offload(latch.acquire)
        send(me, "after")

    spawn(body)

    def other() -> None:
        send(me, "meanwhile")
        latch.release()

    spawn(other)
    assert [receive(PATIENCE), receive(PATIENCE)] == ["meanwhile", "after"]


@pytest.mark.sentence("T4")
def test_the_late_result_of_a_cancelled_actor_is_thrown_away() -> None:
    begun, latch = threading.Event(), threading.Event()
    late: list[bool] = []

    def block() -> str:
        begun.set()
        late.append(latch.wait(PATIENCE))
        return "late"

    runner = AsyncComputation.start(lambda: offload(block))
    offload(begun.wait, PATIENCE)
    assert runner.cancel_sync() == Cancelled("cancelled")
    latch.set()
    settle()
    assert (late, runner.outcome) == ([True], Cancelled("cancelled"))


@pytest.mark.sentence("T4")
def test_the_call_runs_in_another_thread_with_its_arguments() -> None:
    runner = AsyncComputation.start(lambda: offload(lambda one, two: (one + two, threading.get_ident()), 1, 2))
    value, thread = runner.result(PATIENCE)
    assert value == 3
    assert thread != threading.get_ident()


def test_an_error_comes_out_with_the_traceback_of_the_thread() -> None:
    with pytest.raises(LookupError, match="in the thread") as caught:
        offload(fail)
    assert "fail" in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]


def test_the_call_sees_a_copy_of_the_context_variables() -> None:
    def change() -> str:
        seen = VARIABLE.get()
        VARIABLE.set("changed")
        return seen

    def body() -> tuple[str, str]:
        VARIABLE.set("mine")
        return offload(change), VARIABLE.get()

    assert AsyncComputation.start(body).wait(PATIENCE) == Completed(("mine", "mine"))


def test_settle_waits_for_what_was_offloaded() -> None:
    me = current()
    spawn(lambda: send(me, offload(lambda: "done")))
    settle()
    assert receive(0) == "done"


def test_arguments_that_do_not_fit_are_refused_where_they_are_given() -> None:
    with pytest.raises(TypeError, match="fail"):
        offload(fail, 1)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue]
