"""`python -m tests.soak [--seconds N | --rounds N] [--seed S] [--lose N]`: everything at once, over four threads.

Ten minutes by default. Ends with exit code 1, saying what is missing, if anything is lost, doubled or left over, and if ten
minutes were too few for the machine to do `MESSAGES` and `RUNS`.
"""

import argparse
import gc
import os
import random
import sys
import threading
import time
from collections import deque
from typing import Any

from actors.runtime import (
    BackgroundThread,
    Down,
    background,
    close,
    current,
    dead_letters,
    receive,
    send,
    spawn,
    statistics,
)
from actors.runtime.actor import Actor
from actors.runtime.proxy import _proxies  # pyright: ignore[reportPrivateUsage]  # what is left over
from actors.runtime.registry import _names  # pyright: ignore[reportPrivateUsage]  # as above
from actors.runtime.remote import Agent
from actors.runtime.scheduler import all_schedulers
from actors.testing import settle
from actors.testing.losses import Losses
from tests.soak.driver import Board, Driver
from tests.soak.ledger import Ledger

DRIVERS = 6  # in each thread
PLAIN = 2  # plain threads, beside the main and the background thread
FULL = 600.0  # seconds of a full soak, in which at least so much is to be done:
MESSAGES = 10_000_000
RUNS = 1_000_000
GROWTH = 60_000  # kB that the process may grow after its first fifth: the books, the pools of workers, the allocator


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Everything at once, over four threads.")
    parser.add_argument("--seconds", type=float, default=FULL, help="how long (default 600)")
    parser.add_argument(
        "--rounds", type=int, help="instead, how many rounds each driver does: the same work on any machine"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 10**9), help="printed at the start")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds after which what has not come is lost")
    parser.add_argument(
        "--lose", type=int, metavar="N", help="control: lose each N-th call between threads; must be noticed"
    )
    return parser.parse_args()


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a program


class Losing(deque[Any]):
    """An inbox's calls, of which each n-th is dropped."""

    each = 0
    posted = 0

    def append(self, posted: Any) -> None:
        """Take a call, or lose it."""
        self.posted += 1
        if self.posted % self.each:
            super().append(posted)


def lose(each: int) -> None:
    """Plant a fault: of what is posted to the threads that are here, each n-th call is dropped."""
    for scheduler in all_schedulers():
        scheduler.inbox.calls = calls = Losing()
        calls.each = each


def drivers(ledger: Ledger, board: Board, seed: int) -> list[Driver]:
    sinks = ledger.page()
    return [Driver(ledger.page(), sinks, board, seed + number) for number in range(DRIVERS)]


def serve(found: list[Driver], rounds: int | None, thread: BackgroundThread | None) -> list[Any]:
    """Run drivers as actors to their end, and return those that did not end well."""
    for driver in found:
        spawn(driver.drive, rounds, link=False, monitor=True, on=thread)
    downs = [receive() for _ in found]
    return [down for down in downs if not (isinstance(down, Down) and str(down.reason) == "Normal()")]


