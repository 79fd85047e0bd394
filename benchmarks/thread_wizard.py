"""The wizard driven from a plain thread, on the background thread: `start_sync` and three `resume_sync`.

The baseline hands each of the four legs to a pool thread, `ThreadPoolExecutor.submit(…).result()`: two plain threads, and
nothing but four round trips between them.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from actors import AsyncComputation, Completed
from actors.runtime import background, close
from benchmarks.subject import AtMost, Subject, clock
from benchmarks.wizard import ANSWERS, wizard


def in_thread(body: Callable[[], float]) -> float:
    """Run a body in a plain thread, and return what it returns."""
    results: list[float] = []
    thread = threading.Thread(target=lambda: results.append(body()))
    thread.start()
    thread.join()
    return results[0]


def ours(n: int) -> float:
    """Drive wizards by sync calls."""
    name, email, plan = ANSWERS
    there = background()

    def body() -> float:
        start = clock()
        for _ in range(n):
            runner, _ = AsyncComputation.start_sync(wizard, on=there)
            runner.resume_sync(name)
            runner.resume_sync(email)
            outcome = runner.resume_sync(plan)
            assert isinstance(outcome, Completed)
            assert outcome.value == ANSWERS
        seconds = clock() - start
        close()
        return seconds / n

    return in_thread(body)


def theirs(n: int) -> float:
    """Do as many round trips."""

    def body() -> float:
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(str.upper, "ready").result() == "READY"
            start = clock()
            for _ in range(n):
                for answer in ("", *ANSWERS):
                    assert pool.submit(str.upper, answer).result() == answer.upper()
            return (clock() - start) / n

    return in_thread(body)


SUBJECT = Subject(
    name="thread_wizard", works={"ours": ours, "baseline": theirs}, target=AtMost(130, 100), count=1_000, quick=50
)
