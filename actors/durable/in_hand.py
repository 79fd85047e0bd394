"""The runs that a `DurableRuns` has in hand: those that are live here, and those that somebody here owns."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from actors import clock, telemetry
from actors.children import SHUTDOWN
from actors.codec import decode, encode
from actors.computation.options import Options
from actors.computation.supervised import Nobody
from actors.computation.transitions import FINISHED, SUSPENDED
from actors.durable.driven import Driven
from actors.durable.inner import Execution, Handlers
from actors.durable.names import Computations, name_for
from actors.durable.notices import Detached, Parked
from actors.durable.recording import Recording
from actors.durable.rows import Past, unpacked_question
from actors.durable.run import DurableRun
from actors.durable.runs_faults import DetachedError, ParkedError, UnknownComputationError
from actors.durable.store_faults import NoSuchRunError
from actors.runtime import arguments, native
from actors.runtime.arguments import addressed
from actors.runtime.current import current_actor
from actors.runtime.proxy import proxy_of
from actors.runtime.remote import remotely
from actors.runtime.scheduler import get_ident

if TYPE_CHECKING:
    from actors.durable.store import RunRow, Store
    from actors.runtime.actor import ActorRef
    from actors.runtime.scheduler import Scheduler
    from actors.runtime.tickets import Ticket


SHORTEST_PAUSE = 0.5  # seconds after which a run that a full disk interrupted tries again; each time twice as long
LONGEST_PAUSE = 60.0


class RunsInHand:
    """Runs in hand, and how they come into it and leave it."""

    store: Store
    computations: Computations
    handlers: Handlers | None
    owner: str
    scheduler: Scheduler
    passivate_after: float | None
    max_live: int
    max_attempts: int

    def __init__(self) -> None:
        """Hold nothing."""
        self.nobody = Nobody(None, (), current_actor().scheduler)  # the owner of what nobody else owns
        self._held: dict[str, DurableRun[Any]] = {}  # live, or with an owner
        self._unwritten: dict[str, Ticket] = {}  # of runs that were unloaded: what was given to the store last
        self._idle: OrderedDict[str, float] = OrderedDict()  # suspended or asleep, and live, the longest first
        self.paused: dict[str, tuple[DurableRun[Any], float]] = {}  # interrupted by a full disk, and when to try again
        self._pauses: dict[str, float] = {}  # seconds between those tries

    def name_of(self, fn: Callable[..., Any]) -> str:
        """Return the name of a computation.

        Raises:
            UnknownComputationError: it is none of those that can be run.
        """
        return name_for(self.computations, fn)

    def execution(self, run: Driven[Any], log: Recording) -> Execution:
        """Return what a run is to run.

        Raises:
            UnknownComputationError: its computation is none of those that can be run.
        """
        fn = self.computations.get(run.row.name)
        if fn is None:
            raise UnknownComputationError(run.row.name, self.computations)
        args, log.deadline, _ = decode(run.row.args)
        log.may_continue = partial(self._continued, run, log)
        return Execution(fn, tuple(args), self.handlers, log)

    def _continued(self, run: Driven[Any], log: Recording, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        arguments.check_call(fn, args)
        name, given = self.name_of(fn), encode([list(args), log.deadline, run.options.shutdown])
        run.row = run.row._replace(name=name, args=given)
        log.renewed = {"name": name, "args": given}

    def loaded(self, run: Driven[Any]) -> Recording:
        """Return the log of a run that is not live, claimed for this process with what is written next.

        *Blocks until* it is read.

        Raises:
            NoSuchRunError: it is not there any more.
        """
        self._await_written(run.id)
        stored = self.store.load(run.id)
        if stored is None:
            raise NoSuchRunError(run.id)
        run.row = stored.run
        return self._recording(stored.run, Past(stored.entries), claim=True)

    def _recording(self, row: RunRow, past: Past, *, claim: bool = False) -> Recording:
        log = Recording(self.store, row, past, row.fence + claim)
        if claim:
            log.changes.update(owner=self.owner, fence=log.fence)
        if row.question is not None:
            log.open = unpacked_question(row.question)[1]
        return log

    def revive(self, row: RunRow) -> DurableRun[Any]:
        """Have a run that was interrupted go on."""
        if self.scheduler.thread != get_ident():
            return remotely(self.scheduler, partial(self.revive, row))  # type: ignore[no-any-return]
        run = self._held.get(row.id)
        if run is None:
            run = self._facade(row, None, self.nobody, False, SHUTDOWN)
            self._hold(run)
        if run.inner is None:
            with run.loading:
                self._bring_back(run)
        return run

    def _bring_back(self, run: DurableRun[Any], *, again: bool = False) -> None:
        if run.inner is not None or run.phase is FINISHED:  # meanwhile
            return
        log = self.loaded(run)
        if run.row.status == "finished":
            run.finished(run.outcome_of(run.row.result or b""))
            return
        if run.row.status == "parked":
            return  # meanwhile
        if run.row.attempts >= self.max_attempts:
            self.give_up(run.row, f"it was interrupted {run.row.attempts} times without a new entry in its log")
            return
        log.attempts = log.changes["attempts"] = run.row.attempts + (not again)
        run.reviving = True
        run.go_live(log)

    def park(self, id_: str, reason: str) -> None:
        """Set a run aside."""
        row = self._row(id_)
        changes = {"status": "parked", "reason": reason, "owner": None, "since": clock.now(), "wake_at": None}
        self.store.append(id_, (), changes, fence=row.fence).wait()

    def give_up(self, row: RunRow, reason: str) -> None:
        """Set a run aside that cannot be brought back, and tell operator and owner."""
        telemetry.report("error", "run parked", actor=row.id, error=reason)
        self.park(row.id, reason)
        run = self._held.pop(row.id, None)
        if run is not None:
            run.row = row._replace(status="parked", reason=reason)
            run.tell(Parked(ParkedError(row.id, reason)))

    def take_in_hand(self, run: DurableRun[Any]) -> None:
        """Have a run in hand again that was unloaded.

        Raises:
            DetachedError: somebody else has attached to it meanwhile.
        """
        if self._held.setdefault(run.id, run) is not run:
            raise DetachedError(run, Detached("somebody else has attached to it"))
        self.paused.pop(run.id, None)

    def go_on_paused(self) -> None:
        """Have the runs go on that a full disk interrupted, if there is room again."""
        for id_, (run, due) in list(self.paused.items()):
            if due > clock.monotonic():
                continue
            self.paused.pop(id_, None)
            row = self.store.get(id_)
            if self._held.get(id_) is not run or run.inner is not None:
                continue
            if row is not None and row.status == "running":
                with run.loading:
                    self._bring_back(run, again=True)
            elif run.owner_ is self.nobody:
                self._held.pop(id_, None)

    def touched(self, run: Driven[Any]) -> None:
        """A run has suspended, or fallen asleep, or goes on."""
        self._idle.pop(run.id, None)
        self._pauses.pop(run.id, None)
        if run.log is not None and run.inner is not None and (run.phase is SUSPENDED or run.log.is_idle):
            self._idle[run.id] = clock.monotonic()
            if len(self._idle) > self.max_live:
                self.passivate(next(iter(self._idle)))

    def passivate(self, id_: str) -> None:
        """Unload a suspended run; the next answer brings it back, and its owner cannot tell."""
        self._idle.pop(id_, None)
        run = self._held.get(id_)
        if run is None or run.log is None:
            return
        if run.log.is_idle:
            run.unload("it was idle", quiet=True)
        elif run.phase is SUSPENDED:  # one of its branches is busy
            self._idle[id_] = clock.monotonic()

    def passivate_idle(self) -> None:
        """Unload what has been suspended for long."""
        if self.passivate_after is None:
            return
        before = clock.monotonic() - self.passivate_after
        for id_, since in list(self._idle.items()):
            if since > before:
                break
            self.passivate(id_)

    def unloaded(self, run: Driven[Any], log: Recording, *, paused: bool = False) -> None:
        """What ran a run is gone; a run that is suspended and nobody's is in the store only."""
        if log.ticket is not None and not log.ticket.done:
            self._unwritten[run.id] = log.ticket
        self._idle.pop(run.id, None)
        held = self._held.get(run.id)
        if paused and held is not None and held is run:
            pause = self._pauses[run.id] = min(2 * self._pauses.get(run.id, SHORTEST_PAUSE / 2), LONGEST_PAUSE)
            self.paused[run.id] = held, clock.monotonic() + pause
        elif not run.quiet or run.owner_ is self.nobody:
            self._held.pop(run.id, None)

    def given(self, id_: str) -> Ticket | None:
        """Give the store what a run has written, and return the ticket of that; None if it is not live."""
        run = self._held.get(id_)
        if run is None or run.log is None:
            return self._unwritten.get(id_)
        run.log.flush()
        return run.log.ticket

    def is_paused(self, id_: str) -> bool:
        """Tell whether a full disk interrupted a run, and it has not got on since."""
        return id_ in self._pauses

    def forgotten(self, run: Driven[Any]) -> None:
        """A run has ended."""
        self._pauses.pop(run.id, None)
        self._idle.pop(run.id, None)
        self._held.pop(run.id, None)

    def let_go(self, run: Driven[Any]) -> None:
        """A run's owner has ended."""
        if run.inner is None:
            self._held.pop(run.id, None)

    def live(self) -> tuple[DurableRun[Any], ...]:
        """Return the runs that an actor runs now."""
        return tuple(run for run in self._held.values() if run.inner is not None)

    def is_live(self, id_: str) -> bool:
        """Tell whether an actor runs it now."""
        run = self._held.get(id_)
        return run is not None and run.inner is not None

    # -- facades

    def _facade(
        self, row: RunRow, tag: Hashable, owner: ActorRef | None, link: bool, shutdown: float | None
    ) -> DurableRun[Any]:
        run: DurableRun[Any] = native.blank(DurableRun)
        master = proxy_of(current_actor() if owner is None else addressed(owner), self.scheduler)
        run.fill(_nothing, (), master, tag, Options(link=link, shutdown=shutdown))
        run.known(self, row)
        return run

    def _own(self, run: DurableRun[Any], tag: Hashable, owner: ActorRef | None, link: bool) -> None:
        previous = run.owner_.ties
        if previous is not None:
            previous.children.pop(run, None)
        run.owner_ = proxy_of(current_actor() if owner is None else addressed(owner), self.scheduler)
        run.tag = tag
        run.taken = 0
        if link:
            run.owner_.tied().children[run] = None

    def _hold(self, run: DurableRun[Any]) -> None:
        self._held[run.id] = run

    def _row(self, id_: str) -> RunRow:
        self._await_written(id_)
        row = self.store.get(id_)
        if row is None:
            raise NoSuchRunError(id_)
        return row

    def await_all_written(self) -> None:
        """Wait until what was written of runs that are not live any more is there to be read."""
        for id_ in list(self._unwritten):
            self._await_written(id_)

    def _await_written(self, id_: str) -> None:
        """Wait until what a run wrote before it was unloaded is there to be read."""
        ticket = self._unwritten.get(id_)
        if ticket is None:
            return
        with suppress(Exception):  # whoever wrote it was told
            ticket.wait()
        self._unwritten.pop(id_, None)


def _nothing() -> None:
    raise RuntimeError("a durable run is run by another actor")
