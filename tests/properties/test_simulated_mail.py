"""Messages, exits and downs in simulations: each arrives once, in its sender's order, or is a dead letter.

Some senders, a plain and a bounded receiver that take their messages in every way and are interrupted, and watchers that
link, unlink, monitor and demonitor. The book says at each moment what was sent and has not arrived.

SIMULATED_SEEDS=… runs more seeds.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest

from actors import current, receive, send, spawn
from actors.clock import monotonic
from actors.effects import clock
from actors.exits import Killed, Normal
from actors.runtime import (
    ActorRef,
    Down,
    Exit,
    MailboxFullError,
    Monitor,
    dead_letters,
    demonitor,
    kill,
    link,
    monitor,
    trap_exits,
    unlink,
)
from actors.testing import Faults, simulate
from tests.runtime.watching import control

SEEDS = int(os.environ.get("SIMULATED_SEEDS", "150"))
FAULTS = (Faults(delays=0.03, early=0.06), Faults(delays=0.3), Faults(delays=0.1, early=0.3))
TIMES = (0.0, 0.0003, 0.001, 0.01)
SENDERS, MESSAGES, BOUND = 3, 10, 1

Letter = tuple[int, int]  # the sender's number, and the message's

pytestmark = pytest.mark.sentence("T7", "A2", "A3", "A4", "A5")


@dataclass
class Book:
    """What was sent and has neither arrived nor become a dead letter, by receiver and sender."""

    refs: list[ActorRef] = field(default_factory=list[ActorRef])
    under_way: dict[tuple[int, int], list[int]] = field(default_factory=dict[tuple[int, int], list[int]])
    unsure: set[tuple[int, int, int]] = field(default_factory=set[tuple[int, int, int]])  # whose send was interrupted
    wrong: list[str] = field(default_factory=list[str])
    saw: Counter[str] = field(default_factory=Counter[str])
    senders: int = 0  # still at work
    crowded: bool = False  # everything goes to the bounded mailbox

    def arrived(self, to: int, letter: Letter, wanted: Callable[[Letter], bool]) -> None:
        """Take a message that a receiver has taken: the sender's first of those that it wanted."""
        sender, number = letter
        line = self.under_way[to, sender]
        if number not in line:
            self.wrong.append(f"{letter} came to {to} twice, or from nowhere")
            return
        passed = [
            one for one in line[: line.index(number)] if wanted((sender, one)) and (to, sender, one) not in self.unsure
        ]
        if passed:
            self.wrong.append(f"{letter} came to {to} before {passed}")
        line.remove(number)

    def died(self, ref: ActorRef, message: Any) -> None:
        """Take a dead letter."""
        to = self.refs.index(ref)
        self.saw["dead letter"] += 1
        self.arrived(to, message, lambda _: False)


def sender(me: int, rnd: random.Random, book: Book) -> None:
    try:
        for number in range(MESSAGES):
            post(me, number, rnd, book)
            if rnd.random() < 0.03:
                kill(rnd.choice(book.refs))
            if rnd.random() < 0.3:
                clock.sleep(rnd.choice(TIMES))
    finally:
        book.senders -= 1


def post(me: int, number: int, rnd: random.Random, book: Book) -> None:
    """Send a message in one of all the ways."""
    to = 1 if book.crowded else rnd.randrange(2)
    book.under_way[to, me].append(number)
    try:
        with gevent.Timeout(rnd.choice((None, None, *TIMES)), gevent.Timeout(0)):
            send(book.refs[to], (me, number), timeout=rnd.choice((None, None, *TIMES)))
        if len(control(book.refs[1]).mailbox or ()) > BOUND + 1:
            book.wrong.append("more messages wait than the bound allows")
    except MailboxFullError:
        book.saw["full"] += 1
        book.under_way[to, me].remove(number)
    except gevent.Timeout:
        book.saw["send interrupted"] += 1
        book.unsure.add((to, me, number))
        undisturbed(book)


def undisturbed(book: Book) -> None:
    """Who was interrupted is not woken by what it waited for before."""
    began = monotonic()
    gevent.sleep(0.01)
    if monotonic() < began + 0.01:
        book.wrong.append("woken too early")


def anything(_: Letter) -> bool:
    return True


def odd(letter: Letter) -> bool:
    return letter[1] % 2 == 1


def take(me: int, rnd: random.Random, book: Book) -> None:
    """Take a message in one of all the ways."""
    wanted = odd if rnd.random() < 0.3 else anything
    limit: float | None = rnd.choice((0.0, 0.0003, 0.001, 0.01))
    foreign = rnd.choice((None, *TIMES))
    if foreign is not None and rnd.random() < 0.5:
        limit = None
    try:
        with gevent.Timeout(foreign, gevent.Timeout(0)):
            letter = receive(limit) if wanted is anything else receive(limit, match=wanted)
    except TimeoutError:
        book.saw["nothing in time"] += 1
    except gevent.Timeout:
        book.saw["receive interrupted"] += 1
        undisturbed(book)
    else:
        book.arrived(me, letter, wanted)


def receiver(me: int, rnd: random.Random, book: Book) -> None:
    while book.senders:
        take(me, rnd, book)
        if rnd.random() < 0.2:
            clock.sleep(rnd.choice(TIMES))
    for _ in range(SENDERS * MESSAGES + 1):
        try:
            book.arrived(me, receive(0.0), anything)
        except TimeoutError:
            return
    book.wrong.append(f"{me} never comes to the end of its mailbox")


