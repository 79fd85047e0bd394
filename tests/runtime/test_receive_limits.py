"""A4: time limits of a receive, and of a sleep."""

from collections.abc import Callable
from typing import Any

import pytest

from actors.runtime import current, receive, send, spawn
from actors.testing import ManualClock, settle
from tests.runtime.watching import control


def nothing(message: Any) -> bool:
    """Match no message."""
    return False


# -- time limits


@pytest.mark.sentence("A4")
@pytest.mark.parametrize("match", [None, nothing], ids=["any", "match"])
def test_when_the_time_is_over_receive_raises_timeout_error_and_not_before(match: Callable[[Any], bool] | None) -> None:
    raised: list[BaseException] = []

    def body() -> None:
        try:
            receive(10.0, match=match)
        except TimeoutError as error:
            raised.append(error)

    with ManualClock() as time:
        spawn(body)
        time.advance(9.9)
        early = list(raised)
        time.advance(0.1)
    assert early == []
    assert len(raised) == 1


@pytest.mark.sentence("A4")
def test_messages_that_do_not_match_do_not_prolong_the_time() -> None:
    ended: list[str] = []

    def body() -> None:
        try:
            receive(10.0, match=lambda _: False)
        except TimeoutError:
            ended.append("over")

    with ManualClock() as time:
        ref = spawn(body)
        time.advance(6.0)
        send(ref, "other")
        time.advance(4.0)
    assert ended == ["over"]


@pytest.mark.sentence("A4")
def test_a_time_that_is_over_while_a_message_that_does_not_match_is_handed_over_is_not_forgotten() -> None:
    ended: list[str] = []

    def body() -> None:
        try:
            receive(10.0, match=lambda _: False)
        except TimeoutError:
            ended.append("over")

    with ManualClock():
        ref = spawn(body)
        settle()
        send(ref, "other")
        control(ref).timed_out()
        settle()
    assert ended == ["over"]


@pytest.mark.sentence("A4")
def test_a_message_that_matches_is_taken_although_the_time_is_over_as_it_is_handed_over() -> None:
    got: list[Any] = []

    with ManualClock():
        ref = spawn(lambda: got.append(receive(10.0)))
        settle()
        send(ref, "just in time")
        control(ref).timed_out()
        settle()
    assert got == ["just in time"]


@pytest.mark.sentence("A4")
def test_after_a_receive_in_time_its_limit_never_fires() -> None:
    got: list[Any] = []

    def body() -> None:
        got.append(receive(10.0))
        got.append(receive())

    with ManualClock() as time:
        ref = spawn(body)
        time.advance(5.0)
        send(ref, 1)
        time.advance(60.0)
        send(ref, 2)
        settle()
    assert got == [1, 2]


@pytest.mark.sentence("A4")
def test_with_timeout_0_receive_takes_what_is_there() -> None:
    send(current(), 1)
    assert receive(timeout=0) == 1


@pytest.mark.sentence("A4")
def test_with_timeout_0_receive_raises_at_once_when_nothing_is_there() -> None:
    switched: list[int] = []
    spawn(switched.append, 1)
    with pytest.raises(TimeoutError):
        receive(timeout=0)
    assert switched == []
    settle()


@pytest.mark.sentence("A4")
def test_with_timeout_0_receive_match_leaves_what_does_not_match() -> None:
    send(current(), 1)
    with pytest.raises(TimeoutError):
        receive(0, match=lambda message: message == 2)
    assert receive(0) == 1


@pytest.mark.sentence("A4")
@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan")])
def test_a_negative_timeout_is_a_value_error(timeout: float) -> None:
    send(current(), 1)
    with pytest.raises(ValueError, match="timeout="):
        receive(timeout)
    assert receive(0) == 1


@pytest.mark.parametrize("timeout", ["1", True])
def test_a_timeout_that_is_no_number_is_a_type_error(timeout: Any) -> None:
    with pytest.raises(TypeError, match="timeout="):
        receive(timeout)


@pytest.mark.parametrize("ref", [None, "name", 3])
def test_send_to_what_is_no_ref_is_a_type_error(ref: Any) -> None:
    with pytest.raises(TypeError, match="ActorRef"):
        send(ref, "message")
