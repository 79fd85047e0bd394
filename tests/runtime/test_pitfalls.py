"""Pitfalls of the platform that no other test stands for; docs/design.md lists them all, each with its test."""

from __future__ import annotations

import gc
import inspect
import os
from collections.abc import Mapping
from configparser import ConfigParser
from types import FrameType
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Prompt, ask, current, receive, send, spawn, telemetry
from actors.runtime import kill, statistics
from actors.runtime.arguments import check_call
from actors.server import Call, Server, call
from tests.structure.sources import ROOT

FEW = 6  # frames: each costs 7 ns a switch from Python 3.12 on


class Echo(Server):
    def handle_call(self, request: Any, call: Call) -> Any:
        return request


def frames_above(frame: FrameType | None) -> int:
    """The Python frames between a body's own and the foot of its greenlet."""
    count = -1
    while frame is not None:
        count += 1
        frame = frame.f_back
    return count


def frames_below(parked: FrameType | None, body: str) -> int:
    """The Python frames between the one that is parked and a body's own."""
    count = 0
    while parked is not None and parked.f_code.co_name != body:
        count += 1
        parked = parked.f_back
    assert parked is not None, "the body is not on that stack"
    return count


def here() -> FrameType:
    """The frame that calls this."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back


def parked() -> None:
    send(receive(), (frames_above(here()), gevent.getcurrent()))
    receive()


def asking(seen: list[Any]) -> None:
    seen += [frames_above(here()), gevent.getcurrent()]
    ask(Prompt("name", "Name?"))


def test_few_frames_stand_between_user_code_and_the_switch() -> None:
    actor = spawn(parked)
    send(actor, current())
    above, greenlet = receive(timeout=60)
    assert above + frames_below(greenlet.gr_frame, "parked") <= FEW
    kill(actor)


def test_few_frames_stand_between_a_computation_and_the_switch() -> None:
    seen: list[Any] = []
    runner, _ = AsyncComputation.start_sync(asking, seen)
    above, greenlet = seen
    assert above + frames_below(greenlet.gr_frame, "asking") <= FEW
    runner.cancel_sync()


def test_control_frames_are_counted() -> None:
    def deeper(left: int) -> int:
        return deeper(left - 1) if left else frames_above(here())

    assert deeper(5) - deeper(0) == 5
    assert frames_below(here(), "test_control_frames_are_counted") == 0


def test_a_function_that_fits_is_never_inspected(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("inspect was asked for a plain function")

    monkeypatch.setattr(inspect, "signature", refused)
    check_call(frames_below, (None, "body"))
    with pytest.raises(AssertionError, match="inspect was asked"):
        check_call(frames_below, ())  # only to word the error


def test_nothing_that_succeeds_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def note(_: str, event: str, **data: Mapping[str, Any]) -> None:
        written.append(event)

    monkeypatch.setattr(telemetry, "write", note)
    server = Server.start(Echo)
    assert call(server, 1, timeout=60) == 1
    runner, _ = AsyncComputation.start_sync(asking, list[Any]())
    runner.cancel_sync()
    kill(server)
    assert not written
    telemetry.report("info", "control")
    assert written == ["control"]


def test_the_loop_is_libev_unless_the_program_chose_another() -> None:
    if "GEVENT_LOOP" in os.environ:
        pytest.skip("this environment chose a loop")
    assert type(gevent.get_hub().loop).__module__.startswith("gevent.libev.")


@pytest.mark.leaves_actors("nobody has its ref, which is the point")
def test_an_actor_whose_ref_nobody_keeps_is_not_collected() -> None:
    left: list[str] = []

    def waiting() -> None:
        try:
            receive()
        finally:
            left.append("left")

    spawn(waiting)
    gevent.sleep(0)
    there = statistics().actors
    gc.collect()
    assert (left, statistics().actors) == ([], there)


def test_coverage_is_told_of_greenlets() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert config["coverage:run"]["concurrency"] == "thread,greenlet"


def test_nothing_is_claimed_for_free_threaded_builds() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert "Free Threading" not in config["metadata"]["classifiers"]
