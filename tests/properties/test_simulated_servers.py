"""Servers in simulations: each call ends once, with its own reply or the right error, and what is late disturbs nobody.

Callers with tiny timeouts, under foreign timeouts, actors and a greenlet of gevent's; a server that replies at once, later,
twice, through another actor or never, and that ends in every way.

SIMULATED_SEEDS=… runs more seeds.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import gevent
import pytest

from actors import receive, spawn
from actors.clock import monotonic
from actors.effects import clock
from actors.exits import Shutdown
from actors.runtime import ActorRef, kill, monitor, send_exit
from actors.server import (
    AlreadyRepliedError,
    Call,
    CallTimeoutError,
    NoReply,
    Server,
    ServerExitedError,
    Stop,
    call,
    cast,
    get_state,
    pause,
    reply,
    unpause,
)
from actors.testing import Faults, simulate
from tests.runtime.watching import control, start

SEEDS = int(os.environ.get("SIMULATED_SEEDS", "150"))
FAULTS = (Faults(delays=0.03, early=0.06), Faults(delays=0.3), Faults(delays=0.1, early=0.3))
TIMES = (0.0, 0.0003, 0.001, 0.01)
CALLERS, CALLS = 3, 8

pytestmark = pytest.mark.sentence("T7", "A12", "A13")

Number = tuple[int, int]  # the caller's, and the call's


@dataclass
class Book:
    """What everybody writes down."""

    handled: Counter[Number] = field(default_factory=Counter[Number])
    casts: list[Number] = field(default_factory=list[Number])
    terminated: int = 0
    wrong: list[str] = field(default_factory=list[str])
    saw: Counter[str] = field(default_factory=Counter[str])


def deputy(call: Call, value: Number, seconds: float) -> None:
    clock.sleep(seconds)
    reply(call, value)


class Moody(Server):
    """Replies in its own time."""

    def __init__(self, rnd: random.Random, book: Book) -> None:
        self.rnd = rnd
        self.book = book
        self.later: list[tuple[Call, Number]] = []

    def state(self) -> object:
        return "moody"

    def handle_call(self, request: Number, call: Call) -> Any:
        rnd = self.rnd
        self.book.handled[request] += 1
        if rnd.random() < 0.3:
            clock.sleep(rnd.choice(TIMES))
        if self.later and rnd.random() < 0.5:
            reply(*self.later.pop(rnd.randrange(len(self.later))))
        match rnd.randrange(16):
            case 0 | 1 | 2:
                self.later.append((call, request))
                return NoReply()
            case 3:
                spawn(deputy, call, request, rnd.choice(TIMES))
                return NoReply()
            case 4:
                reply(call, request)
                with pytest.raises(AlreadyRepliedError):
                    reply(call, "twice")
                return NoReply()
            case 5 if rnd.random() < 0.2:
                return Stop(Shutdown("moody"), reply=request)
            case 6 if rnd.random() < 0.2:
                raise KeyError(request)
            case _:
                return request

    def handle_cast(self, request: Number) -> None:
        self.book.casts.append(request)

    def terminate(self, reason: object) -> None:
        self.book.terminated += 1


def caller(server: ActorRef, me: int, rnd: random.Random, book: Book) -> None:
    for number in range(CALLS):
        if rnd.random() < 0.3:
            cast(server, (me, number))
        one_call(server, (me, number), rnd, book)
        with pytest.raises(TimeoutError):
            receive(0)  # a late reply is no message
        if rnd.random() < 0.3:
            clock.sleep(rnd.choice(TIMES))


def one_call(server: ActorRef, number: Number, rnd: random.Random, book: Book) -> None:
    try:
        with gevent.Timeout(rnd.choice((None, None, *TIMES)), gevent.Timeout(0)):
            value = call(server, number, rnd.choice((*TIMES, 1.0)))
    except CallTimeoutError:
        book.saw["late"] += 1
    except ServerExitedError:
        book.saw["exited"] += 1
        if server.alive:
            book.wrong.append(f"{number} was told that the server has ended, and it lives")
    except gevent.Timeout:
        book.saw["interrupted"] += 1
        began = monotonic()
        gevent.sleep(0.01)  # who was interrupted is not woken by what it waited for before
        if monotonic() < began + 0.01:
            book.wrong.append("woken too early")
    else:
        book.saw["replied"] += 1
        if value != number or book.handled[number] != 1:
            book.wrong.append(f"{number} got {value!r}, handled {book.handled[number]} times")


def patient(server: ActorRef, book: Book) -> None:
    """Wait without a limit for a reply that never comes: only the end of the server ends that, and at once."""
    try:
        call(server, (99, 0), None)
    except ServerExitedError:
        book.saw["told at once"] += 1
        if server.alive:
            book.wrong.append("told too early")


def operator(server: ActorRef, rnd: random.Random) -> None:
    """Look into the server, and have it pause for a while."""
    try:
        for _ in range(3):
            clock.sleep(rnd.choice(TIMES))
            pause(server)
            assert get_state(server) == "moody"
            clock.sleep(rnd.choice(TIMES))
            unpause(server)
    except (ServerExitedError, CallTimeoutError):
        pass


def office(seed: int) -> Book:
    rnd, book = random.Random(seed), Book()
    server = Server.start(Moody, rnd, book, link=False, timeout=None)
    monitor(server)  # or its crash would fail the simulation
    greenlet: Any = start(partial(caller, server, 0, random.Random(seed), book))
    for me in range(1, CALLERS):
        spawn(caller, server, me, random.Random(seed + me), book, monitor=True)
    spawn(patient, server, book, monitor=True)
    spawn(operator, server, random.Random(seed + 20), monitor=True)
    clock.sleep(rnd.choice((0.0, 0.001, 0.01, 60.0)))
    killed = rnd.random() < 0.3 and server.alive
    if killed:
        kill(server)
    else:
        send_exit(server, Shutdown("enough"))
    for _ in range(CALLERS + 2):  # all but the greenlet, and the server
        receive()
    greenlet.join()
    if server.alive or book.terminated != (0 if killed else 1):
        book.wrong.append(f"terminate ran {book.terminated} times, killed: {killed}")
    if control(server).ties is not None and control(server).tied().awaited:
        book.wrong.append("calls are left behind")
    for me in range(CALLERS):
        numbers = [number for who, number in book.casts if who == me]
        if numbers != sorted(set(numbers)):
            book.wrong.append(f"casts of {me} came as {numbers}")
    return book


def play_office(seed: int) -> Counter[str]:
    """Simulate, and check the book."""
    book = simulate(seed, office, seed, faults=FAULTS[seed % 3]).value
    assert book.wrong == [], f"play_office({seed})"
    return book.saw


def test_each_call_ends_once_with_its_own_reply_or_the_right_error() -> None:
    saw: Counter[str] = Counter()
    for seed in range(SEEDS // 2):
        saw += play_office(seed)
    assert {"late", "exited", "interrupted", "replied", "told at once"} <= set(saw)