def resident() -> int:
    """Return the resident set in kB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  a line of the kernel's
        return int(file.read().split()[1]) * (os.sysconf("SC_PAGE_SIZE") // 1024)


def leftovers(thread: BackgroundThread) -> list[str]:
    """Return what is left over once everything has ended."""
    gc.collect()
    threads = all_schedulers()
    found = [] if len(threads) == 2 else [f"{len(threads)} threads have a scheduler, instead of two"]
    for name, numbers, agents in (("main", statistics(), 0), ("background", thread.statistics(), 1)):
        if left := numbers.actors - agents:
            found.append(f"{left} actors are left in the {name} thread")
        if numbers.timers:
            found.append(f"{numbers.timers} timers are left in the {name} thread")
    found += [f"{len(one.inbox.calls)} calls are left in an inbox" for one in threads if one.inbox.calls]
    found += [f"the name {name!r} is left" for name in _names]
    found += [f"{proxy} is left" for proxy in list(_proxies.values())]
    living = [one for one in gc.get_objects() if isinstance(one, Actor) and one.reason is None]
    found += [f"{one} is alive" for one in living[:5] if not one.foreign and type(one) is not Agent]
    return found


def shortfall(seconds: float, messages: int, runs: int) -> list[str]:
    """Return what a full soak was to do and did not."""
    done = ((messages, MESSAGES, "messages"), (runs, RUNS, "runs"))
    return [f"{least - made:,} of {least:,} {what}" for made, least, what in done if made < least and seconds >= FULL]


class Soak:
    """One soak."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        self.ledger = Ledger()
        self.thread = background()
        self.board = Board(self.thread, chosen.patience)
        self.ended: list[Any] = []
        self.first: int | None = None
        self.main = current()
        self.over = False

    def run(self) -> list[str]:
        """Do everything; return what is wrong."""
        if self.chosen.lose:
            lose(self.chosen.lose)
        stop = dead_letters.subscribe(self.ledger.letters.take)
        losses = Losses()
        losses.install()
        rounds = self.chosen.rounds
        groups = [drivers(self.ledger, self.board, self.chosen.seed * 100 + 10 * number) for number in range(PLAIN + 2)]
        threads = [threading.Thread(target=self.plain, args=(group, rounds), daemon=True) for group in groups[2:]]
        watch = threading.Thread(target=self.watch, daemon=True)
        for one in (*threads, watch):
            one.start()
        there = spawn(lambda: self.ended.extend(serve(groups[1], rounds, self.thread)), link=False, monitor=True)
        mine = spawn(lambda: self.ended.extend(serve(groups[0], rounds, None)), link=False, monitor=True)
        for _ in (there, mine, *threads):  # the main thread's hub runs as long as others have to do with it
            receive()
        for one in threads:
            one.join()
        for _ in range(3):  # what the last ones told one another
            self.thread.statistics()
            settle()
        self.over = True
        groups.clear()  # what they hold would look left over
        self.board.open.clear()
        found = [f"a driver ended with {down.reason}" for down in self.ended] + self.ledger.check()
        found += losses.take()
        losses.remove()
        found += [] if self.chosen.lose else leftovers(self.thread)
        grown = resident() - (self.first or resident())
        found += [f"the process grew by {grown:,} kB"] if grown > GROWTH else []
        stop()
        return found

    def plain(self, group: list[Driver], rounds: int | None) -> None:
        """Be a plain thread."""
        self.ended.extend(serve(group, rounds, None))
        close()
        send(self.main, "over")

    def watch(self) -> None:
        """Stop the drivers when their time is over; end a process in which they do not stop."""
        began = time.monotonic()
        seconds = self.chosen.seconds
        while time.monotonic() - began < seconds and not self.over:
            time.sleep(0.1)
            if self.first is None and time.monotonic() - began > seconds / 5:
                self.first = resident()
        self.board.stop = True
        while time.monotonic() - began < seconds + 4 * self.chosen.patience:
            time.sleep(0.1)
            if self.over:
                return
        for page in self.ledger.pages:
            for fault in page.check():
                say(f"MISSING {fault}")
        say("MISSING the end of some driver")
        say(f"again: python -m tests.soak --seed {self.chosen.seed}")
        os._exit(1)


def main() -> int:
    """Soak, and report."""
    chosen = options()
    say(f"soak: seed {chosen.seed}")
    began = time.monotonic()
    soak = Soak(chosen)
    found = soak.run()
    ledger = soak.ledger
    monitors = sum(page.monitors for page in ledger.pages)
    seconds = time.monotonic() - began
    say(f"{ledger.sent:,} messages, {ledger.runs:,} runs, {monitors:,} monitors in {seconds:.0f} s, {resident():,} kB")
    say(", ".join(f"{count:,} {what}" for what, count in sorted(ledger.saw.items())))
    if chosen.rounds is None and not chosen.lose:
        found += shortfall(chosen.seconds, ledger.sent, ledger.runs)
    for fault in found:
        say(f"MISSING {fault}")
    if found:
        say(f"again: python -m tests.soak --seed {chosen.seed}")
    code = 1 if found else 0
    if chosen.lose:
        os._exit(code)  # an orderly end may wait for what was lost
    return code


if __name__ == "__main__":
    sys.exit(main())
