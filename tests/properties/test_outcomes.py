"""Every outcome of a run is delivered exactly where R6 and R9 say: nothing lost, nothing twice, in order; in simulations.

The owner and some callers, actors and gevent's greenlets, answer the same runs by whatever means: with tiny timeouts, under
a foreign `gevent.Timeout`, for somebody else (`reply_to=`), two at a time; they cancel, the runs branch, sleep and are
interrupted. Tokens are numbers given in the order of publication, so the book that everybody keeps says which outcome
followed which answer, and none can be missing.

SIMULATED_SEEDS=… runs more seeds.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest

from actors import (
    AsyncComputation,
    Notify,
    Prompt,
    Resume,
    Suspend,
    ask,
    current,
    notify,
    parallel,
    race,
    receive,
    send,
    spawn,
)
from actors.clock import monotonic
from actors.computation import LegTimeoutError, NotSuspendedError, StaleTokenError
from actors.computation.run import next_token
from actors.effects import clock
from actors.outcomes import Outcome
from actors.runtime import ActorRef, kill
from actors.testing import Faults, simulate

SEEDS = int(os.environ.get("SIMULATED_SEEDS", "150"))
FAULTS = (Faults(delays=0.03, early=0.06), Faults(delays=0.3), Faults(delays=0.1, early=0.3))
TIMES = (0.0, 0.0003, 0.001, 0.01)
OWNER = 0
LONG = 500.0  # virtual seconds after which whoever still waits for an outcome has lost it

pytestmark = pytest.mark.sentence("T7", "R6", "R8", "R9")

Run = AsyncComputation[Any]


class Picky(Prompt):
    """Refuses an answer that is marked as bad."""

    def parse(self, answer: object) -> str:
        if str(answer).startswith("bad"):
            raise ValueError(answer)
        return str(answer)


@dataclass
class Answer:
    """An answer that was taken: whom the next outcome of its run is for."""

    to: int  # a caller's number, or OWNER
    waits: bool  # in a sync call
    returned: bool = False  # that call had an outcome


@dataclass
class Book:
    """What everybody writes down."""

    runs: list[Run] = field(default_factory=list[Run])
    refs: list[ActorRef] = field(default_factory=list[ActorRef])
    open: list[Suspend] = field(default_factory=list[Suspend])  # delivered to somebody, and not tried yet
    got: list[tuple[int, Run, Any]] = field(default_factory=list[tuple[int, Run, Any]])
    events: list[tuple[Run, Any]] = field(default_factory=list[tuple[Run, Any]])  # the owner's
    answers: dict[int, Answer] = field(default_factory=dict[int, Answer])  # by the token
    wrong: list[str] = field(default_factory=list[str])
    saw: Counter[str] = field(default_factory=Counter[str])
    callers: int = 0  # still at work
    ends: int = 1  # cancels and kills that are left; more would hide that a run waits for ever

    def note(self, who: int, run: Run, outcome: Any) -> None:
        self.got.append((who, run, outcome))
        if isinstance(outcome, Suspend):
            self.open.append(outcome)

    def over(self) -> bool:
        return all(run.state == "finished" for run in self.runs)


# -- the runs


def body(me: int, rnd: random.Random, book: Book) -> str:
    try:
        for number in range(rnd.randrange(1, 5)):
            step(f"{me}.{number}", rnd, book)
        return str(me)
    finally:
        if rnd.random() < 0.3:
            clock.sleep(rnd.choice(TIMES))


def step(name: str, rnd: random.Random, book: Book) -> None:
    def asks(part: object = "") -> None:
        question = (Picky if rnd.random() < 0.3 else Prompt)(f"{name}{part}")
        answer = ask(question)
        if answer != question.name:
            book.wrong.append(f"{question.name} was answered {answer!r}")

    def sleeps() -> None:
        clock.sleep(rnd.choice(TIMES))

    def hurries() -> None:
        try:
            ask(Prompt(name), timeout=rnd.choice(TIMES))
        except TimeoutError:
            book.saw["ask timed out"] += 1

    match rnd.randrange(12):
        case 0:
            sleeps()
        case 1:
            notify(name)
        case 2:
            parallel(sleeps, sleeps, asks)
        case 3:
            parallel(lambda: asks("a"), lambda: asks("b"), lambda: asks("c"))
        case 4:
            parallel(lambda: asks("a"), lambda: asks("b"), hurries, hurries, sleeps)
        case 5:
            race(hurries, lambda: asks("a"), lambda: asks("b"), sleeps)
        case 6:
            try:
                with gevent.Timeout(rnd.choice(TIMES)):
                    asks()
            except gevent.Timeout:
                book.saw["ask interrupted"] += 1
        case 7:
            hurries()
        case _:
            asks()


# -- those who answer them


def answer(me: int, suspend: Suspend, rnd: random.Random, book: Book) -> None:
    """Answer a question in one of all the ways."""
    run: Run = suspend.runner  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # declared as what it can do
    token, value = suspend.token, suspend.value.name
    if isinstance(suspend.value, Picky) and rnd.random() < 0.3:
        value = f"bad {value}"
    way, second = rnd.randrange(8), token in book.answers
    to = rnd.randrange(len(book.refs)) if way == 1 else me if way > 2 else OWNER
    if not second:
        book.answers[token] = Answer(to, way > 2)
    try:
        match way:
            case 0:
                run.resume(value, token=token)
            case 1:
                run.resume(value, token=token, reply_to=book.refs[to])
            case 2:
                send(run.ref, Resume(value, token))
                return  # a refusal is a dead letter
            case _:
                answer_sync(me, suspend, value, rnd, book)
    except (NotSuspendedError, StaleTokenError):
        book.saw["refused"] += 1
        if not second:
            del book.answers[token]
    else:
        if second:
            book.wrong.append(f"the token of {value} was used twice")


def answer_sync(me: int, suspend: Suspend, value: str, rnd: random.Random, book: Book) -> None:
    run: Run = suspend.runner  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    mine = book.answers[suspend.token]
    try:
        with gevent.Timeout(rnd.choice((None, *TIMES)), gevent.Timeout(0)):
            outcome = run.resume_sync(value, token=suspend.token, timeout=rnd.choice((None, 1.0, *TIMES[1:])))
    except (LegTimeoutError, gevent.Timeout) as late:
        book.saw[type(late).__name__] += 1
        began = monotonic()
        gevent.sleep(0.01)  # who was interrupted is not woken by what it waited for before
        if monotonic() < began + 0.01:
            book.wrong.append("woken too early")
    else:
        mine.returned = True
        book.note(me, run, outcome)


def end(me: int, run: Run, rnd: random.Random, book: Book) -> None:
    """Cancel a run, and perhaps wait for it."""
    if rnd.random() < 0.5 or (me == OWNER and run.state == "finished"):
        if rnd.random() < 0.3:
            kill(run)
        else:
            run.cancel("enough")
        return
    try:
        final = run.cancel_sync("enough", timeout=rnd.choice((None, *TIMES[1:])))
    except LegTimeoutError:
        book.saw["late end"] += 1
        return
    if final is not run.outcome:
        book.wrong.append(f"{run} ended as {run.outcome}, and cancel_sync returned {final}")
    if me == OWNER:
        book.note(OWNER, run, final)


def act(me: int, rnd: random.Random, book: Book) -> None:
    if book.runs and book.ends and rnd.random() < 0.04:
        book.ends -= 1
        end(me, rnd.choice(book.runs), rnd, book)
    elif book.open:
        suspend = book.open.pop(rnd.randrange(len(book.open)))
        if rnd.random() < 0.1:
            book.open.append(suspend)  # another will try it too
        answer(me, suspend, rnd, book)


def took(me: int, timeout: float, book: Book) -> bool:
    """Take an event out of the mailbox, if one comes in time."""
    try:
        event: Any = receive(timeout)
    except TimeoutError:
        return False
    book.note(me, event.runner, event.outcome)
    if me == OWNER:
        book.events.append((event.runner, event.outcome))
    return True


def caller(me: int, rnd: random.Random, book: Book) -> None:
    book.refs[me] = current()
    book.callers += 1
    while not (book.runs and book.over()):
        took(me, 0.002, book)
        act(me, rnd, book)
    while took(me, 1.0, book):
        pass
    book.callers -= 1


def scene(seed: int) -> Book:
    """One owner, two runs, two callers, of which one is a greenlet of gevent's."""
    book, rnd = Book(), random.Random(seed)
    book.refs = [current()] * 3
    spawn(caller, 1, random.Random(seed + 10), book)
    gevent.spawn(caller, 2, random.Random(seed + 11), book)
    while book.callers < 2:
        clock.sleep(0.0)
    book.runs = [AsyncComputation.start(body, me, random.Random(seed + me), book, tag=me) for me in range(2)]
    while (not book.over() or book.callers) and monotonic() < LONG:
        took(OWNER, rnd.choice((0.0, 0.001, 0.1)), book)
        clock.sleep(0.0)
        act(OWNER, rnd, book)
    while took(OWNER, 1.0, book):
        pass
    for run in book.runs:
        if run.state != "finished":
            book.wrong.append(f"{run} waits for ever: its last outcome reached nobody")
            run.cancel_sync()
    return book


