"""What the drivers of a soak do: one thing after another, as the dice say, and note what comes of each.

The drivers of all threads share a board, on which stand the actors, servers and suspensions that anybody may use.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from actors import AsyncComputation, Cancel, Prompt, Resume, Suspend, ask, notify, parallel, receive, send, spawn
from actors.computation import FinishedError, LegTimeoutError, NotSuspendedError, StaleTokenError
from actors.effects import clock
from actors.runtime import (
    ActorRef,
    BackgroundThread,
    MailboxFullError,
    NameTakenError,
    Shutdown,
    current,
    demonitor,
    kill,
    link,
    monitor,
    register,
    send_exit,
    unlink,
    unregister,
    whereis,
)
from actors.server import CallTimeoutError, Server, ServerExitedError, call, cast
from tests.soak.ledger import Note, Page

BATCH = 120  # notes sent in a row
TINY = 0.0005
REFUSED = (FinishedError, NotSuspendedError, StaleTokenError)
NAMES = tuple(f"name {number}" for number in range(8))


class Boom(Exception):
    """What a body raises on purpose."""


class Echo(Server):
    """Replies with the request."""

    def handle_call(self, request: Any, call: Any) -> Any:
        if request == "slow":
            clock.sleep(TINY)
        return request

    def handle_cast(self, request: Any) -> None:
        return None


class Board:
    """What all drivers may use; a place is replaced as a whole, so that it needs no lock."""

    def __init__(self, thread: BackgroundThread, patience: float, places: int = 12) -> None:
        self.thread = thread
        self.patience = patience  # seconds after which whatever should have come is lost
        self.sinks: list[ActorRef | None] = [None] * places
        self.servers: list[ActorRef | None] = [None] * places
        self.open: list[tuple[AsyncComputation[Any], Suspend] | None] = [None] * places
        self.stop = False


def sink(page: Page) -> None:
    """Receive notes until told otherwise, and see that each sender's come in order."""
    last: dict[int, int] = {}
    while True:
        message = receive()
        if type(message) is not Note:
            return
        page.received += 1
        if last.get(message.sender, -1) >= message.number:
            page.fault(f"note {message.number} of {message.sender} came after {last[message.sender]}")
        last[message.sender] = message.number


def wizard(page: Page, tag: int, steps: int, seed: int) -> int:
    """Ask some questions, with misfortunes between."""
    page.entered.add(tag)
    rnd = random.Random(seed)
    try:
        for step in range(steps):
            answer: Any = ask(Prompt(f"{tag}.{step}"))
            if answer != (tag, step):
                page.fault(f"run {tag} was answered {answer!r} at {step}")
            match rnd.randrange(24):
                case 0:
                    raise Boom
                case 1:
                    clock.sleep(TINY)
                case 2:
                    notify(step)
                case 3:
                    parallel(partial(clock.sleep, 0), partial(clock.sleep, TINY))
                case _:
                    pass
        return tag
    finally:
        page.left.add(tag)
        if rnd.random() < 0.1:
            clock.sleep(TINY)


