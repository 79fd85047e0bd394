"""A message to an actor of another thread: what it costs who sends it, while that thread is held; and what it costs in all.

The other thread is held while the messages are sent, and takes them all in one go: one wake-up, as when a burst comes. So
neither thread waits for the interpreter's lock. `whole` has the receiver's part with it; `running` is the time for a
message when both threads run at once and get in each other's way, the lock going to and fro. The baseline is
`queue.SimpleQueue` between two plain threads, its `put` alone, with `queue_whole` for both sides.
"""

import threading
from queue import SimpleQueue

from actors import receive, send, spawn
from actors.runtime import ActorRef, background
from benchmarks.subject import AtMost, Subject, clock


class Taking:
    """An actor of the background thread that takes `n` messages, its thread held until it may."""

    def __init__(self, n: int, held: bool) -> None:
        self.n = n
        self.may = threading.Event()
        self.done = threading.Event()
        self.seconds = 0.0
        self.sum = 0
        began = threading.Event()
        self.ref: ActorRef = spawn(self.take, link=False, on=background())
        if held:
            spawn(self.hold, began, link=False, on=background())
            began.wait()

    def hold(self, began: threading.Event) -> None:
        began.set()
        self.may.wait()

    def take(self) -> None:
        total = receive()
        start = clock()
        for _ in range(self.n - 1):
            total += receive()
        self.seconds = clock() - start
        self.sum = total
        self.done.set()

    def finished(self) -> None:
        self.may.set()
        self.done.wait()
        assert self.sum == sum(range(self.n))


def sent(n: int, taking: Taking) -> float:
    """Send everything; return the seconds that took."""
    ref = taking.ref
    start = clock()
    for number in range(n):
        send(ref, number)
    return clock() - start


def ours(n: int) -> float:
    """Send to a held thread."""
    taking = Taking(n, held=True)
    seconds = sent(n, taking)
    taking.finished()
    return seconds / n


def whole(n: int) -> float:
    """Send to a held thread, then let it take everything."""
    taking = Taking(n, held=True)
    seconds = sent(n, taking)
    start = clock()
    taking.finished()
    return (seconds + clock() - start) / n


def running(n: int) -> float:
    """Send to a thread that receives meanwhile."""
    taking = Taking(n, held=False)
    start = clock()
    sent(n, taking)
    taking.finished()
    return (clock() - start) / n


def puts(n: int, queue: "SimpleQueue[int]") -> float:
    start = clock()
    for number in range(n):
        queue.put(number)
    return clock() - start


def theirs(n: int) -> float:
    """Put into a queue."""
    queue: SimpleQueue[int] = SimpleQueue()
    seconds = puts(n, queue)
    assert queue.qsize() == n
    return seconds / n


def queue_whole(n: int) -> float:
    """Put into a queue, then have another thread get everything."""
    queue: SimpleQueue[int] = SimpleQueue()
    found: list[int] = []

    def get() -> None:
        found.append(sum(queue.get() for _ in range(n)))

    seconds = puts(n, queue)
    thread = threading.Thread(target=get)
    start = clock()
    thread.start()
    thread.join()
    assert found == [sum(range(n))]
    return (seconds + clock() - start) / n


SUBJECT = Subject(
    name="thread_send",
    works={"ours": ours, "baseline": theirs, "whole": whole, "running": running, "queue_whole": queue_whole},
    target=AtMost(0.5, 0.3),
    count=100_000,
    quick=1_000,
)
