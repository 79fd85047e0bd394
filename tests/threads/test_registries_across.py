"""Registries between two threads, whichever way."""

from typing import Any

import pytest

from actors import current, receive, send, spawn
from actors.runtime import BackgroundThread, Down, Entry, KeyTakenError, Registry, dead_letters, kill, monitor
from actors.testing import settle
from tests.runtime.watching import PATIENCE
from tests.threads.crossing import Crossing, held, settle_in

pytestmark = pytest.mark.sentence("S13")


def collects(got: list[Any]) -> None:
    while (message := receive()) is not None:
        got.append(message)


def test_an_actor_of_another_thread_is_registered_found_and_published_to(crossing: Crossing) -> None:
    def body() -> list[Any]:
        ref = crossing.spawn(collects, got)
        news.register("sport", "there", ref=ref)
        found = news.lookup("sport")
        for number in range(3):
            assert news.publish("sport", number) == 1
            send(ref, number + 0.5)
        watch = monitor(ref)
        send(ref, None)
        down = receive(PATIENCE)
        assert isinstance(down, Down)
        assert down.monitor is watch
        return [found == (Entry(ref, "there"),), got, len(news)]

    got: list[Any] = []
    news = Registry(unique=False)
    assert crossing.run(body) == [True, [0, 0.5, 1, 1.5, 2, 2.5], 0]


def test_a_unique_key_is_taken_for_all_threads(crossing: Crossing) -> None:
    def body() -> bool:
        ref = crossing.spawn(receive)
        desks.register("till")
        with pytest.raises(KeyTakenError) as raised:
            desks.register("till", ref=ref)
        kill(ref)
        crossing.settle()
        return raised.value.holder is current()

    desks = Registry()
    assert crossing.run(body)


def test_publishing_to_a_full_mailbox_of_a_held_thread_does_not_wait(thread: BackgroundThread) -> None:
    news = Registry(unique=False)
    got: list[Any] = []
    ref = spawn(collects, got, link=False, on=thread, mailbox=1)
    settle_in(thread.scheduler)
    news.register("sport", ref=ref)
    letters: list[Any] = []
    stop = dead_letters.subscribe(lambda _, message: letters.append(message))
    with held(thread):
        assert [news.publish("sport", number) for number in range(4)] == [1, 1, 1, 1]
    settle_in(thread.scheduler)
    stop()
    assert (got, letters) == ([0, 1], [2, 3])
    send(ref, None)
    settle_in(thread.scheduler)
    settle()
