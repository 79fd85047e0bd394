"""What a `DurableRuns` looks after while others drive its runs: timers, the inbox, idle and old runs; and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors import clock, telemetry
from actors.codec import decode
from actors.durable.runs_faults import DetachedError, ParkedError
from actors.durable.store_faults import StoreClosedError, StoreUnavailableError
from actors.exits import ActorExit
from actors.runtime import Down, Monitor, kill, monitor, receive, send, spawn, trap_exits
from actors.runtime.farewell import Exit

if TYPE_CHECKING:
    from actors.durable.run import DurableRun
    from actors.durable.runs import DurableRuns
    from actors.durable.store import InboxRow
    from actors.runtime.actor import ActorRef
    from actors.runtime.tickets import Ticket

RETAIN = 60.0  # seconds between looks for finished runs that are old
STOP = "stop"
PAGE = 1000  # runs that are read at once


class Keeping:
    """The actor that does it."""

    def __init__(self, runs: DurableRuns, poll: float) -> None:
        """Take the runs, and how often to look, in seconds."""
        self.runs = runs
        self.poll = poll
        self.ref: ActorRef = None  # type: ignore[assignment]  # `begin` sets it
        self.retained = clock.monotonic()
        self.taking: dict[str, Ticket] = {}  # by run: what took its messages, and may not be on disk yet

    def begin(self) -> None:
        """Start; linked to whoever made the runs."""
        self.ref = spawn(self.run)

    def end(self) -> None:
        """Have it unload everything and end. *Blocks until* it has."""
        if self.ref.alive:
            watching = monitor(self.ref)
            send(self.ref, STOP)
            receive(match=lambda message: isinstance(message, Down) and message.monitor is watching)

    def run(self) -> None:
        """Look after the runs until told to stop."""
        trap_exits(True)
        runs = self.runs
        try:
            self.go_on()
            message = None
            while message is not STOP and not isinstance(message, Exit):
                self.look()
                message = self.next_message()
        finally:
            runs.closed = True
            self.unload_all()

    def next_message(self) -> Any:
        """Wait until somebody stops it, or it is time for another look; what its runs come to is nobody's."""
        try:
            return receive(self.poll, match=lambda message: message is STOP or isinstance(message, Exit))
        except TimeoutError:
            return None

    def go_on(self) -> None:
        """Have the runs go on that were interrupted."""
        runs, after = self.runs, None
        while True:
            rows = runs.store.list("running", limit=PAGE, after=after)
            for row in rows:
                if row.owner != runs.owner:
                    self.bring_back(row.id)
            if len(rows) < PAGE:
                return
            after = rows[-1].id

    def look(self) -> None:
        """Do all that is due."""
        try:
            self.wake_due()
            self.take_inbox()
            self.runs.go_on_paused()
            self.runs.passivate_idle()
            self.retain()
        except (StoreUnavailableError, StoreClosedError) as error:
            telemetry.report("warning", "store unavailable", store=str(self.runs.store), error=error)

    def wake_due(self) -> None:
        """Bring back the runs whose time has come."""
        now = clock.now()
        next_wake = self.runs.store.next_wake()
        if next_wake is not None and next_wake <= now:
            for id_ in self.runs.store.due(now):
                self.wake(id_, now)

    def wake(self, id_: str, now: float) -> None:
        """Bring back one run, unless it is live: then it has a timer of its own; its deadline is watched here."""
        run = self.bring_back(id_)
        log = None if run is None else run.log
        if run is not None and log is not None and log.deadline is not None and log.deadline <= now:
            run.exceeded()

    def bring_back(self, id_: str) -> DurableRun[Any] | None:
        """Make a run live; one that cannot be is reported and parked, and one of a computation of others left alone."""
        runs = self.runs
        row = runs.store.get(id_)
        if row is None or row.status in ("finished", "parked") or row.name not in runs.computations:
            return None
        try:
            return runs.revive(row)
        except (StoreUnavailableError, StoreClosedError):
            raise
        except Exception as error:
            telemetry.report("error", "run not brought back", actor=id_, error=error, exc_info=error)
            runs.give_up(row, f"{type(error).__name__}: {error}")
            return None

    def take_inbox(self) -> None:
        """Take what other processes posted."""
        store = self.runs.store
        self.taking = {id_: ticket for id_, ticket in self.taking.items() if not ticket.done}
        for id_ in store.pending():
            if id_ in self.taking:
                continue  # its inbox still shows what was taken
            row = store.get(id_)
            if row is not None and row.status != "finished" and row.name not in self.runs.computations:
                continue  # for whoever runs that computation
            for message in store.inbox(id_):
                self.take(id_, message)
            ticket = self.runs.given(id_)
            if ticket is not None:
                self.taking[id_] = ticket

    def take(self, id_: str, message: InboxRow) -> None:
        """Take one message; what cannot be used is reported and dropped."""
        runs, taken = self.runs, (message.message,)
        try:
            match decode(message.payload):
                case ["answer", value, token]:
                    if self.answer(runs.in_hand(id_), value, token, taken):
                        return
                case ["cancel", cause]:
                    if runs.in_hand(id_, parked=True).take_cancel(cause, taken):
                        return
                case other:
                    raise ValueError(f"{other!r} is neither an answer nor a cancel")
        except (StoreUnavailableError, StoreClosedError):
            raise
        except (ParkedError, DetachedError):
            return  # it stays, until the run can be gone on with
        except Exception as error:
            telemetry.report("warning", "message refused", actor=id_, error=error)
        runs.drop(id_, taken)

    def answer(self, run: DurableRun[Any], value: Any, token: int | None, taken: tuple[str, ...]) -> bool:
        """Answer a run; return False if the question is put again."""
        run.revived()
        suspend = run.admit(token)
        value, again = run.parse(suspend, value)
        if again is not None:
            run.told(again)
            return False
        following = run.take_answer(suspend.token, value, taken)
        if following is not None:
            run.told(run.opened(following))
        return True

    def retain(self) -> None:
        """Forget finished runs that are old."""
        retention, now = self.runs.retention, clock.monotonic()
        if retention is not None and now - self.retained >= RETAIN:
            self.retained = now
            self.runs.store.retain(clock.now() - retention)

    def unload_all(self) -> None:
        """Unload what is live, and wait until the last scope was left and all that was written is on disk, or refused."""
        watching: dict[Monitor, DurableRun[Any]] = {}
        for run in self.runs.live():
            inner = run.inner
            if inner is not None:
                watching[monitor(inner.ref)] = run
                run.unload("its DurableRuns was closed")
        while watching:
            try:
                down = receive(match=lambda message: isinstance(message, Down) and message.monitor in watching)
                del watching[down.monitor]
            except ActorExit:
                for run in watching.values():
                    if run.inner is not None:
                        kill(run.inner.ref)
                raise
        self.runs.await_all_written()
