"""pykka: an actor is a thread with a queue. Its wizard is a hand-made state machine, since an actor cannot ask."""

import threading
from typing import Any

import pykka

from benchmarks.send_one import BURST
from benchmarks.subject import clock
from benchmarks.wizard import ANSWERS

SIZE = 100  # of the ring: a thousand threads would measure the kernel


class _Echo(pykka.ThreadingActor):
    def on_receive(self, message: int) -> int:
        return message + 1


class _Consumer(pykka.ThreadingActor):
    def __init__(self, last: int, done: threading.Event) -> None:
        super().__init__()
        self.last, self.done = last, done

    def on_receive(self, message: int) -> None:
        if message == self.last:
            self.done.set()


class _Node(pykka.ThreadingActor):
    def __init__(self, done: threading.Event) -> None:
        super().__init__()
        self.done = done
        self.following: Any = None

    def on_receive(self, message: Any) -> None:
        if not isinstance(message, int):
            self.following = message
        elif message > 0:
            self.following.tell(message - 1)
        else:
            self.done.set()


class _Wizard(pykka.ThreadingActor):
    def __init__(self) -> None:
        super().__init__()
        self.answers: tuple[str, ...] = ()

    def on_receive(self, message: str | None) -> Any:
        if message is not None:
            self.answers = (*self.answers, message)
        questions = ("name", "email", "plan")
        return questions[len(self.answers)] if len(self.answers) < len(questions) else self.answers


def _spawn(n: int) -> float:
    start = clock()
    for _ in range(n):
        assert _Echo.start().stop()
    return (clock() - start) / n


def _send(n: int) -> float:
    done = threading.Event()
    ref = _Consumer.start(n // BURST - 1, done)
    start = clock()
    for number in range(n // BURST):
        for _ in range(BURST):
            ref.tell(number)
    assert done.wait(60)
    seconds = clock() - start
    ref.stop()
    return seconds / n


def _ring(n: int) -> float:
    done = threading.Event()
    nodes = [_Node.start(done) for _ in range(SIZE)]
    for one, following in zip(nodes, nodes[1:] + nodes[:1], strict=True):
        one.ask(following)
    start = clock()
    nodes[0].tell(n)
    assert done.wait(60)
    seconds = clock() - start
    for one in nodes:
        one.stop()
    return seconds / n


def _call(n: int) -> float:
    ref = _Echo.start()
    start = clock()
    for number in range(n):
        assert ref.ask(number, timeout=5.0) == number + 1
    seconds = clock() - start
    ref.stop()
    return seconds / n


def _wizard(n: int) -> float:
    start = clock()
    for _ in range(n):
        ref = _Wizard.start()
        outcome = ref.ask(None, timeout=5.0)
        for answer in ANSWERS:
            outcome = ref.ask(answer, timeout=5.0)
        assert outcome == ANSWERS
        ref.stop()
    return (clock() - start) / n


WORKS = {"spawn": _spawn, "call": _call, "send": _send, "ring": _ring, "wizard": _wizard}