# -- what the book must say


def audit(book: Book, tokens: range) -> None:
    """Compare what was delivered with what R2, R6 and R9 say."""
    delivered = Counter({outcome.token: 0 for _, _, outcome in book.got if isinstance(outcome, Suspend)})
    if sorted(delivered) != list(tokens):
        book.wrong.append(f"suspensions {sorted(set(tokens) - set(delivered))} reached nobody")
    for run in book.runs:
        places: dict[int, Counter[int]] = {}
        outcomes: dict[int, Any] = {}
        for who, of, outcome in book.got:
            if of is run and not isinstance(outcome, Notify):
                places.setdefault(id(outcome), Counter())[who] += 1
                outcomes[id(outcome)] = outcome
        order = sorted(outcomes.values(), key=position)
        before: Suspend | None = None
        for outcome in order:
            expected = destinations(outcome, None if before is None else book.answers.get(before.token))
            if places[id(outcome)] != expected:
                book.wrong.append(f"{outcome} of {run} went to {places[id(outcome)]}, not to {expected}")
            before = outcome if isinstance(outcome, Suspend) else before
        if order and isinstance(order[-1], Suspend):
            book.wrong.append(f"no final outcome of {run} reached anybody")
        if sum(not isinstance(outcome, Suspend) for outcome in order) > 1:
            book.wrong.append(f"{run} ended twice")
        check_order(run, book)


