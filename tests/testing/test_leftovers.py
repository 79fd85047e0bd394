"""Actors that are still there are found and ended."""

import gevent
import pytest

from actors.runtime import current, give_way, receive, spawn
from actors.testing import clean_up, live_actors, settle


def test_actors_that_have_not_begun_or_are_blocked_are_live_and_can_be_ended() -> None:
    ended: list[str] = []

    def blocked(block: object) -> None:
        try:
            block()  # type: ignore[operator]
        finally:
            ended.append("left")

    refs = [spawn(blocked, block, link=False) for block in (receive, lambda: gevent.sleep(100))]
    settle()
    refs.append(spawn(receive, link=False))
    assert set(live_actors()) == set(refs)
    assert set(clean_up()) == set(refs)
    assert ended == ["left", "left"]
    assert live_actors() == []
    assert not any(ref.alive for ref in refs)


def test_the_caller_and_those_that_ended_are_not_live() -> None:
    found: list[object] = []
    current()
    spawn(int)
    spawn(lambda: found.extend(live_actors()))
    settle()
    assert found == live_actors() == []


@pytest.mark.leaves_actors("it keeps itself alive until it is abandoned")
def test_one_that_swallows_its_kill_is_abandoned_and_not_live() -> None:
    def stubborn() -> None:
        while True:
            try:
                receive()
            except BaseException:
                pass

    ref = spawn(stubborn, link=False)
    settle()
    assert clean_up() == [ref]
    assert live_actors() == []


def test_one_that_never_blocks_can_be_ended_all_the_same() -> None:
    def spinning() -> None:
        while True:
            give_way()

    ref = spawn(spinning, link=False)
    assert clean_up() == [ref]
    assert live_actors() == []