def mail(seed: int) -> Book:
    book = Book(senders=SENDERS, crowded=seed % 2 == 1)
    book.under_way = {(to, me): [] for to in range(2) for me in range(SENDERS)}
    stop = dead_letters.subscribe(book.died)
    for me in range(2):
        bound = BOUND if me else None
        ref = spawn(receiver, me, random.Random(seed + me), book, link=False, monitor=True, mailbox=bound)
        book.refs.append(ref)
    for me in range(SENDERS):
        spawn(sender, me, random.Random(seed + 10 + me), book, link=False, monitor=True)
    for _ in range(2 + SENDERS):
        reason = receive().reason
        if reason not in (Normal(), Killed()):
            book.wrong.append(f"somebody ended with {reason}")
    clock.sleep(60.0)  # a body that was killed may still be leaving
    stop()
    lost = {key: line for key, line in book.under_way.items() if any((*key, one) not in book.unsure for one in line)}
    if lost:
        book.wrong.append(f"neither arrived nor dead letters: {lost}")
    return book


def play_mail(seed: int) -> Counter[str]:
    """Simulate, and check the book."""
    book = simulate(seed, mail, seed, faults=FAULTS[seed % 3]).value
    assert book.wrong == [], f"play_mail({seed})"
    return book.saw


def test_each_message_arrives_once_and_in_order_or_is_a_dead_letter_whatever_interrupts() -> None:
    saw: Counter[str] = Counter()
    for seed in range(2 * SEEDS // 3):
        saw += play_mail(seed)
    assert {"dead letter", "full", "send interrupted", "nothing in time", "receive interrupted"} <= set(saw)


# -- ends


def mortal(boss: ActorRef, rnd: random.Random) -> None:
    """Report to the boss, and end in some way."""
    for number in range(3):
        send(boss, (current(), number))
        clock.sleep(rnd.choice(TIMES))
    if rnd.random() < 0.3:
        raise KeyError("mortal")
    if rnd.random() < 0.3:
        receive()


@dataclass
class Tie:
    """What a watcher has with one mortal."""

    monitors: list[Monitor] = field(default_factory=list[Monitor])
    linked: bool = False
    was_linked: bool = False  # since the last exit; a signal may be queued already
    reports: int = 0
    ended: bool = False

    def downed(self, down: Down) -> str | None:
        """Take a down; say what is wrong with it."""
        self.ended = True
        if down.monitor not in self.monitors:
            return f"{down}, which nobody wants"
        self.monitors.remove(down.monitor)
        return None

    def exited(self, message: Exit) -> str | None:
        """Take an exit."""
        self.ended = True
        if not self.was_linked:
            return f"{message} without a link"
        self.was_linked = self.linked = False
        return None

    def reported(self, number: int) -> str | None:
        """Take a message."""
        self.reports += 1
        return f"message {number} is out of order" if self.ended or number != self.reports - 1 else None


def retie(ref: ActorRef, tie: Tie, rnd: random.Random) -> None:
    """Change what one has with another."""
    match rnd.randrange(6):
        case 0 | 1:
            tie.monitors.append(monitor(ref))
        case 2 if tie.monitors:
            demonitor(tie.monitors.pop(rnd.randrange(len(tie.monitors))), flush=True)
        case 3:
            link(ref)
            tie.linked = tie.was_linked = True
        case 4:
            unlink(ref)
            tie.linked = tie.was_linked = False  # it lives: no signal is queued yet
        case 5 if rnd.random() < 0.2:
            kill(ref)
        case _:
            pass


def watched(ties: dict[ActorRef, Tie], message: Any) -> str | None:
    """Take whatever a watcher receives; say what is wrong with it."""
    match message:
        case Down(_, ref, _):
            return ties[ref].downed(message)
        case Exit(ref, _):
            return ties[ref].exited(message)
        case _:
            ref, number = message
            return ties[ref].reported(number)


def ends(seed: int) -> list[str]:
    """A watcher that traps exits and some mortals: who is watched brings one `Down` a monitor, after all its messages."""
    rnd, boss, wrong = random.Random(seed), current(), list[str]()
    trap_exits(True)
    ties = {spawn(mortal, boss, random.Random(seed + number), link=False): Tie() for number in range(4)}
    for ref, tie in ties.items():
        tie.monitors.append(monitor(ref))
    for late in range(100):
        for ref, tie in ties.items():
            if late == 60:
                kill(ref)
            elif rnd.random() < 0.4 and ref.alive:
                retie(ref, tie, rnd)
        while (message := next_message(rnd.choice(TIMES))) is not None:
            if fault := watched(ties, message):
                wrong.append(fault)
    wrong += [f"{ref} ended, and {tie} did not tell" for ref, tie in ties.items() if tie.monitors or tie.linked]
    return wrong


def next_message(timeout: float) -> Any:
    try:
        return receive(timeout)
    except TimeoutError:
        return None


def play_ends(seed: int) -> None:
    """Simulate, and check what the watcher had."""
    assert simulate(seed, ends, seed, faults=FAULTS[seed % 3]).value == [], f"play_ends({seed})"


@pytest.mark.sentence("A8", "A9", "A10", "A11")
def test_who_watches_hears_once_of_each_end_after_all_messages_and_nothing_it_did_not_ask_for() -> None:
    for seed in range(SEEDS // 2):
        play_ends(seed)