def position(outcome: Outcome) -> float:
    return outcome.token if isinstance(outcome, Suspend) else float("inf")


def destinations(outcome: Outcome, answered: Answer | None) -> Counter[int]:
    """Say who is to have an outcome, given the answer that its leg began with."""
    to = OWNER if answered is None or (answered.waits and not answered.returned) else answered.to
    final = not isinstance(outcome, Suspend)
    return Counter({to: 1, OWNER: 1}) if final else Counter({to: 1})


def check_order(run: Run, book: Book) -> None:
    """What the owner has of a run comes in the order of publication."""
    mine = [position(outcome) for of, outcome in book.events if of is run and not isinstance(outcome, Notify)]
    if mine != sorted(mine):
        book.wrong.append(f"{run}: the owner had its outcomes in the order {mine}")


def played(seed: int) -> Book:
    first = next_token()
    book = simulate(seed, scene, seed, faults=FAULTS[seed % 3]).value
    audit(book, range(first + 1, next_token()))
    assert book.wrong == [], f"played({seed})"
    return book


def test_each_outcome_is_delivered_once_and_where_the_answer_before_it_said() -> None:
    saw: Counter[str] = Counter()
    for seed in range(SEEDS):
        saw += played(seed).saw
    assert {"LegTimeoutError", "Timeout", "refused", "ask timed out", "late end"} <= set(saw)