class Driver:
    """One driver: an actor of some thread."""

    def __init__(self, page: Page, sinks: Page, board: Board, seed: int) -> None:
        self.page = page
        self.sinks = sinks  # the notes that the sinks of this driver's thread receive are counted there
        self.board = board
        self.rnd = random.Random(seed)
        self.patience = board.patience
        self.runs: dict[int, AsyncComputation[int]] = {}
        self.mine: list[ActorRef] = []  # sinks and servers that it started
        self.deaf: set[ActorRef] = set()  # those among them that do not end of a message
        self.number = 0

    def on(self) -> BackgroundThread | None:
        return self.board.thread if self.rnd.random() < 0.5 else None

    def drive(self, rounds: int | None) -> None:
        """Do so many rounds, or until the board says stop; then end what is left, and wait until it has ended."""
        done = 0
        doing: list[Callable[[], None]] = [self.notes] * 2 + [self.bounded, self.names, self.call, self.ends, self.links]
        doing += [self.owners, self.rival, self.rival] + [self.run] * 14
        while not self.board.stop and (rounds is None or done < rounds):
            done += 1
            try:
                self.rnd.choice(doing)()
            except LegTimeoutError as late:
                self.page.fault(f"no outcome in {self.patience} s: {late}")
            self.listen()
        self.finish()

    # -- messages

    def place(self, places: list[Any], make: Callable[[], Any]) -> Any:
        """Return what stands in some place of the board, perhaps made anew."""
        index = self.rnd.randrange(len(places))
        found = places[index]
        if found is None or self.rnd.random() < (0.03 if found.alive else 0.3):
            found = places[index] = make()
        return found

    def new_sink(self, mailbox: int | None = None) -> ActorRef:
        page, thread = self.sinks, self.on()
        ref = spawn(partial(sink, page), link=False, mailbox=mailbox, on=thread)
        self.keep(ref)
        return ref

    def keep(self, ref: ActorRef) -> None:
        """Watch what this driver started, and end the oldest of it."""
        self.page.watch(monitor(ref))
        self.mine.append(ref)
        if len(self.mine) > 6:
            self.end(self.mine.pop(0))

    def end(self, ref: ActorRef) -> None:
        """End something, one way or another."""
        way = self.rnd.randrange(3)
        deaf = ref in self.deaf
        self.deaf.discard(ref)
        if way == 0:
            send_exit(ref, Shutdown("soak"))
        elif way == 1 or deaf:
            kill(ref)
        else:
            try:
                send(ref, "end", timeout=0)
            except MailboxFullError:
                kill(ref)

    def notes(self) -> None:
        """Send a batch to anybody."""
        ref = self.place(self.board.sinks, self.new_sink)
        sender, first = self.page.number, self.number
        for number in range(first, first + BATCH):
            send(ref, Note(sender, number))
        self.number += BATCH
        self.page.sent += BATCH

    def bounded(self) -> None:
        """Send to a bounded mailbox, with and without waiting; its receiver may die meanwhile."""
        ref = self.new_sink(mailbox=self.rnd.randrange(1, 6))
        for _ in range(10):
            self.number += 1
            try:
                send(
                    ref,
                    Note(self.page.number, self.number),
                    timeout=self.rnd.choice([0, TINY, self.patience, self.patience]),
                )
                self.page.sent += 1
            except MailboxFullError:
                self.page.saw["full"] += 1

    # -- names, calls, links, ends

    def names(self) -> None:
        name = self.rnd.choice(NAMES)
        holder = whereis(name)
        try:
            if holder is None and self.mine:
                register(name, self.rnd.choice(self.mine))
            elif self.rnd.random() < 0.5:
                unregister(name)
        except NameTakenError:
            self.page.saw["taken"] += 1
        except ValueError:
            self.page.saw["nameless"] += 1  # it has ended, or has a name

    def call(self) -> None:
        server = self.place(self.board.servers, self.new_server)
        try:
            for number in range(3):
                request = (self.page.number, number, self.rnd.random())
                reply = call(server, request, timeout=self.rnd.choice([TINY, self.patience, self.patience]))
                if reply != request:
                    self.page.fault(f"{request} was answered {reply!r}")
            cast(server, "cast")
            call(server, "slow", timeout=TINY)
        except CallTimeoutError as late:
            self.page.saw["late reply"] += 1
            if late.timeout == self.patience:
                self.page.fault(f"no reply: {late}")
        except ServerExitedError:
            self.page.saw["dead server"] += 1

    def new_server(self) -> ActorRef:
        ref = Server.start(Echo, link=False, timeout=self.patience, on=self.on())
        self.deaf.add(ref)
        self.keep(ref)
        return ref

    def ends(self) -> None:
        """Watch somebody, several times, and perhaps not for long."""
        target = self.rnd.choice([*self.mine, *(ref for ref in self.board.sinks if ref is not None)] or [current()])
        if target is current():
            return
        for _ in range(self.rnd.randrange(1, 4)):
            made = monitor(target)
            self.page.watch(made)
            if self.rnd.random() < 0.5:
                demonitor(made, flush=True)
                self.page.watching.discard(made)
                self.page.monitors -= 1

    def links(self) -> None:
        """Two actors, perhaps of two threads, that link and unlink; then one ends, and the other with it or not."""
        one = spawn(obey, link=False, on=self.on())
        two = spawn(obey, link=False, on=self.on())
        for ref in (one, two):
            self.page.watch(monitor(ref))
        for _ in range(self.rnd.randrange(4)):
            me, other = self.rnd.sample([one, two], 2)
            send(me, partial(self.rnd.choice([link, link, unlink]), other))
        send_exit(one, Shutdown("one"))
        send(two, stop)

    # -- runs

    def owners(self) -> None:
        """A short-lived owner: what it started ends with it, and each of those who watch gets one Down."""
        tags = [self.page.new_run() for _ in range(2)]
        made: list[AsyncComputation[int]] = []
        me = current()

        def owner() -> None:
            made.extend([AsyncComputation.start(self.body(tag), on=self.on()) for tag in tags])
            send(me, made)
            if self.rnd.random() < 0.5:
                receive(self.patience)

        ref = spawn(owner, link=False, on=self.on())
        receive(self.patience, match=lambda message: message is made)
        for runner in made:
            self.page.watch(monitor(runner.ref))
        (kill if self.rnd.random() < 0.5 else partial(send_exit, reason=Shutdown("owner")))(ref)
        for tag, runner in zip(tags, made, strict=True):
            self.page.outcome(tag, runner.cancel_sync("too late", timeout=self.patience))

    def body(self, tag: int) -> Callable[[], int]:
        return partial(wizard, self.page, tag, self.rnd.randrange(1, 5), self.rnd.randrange(1 << 30))

    def run(self) -> None:
        """Start a run and lead it some way."""
        tag = self.page.new_run()
        options: dict[str, Any] = {"tag": tag, "on": self.on(), "shutdown": self.rnd.choice([5.0, 0.05])}
        if self.rnd.random() < 0.3:
            self.runs[tag] = AsyncComputation.start(self.body(tag), **options)
            return
        try:
            runner, outcome = AsyncComputation.start_sync(self.body(tag), **options, timeout=self.limit())
        except LegTimeoutError as late:
            self.late(tag, late)
            return
        self.lead(tag, runner, outcome)

    def limit(self) -> float:
        return self.rnd.choice([self.patience, self.patience, self.patience, TINY])

    def late(self, tag: int, late: LegTimeoutError) -> None:
        self.page.saw["late"] += 1
        runner: Any = late.runner
        self.runs[tag] = runner

    def lead(self, tag: int, runner: AsyncComputation[int], outcome: object) -> None:
        """Answer until the end, or leave it: to an exit, to a cancel, to the rivals."""
        self.runs[tag] = runner
        step = 0
        while not self.page.outcome(tag, outcome):
            assert isinstance(outcome, Suspend)
            match self.rnd.randrange(30):
                case 0:
                    runner.cancel("soak")
                    return
                case 1:
                    kill(runner.ref)
                    return
                case 2:
                    send(runner.ref, Cancel("by message"))
                    return
                case 3:
                    send(runner.ref, Resume((tag, step), outcome.token))
                    return
                case 4 | 5 | 6:
                    self.board.open[self.rnd.randrange(len(self.board.open))] = runner, outcome
                    return
                case _:
                    pass
            try:
                outcome = runner.resume_sync((tag, step), token=outcome.token, timeout=self.limit())
            except LegTimeoutError as late:
                self.late(tag, late)
                return
            except REFUSED as error:
                self.page.fault(f"run {tag}: {error}")
                return
            step += 1
        del self.runs[tag]

    def rival(self) -> None:
        """Answer somebody else's question, at the same time as others do."""
        found = self.rnd.choice(self.board.open)
        if found is None:
            return
        runner, suspend = found
        asked: Any = suspend.value
        tag, step = map(int, asked.name.split("."))
        try:
            if self.rnd.random() < 0.5:
                runner.resume((tag, step), token=suspend.token)
            else:
                outcome = runner.resume_sync((tag, step), token=suspend.token, timeout=self.limit())
                if runner.owner is current():
                    self.page.outcome(tag, outcome)
            self.page.saw["rival"] += 1
        except REFUSED:
            self.page.saw["beaten"] += 1
        except LegTimeoutError:
            self.page.saw["late rival"] += 1

    # -- hearing, and the end

    def listen(self) -> None:
        """Take what has come; end some of what was left."""
        try:
            while True:
                self.page.hear(receive(0))
        except TimeoutError:
            pass
        while len(self.runs) > 20:
            tag = next(iter(self.runs))
            self.runs.pop(tag).cancel("soak")

    def finish(self) -> None:
        """End what is left, and wait for every outcome and every Down that is still to come."""
        for ref in self.mine:
            self.end(ref)
        for runner in self.runs.values():
            runner.cancel("the end")
        page = self.page
        for left in (*self.board.sinks, *self.board.servers):
            if left is not None:
                send_exit(left, Shutdown("the end"))
        until = time.monotonic() + self.patience
        while (page.watching or page.pending()) and time.monotonic() < until:
            try:
                page.hear(receive(0.2))
            except TimeoutError:
                pass


def obey() -> None:
    while receive()() is not stop:
        pass


def stop() -> object:
    """Have `obey` return."""
    return stop
