"""Many callers, one server, and every kind of misfortune: each call ends once, with its own reply or the right error."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from actors import spawn
from actors.exits import KILLED, Shutdown
from actors.runtime import ActorRef, give_way, kill, monitor, receive, send_exit
from actors.server import Call, CallTimeoutError, NoReply, Reply, Server, ServerExitedError, Stop, call, reply
from actors.testing import ManualClock, settle

pytestmark = [pytest.mark.sentence("A12", "A13")]


class Fate(Enum):
    """What becomes of a request."""

    AT_ONCE = "replied to at once"
    BLOCKING = "replied to after others ran"
    LATER = "replied to when the next request comes"
    BY_ANOTHER = "replied to by another actor"
    NEVER = "never replied to"
    CRASH = "the server crashes"
    STOP = "the server stops"
    HURRIED = "the caller does not wait long enough"
    INTERRUPTED = "something is thrown into the caller"


# Most requests go well, or every example would be over at once.
FATES = st.sampled_from(
    [*[Fate.AT_ONCE, Fate.BLOCKING, Fate.LATER, Fate.BY_ANOTHER, Fate.HURRIED, Fate.INTERRUPTED] * 3, *Fate]
)


@dataclass
class Ledger:
    """What came of the calls: by request, which is unique."""

    ends: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    wrong: list[str] = field(default_factory=list[str])
    terminated: int = 0


class Fickle(Server):
    """Does with a request what its fate says."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.later: list[tuple[Call, Any]] = []

    def handle_call(self, request: Any, call: Call) -> Any:
        number, fate = request
        while self.later:
            one, value = self.later.pop()
            reply(one, value)
        match fate:
            case Fate.CRASH:
                raise RuntimeError(number)
            case Fate.STOP:
                return Stop(Shutdown("stopped"), reply=number)
            case Fate.LATER:
                self.later.append((call, number))
                return NoReply()
            case Fate.BY_ANOTHER:
                spawn(lambda: reply(call, number))
                return NoReply()
            case Fate.NEVER:
                return NoReply()
            case Fate.BLOCKING:
                give_way()
                return Reply(number)
            case _:
                return number

    def terminate(self, reason: object) -> None:
        self.ledger.terminated += 1


class Interruption(BaseException):
    """What is thrown into a caller."""


def caller(server: ActorRef, me: int, fates: list[Fate], ledger: Ledger) -> None:
    for turn, fate in enumerate(fates):
        number = (me, turn)
        try:
            if fate is Fate.INTERRUPTED:
                with gevent.Timeout(0, Interruption()):
                    value = call(server, (number, fate), None)
            else:
                value = call(server, (number, fate), 0.0 if fate is Fate.HURRIED else 5.0)
        except (CallTimeoutError, ServerExitedError, Interruption):
            pass
        else:
            if value != number:
                ledger.wrong.append(f"{number} ({fate.value}) got {value}")
        ledger.ends[number] += 1


@settings(max_examples=60, deadline=None)
@given(
    plans=st.lists(st.lists(FATES, min_size=1, max_size=6), min_size=1, max_size=12),
    ending=st.sampled_from(["kill", "exit", ""]),
)
def test_every_call_ends_once_with_its_own_reply_or_an_error(plans: list[list[Fate]], ending: str) -> None:
    ledger = Ledger()
    with capture_logs(), ManualClock() as time:
        server = Server.start(Fickle, ledger, link=False)
        watch = monitor(server)
        for me, fates in enumerate(plans):
            spawn(caller, server, me, fates, ledger)
        for _ in range(3 if ending else 0):
            give_way()
        if ending == "kill":
            kill(server)
        elif ending == "exit":
            send_exit(server, Shutdown("told to"))
        for _ in range(8):
            settle()
            time.advance(5.1)
        send_exit(server, Shutdown("the test is over"))
        settle()
        down = receive(0)
    assert ledger.wrong == []
    assert ledger.ends == Counter({(me, turn): 1 for me, fates in enumerate(plans) for turn in range(len(fates))})
    assert down.monitor is watch
    assert ledger.terminated == (0 if down.reason == KILLED else 1)
