"""A message to an actor of another thread: what it costs who sends it, while that thread is held; and what it costs in all.

A thousand at a time: the other thread is held while they are sent, and takes them all in one go, with one wake-up. So
neither thread waits for the interpreter's lock. `whole` has the receiver's part with it; `running` is the time for a
message when both threads run at once and get in each other's way, the lock going to and fro. The baseline is
`queue.SimpleQueue` between two plain threads, its `put` alone, with `queue_whole` for both sides.
"""

import threading
from queue import SimpleQueue

from actors import receive, send, spawn
from actors.runtime import ActorRef, background
from benchmarks.subject import AtMost, Subject, clock

BURST = 1_000


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
    seconds = 0.0
    for _ in range(n // BURST):
        taking = Taking(BURST, held=True)
        seconds += sent(BURST, taking)
        taking.finished()
    return seconds / n


def whole(n: int) -> float:
    """Send to a held thread, then let it take everything."""
    seconds = 0.0
    for _ in range(n // BURST):
        taking = Taking(BURST, held=True)
        seconds += sent(BURST, taking)
        start = clock()
        taking.finished()
        seconds += clock() - start
    return seconds / n


def running(n: int) -> float:
    """Send to a thread that receives meanwhile."""
    taking = Taking(n, held=False)
    start = clock()
    sent(n, taking)
    taking.finished()
    return (clock() - start) / n


def puts(queue: "SimpleQueue[int]") -> float:
    start = clock()
    for number in range(BURST):
        queue.put(number)
    return clock() - start


def theirs(n: int) -> float:
    """Put into a queue."""
    seconds = 0.0
    for _ in range(n // BURST):
        queue: SimpleQueue[int] = SimpleQueue()
        seconds += puts(queue)
        assert queue.qsize() == BURST
    return seconds / n


def queue_whole(n: int) -> float:
    """Put into a queue, then let another thread get everything."""
    seconds = 0.0
    queue: SimpleQueue[int] = SimpleQueue()
    found: SimpleQueue[int] = SimpleQueue()
    may = threading.Semaphore(0)

    def get() -> None:
        for _ in range(n // BURST):
            may.acquire()
            found.put(sum(queue.get() for _ in range(BURST)))

    thread = threading.Thread(target=get)
    thread.start()
    for _ in range(n // BURST):
        seconds += puts(queue)
        start = clock()
        may.release()
        assert found.get() == sum(range(BURST))
        seconds += clock() - start
    thread.join()
    return seconds / n


SUBJECT = Subject(
    name="thread_send",
    works={"ours": ours, "baseline": theirs, "whole": whole, "running": running, "queue_whole": queue_whole},
    target=AtMost(0.5, 0.3),
    count=50_000,
    quick=BURST,
)
