"""`DurableRuns`: computations whose runs cannot be lost, in a store.

What belongs to a run that is live here is in its `DurableRun`; a run that is passivated, and that nobody holds, is in the
store only. All belongs to one thread; its methods may be called from any.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, TypeVarTuple

from actors import clock
from actors.children import SHUTDOWN
from actors.clock import checked_seconds
from actors.codec import encode
from actors.computation.faults import NotSuspendedError
from actors.computation.transitions import FINISHED, SUSPENDED
from actors.durable.checking import Finding, check
from actors.durable.in_hand import RunsInHand
from actors.durable.info import info_of
from actors.durable.inner import Handlers
from actors.durable.keeping import Keeping
from actors.durable.names import by_name
from actors.durable.notices import Parked
from actors.durable.rows import Past
from actors.durable.run import DurableRun
from actors.durable.runs_faults import ParkedError
from actors.durable.sealed import opened_with
from actors.durable.store import Entries, EntryRow, RunRow, Store
from actors.durable.store_faults import RunExistsError
from actors.runtime import arguments
from actors.runtime.current import current_actor
from actors.runtime.remote import remotely
from actors.runtime.scheduler import get_ident

if TYPE_CHECKING:
    from actors.codec import Codec
    from actors.durable.info import RunInfo
    from actors.outcomes import Outcome
    from actors.runtime.actor import ActorRef

Infos: TypeAlias = "list[RunInfo]"  # `list` is a method here
Findings: TypeAlias = list[Finding]

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class DurableRuns(RunsInHand):
    """The durable runs of some computations.

    Args:
        store: where they are kept.
        computations: those that can be run; each by its `__qualname__`, or a mapping of names of your own to them. Stored
            runs are looked up here by name, never imported.
        handlers: called afresh for each run and each cold resume; returns the context manager that the body runs in.
            Entering it does nothing outside the process.
        version: of the code; kept with each run that is started.
        passivate_after: seconds after which a suspended run costs no memory any more; the next answer brings it back.
        max_live: so many suspended runs are kept live; beyond, the longest suspended one is passivated.
        max_attempts: a run that was interrupted so often without a new entry in its log is parked.
        retention: seconds for which finished runs are kept; None for ever.
        poll: seconds between looks at the inbox, into which other processes post.
        codec: encrypts all values that are stored: arguments, questions, answers, results. Ids, names, times are not.

    Raises:
        TypeError: a computation is not a function, or an option not of its type.
        ValueError: a computation is a lambda or defined in a function, or two have the same name.
        DecodeError: what is stored was encrypted with another key, or with none, or there is no codec and it was.
    """

    def __init__(
        self,
        store: Store,
        computations: Iterable[Callable[..., Any]] | Mapping[str, Callable[..., Any]],
        *,
        handlers: Handlers | None = None,
        version: str = "",
        passivate_after: float | None = 300.0,
        max_live: int = 10_000,
        max_attempts: int = 3,
        retention: float | None = 7 * 24 * 3600.0,
        poll: float = 0.25,
        codec: Codec | None = None,
    ) -> None:
        """Take the settings; runs that were interrupted go on at once."""
        super().__init__()
        self.store = opened_with(store, codec)
        self.computations = by_name(computations)
        self.handlers = handlers
        self.version = version
        self.passivate_after = checked_seconds("passivate_after", passivate_after)
        self.max_live = max_live
        self.max_attempts = max_attempts
        self.retention = checked_seconds("retention", retention)
        self.owner = f"process {os.urandom(4).hex()}"
        self.scheduler = current_actor().scheduler
        self.closed = False
        self.keeping = Keeping(self, checked_seconds("poll", poll) or 0.0)
        self.keeping.begin()

    @property
    def ref(self) -> ActorRef:
        """The actor that looks after timers, the inbox and idle runs: a child of a supervisor ends with it."""
        return self.keeping.ref

    # -- starting

    def start(
        self,
        fn: Callable[[*Ts], R],
        *args: *Ts,
        id: str | None = None,  # noqa: A002  the contract's word
        tag: Hashable = None,
        owner: ActorRef | None = None,
        link: bool = True,
        deadline: float | None = None,
        shutdown: float | None = SHUTDOWN,
    ) -> DurableRun[R]:
        """Start a run; when it returns, the run is on disk.

        Args:
            fn: one of the computations; its arguments are stored.
            id: what the run is known by for ever; made up by default.
            tag: what the owner knows it by, in its events.
            owner: who gets the events; the caller by default.
            link: the owner's end unloads the run; it stays in the store, and can be attached to.
            deadline: seconds for the whole run, in this process and others; then it is cancelled.
            shutdown: seconds to leave its scopes after a cancel, then it is killed.

        Raises:
            RunExistsError: there is a run with that id.
            UnknownComputationError: `fn` is none of the computations.
            EncodeError: an argument cannot be stored.
            StoreUnavailableError: the store did not take it; nothing was started.
            TypeError: `fn` cannot be called with these arguments.
        """
        if self._is_elsewhere():
            return self._there(  # type: ignore[no-any-return]
                partial(self.start, fn, *args, id=id, tag=tag, link=link, deadline=deadline, shutdown=shutdown), owner
            )
        row = self._new_row(fn, args, id, deadline, shutdown)
        self.store.create(row)
        run = self._facade(row, tag, owner, link, shutdown)
        self._hold(run)
        run.go_live(self._recording(row, Past()))
        return run

    def _new_row(
        self, fn: Callable[..., Any], args: tuple[Any, ...], id_: str | None, deadline: float | None, shutdown: float | None
    ) -> RunRow:
        name, now = self.name_of(fn), clock.now()
        arguments.check_call(fn, args)
        until = None if checked_seconds("deadline", deadline) is None else now + (deadline or 0.0)
        given = encode([list(args), until, checked_seconds("shutdown", shutdown)])
        return RunRow(
            os.urandom(16).hex() if id_ is None else id_,
            name,
            self.version,
            owner=self.owner,
            since=now,
            wake_at=until,
            created=now,
            args=given,
        )

    def start_or_attach(
        self,
        fn: Callable[[*Ts], R],
        *args: *Ts,
        id: str,  # noqa: A002
        tag: Hashable = None,
        owner: ActorRef | None = None,
    ) -> DurableRun[R]:
        """Start a run, or attach to the one that has the id; other arguments as for `start`."""
        try:
            return self.start(fn, *args, id=id, tag=tag, owner=owner)
        except RunExistsError:
            return self.attach(id, tag=tag, owner=owner)

    def attach(
        self,
        id: str,  # noqa: A002
        *,
        tag: Hashable = None,
        owner: ActorRef | None = None,
        link: bool = True,
    ) -> DurableRun[Any]:
        """Become the owner of a run, whatever state it is in; what it waits for or came to comes as an event at once.

        Raises:
            NoSuchRunError: there is no run with that id.
        """
        if self._is_elsewhere():
            return self._there(partial(self.attach, id, tag=tag, link=link), owner)  # type: ignore[no-any-return]
        row = None if id in self._held else self._row(id)
        run = self._held.get(id)  # meanwhile somebody else may have it in hand
        if run is None and row is not None:
            run = self._facade(row, tag, owner, link, SHUTDOWN)
            self._hold(run)
        elif run is None:
            return self.attach(id, tag=tag, owner=owner, link=link)
        else:
            self._own(run, tag, owner, link)
        self._say_where_it_is(run)
        return run

    # -- by id

    def resume(self, id: str, value: object, *, token: int | None = None) -> None:  # noqa: A002
        """Answer a run's open question, wherever the run is; see `DurableRun.resume`.

        Raises:
            NoSuchRunError: there is no run with that id.
            ParkedError: the run was set aside.
        """
        self.in_hand(id).resume(value, token=token)

    def cancel(self, id: str, reason: object = "cancelled") -> None:  # noqa: A002
        """Cancel a run, wherever it is; see `DurableRun.cancel`. A finished one is left alone.

        One that is parked ends at once, and nothing of it is run, not its clean-up either, since the code does not fit. To
        have that, mend the code and retry it first.

        Raises:
            NoSuchRunError: there is no run with that id.
        """
        self.in_hand(id, parked=True).cancel(reason)

    def wait(self, id: str, timeout: float | None = None) -> Outcome:  # noqa: A002
        """Return what a run waits for or came to: its open suspension, or its final outcome.

        *Blocks until* there is one, or `timeout` seconds have passed.

        Raises:
            NoSuchRunError: there is no run with that id.
            LegTimeoutError: no outcome in time.
            ParkedError: the run was set aside.
        """
        if self._is_elsewhere():
            return remotely(self.scheduler, partial(self.wait, id, timeout))  # type: ignore[no-any-return]
        run = self.in_hand(id)
        if run.phase is SUSPENDED or run.phase is FINISHED:
            outcome: Any = run.outcome
            return outcome  # type: ignore[no-any-return]
        return run.next_outcome(current_actor(), checked_seconds("timeout", timeout))

    def get(self, id: str) -> RunInfo | None:  # noqa: A002
        """Return what is known of a run, or None."""
        row = self.store.get(id)
        return None if row is None else info_of(row)

    def list(
        self, status: str | None = None, name: str | None = None, *, limit: int = 100, after: str | None = None
    ) -> Infos:
        """Return what is known of runs, in the order in which they were started; see `Store.list`."""
        return [info_of(row) for row in self.store.list(status, name, limit=limit, after=after)]

    def retry(self, id: str) -> DurableRun[Any]:  # noqa: A002
        """Have a parked run try again, with the code as it is now.

        Raises:
            NoSuchRunError: there is no run with that id.
            NotSuspendedError: it is not parked.
        """
        row = self._parked(id)
        changes = {"status": "running", "reason": None, "attempts": 0}
        self.store.append(id, (), changes, fence=row.fence).wait()
        return self.revive(row._replace(status="running", reason=None, attempts=0))

    def migrate(self, id: str, fn: Callable[[Entries], Iterable[EntryRow]]) -> DurableRun[Any]:  # noqa: A002
        """Give a parked run another log, and have it try again.

        Args:
            id: the run.
            fn: called with the rows of its log; returns those of the new one, in order. Numbers and kinds may stay, or be
                any: the rows are numbered anew, above all that there ever were.

        Raises:
            NoSuchRunError: there is no run with that id.
            NotSuspendedError: it is not parked.
            DecodeError: a row that `fn` returned is none of a log.
        """
        row = self._parked(id)
        rows = [
            EntryRow(id, number, kind, payload)
            for number, (_, _, kind, payload) in enumerate(fn(self.store.log(id)), row.next_seq)
        ]
        Past(rows)
        changes = {"status": "running", "reason": None, "attempts": 0}
        self.store.append(id, rows, changes, fence=row.fence, cut=True).wait()
        return self.revive(self._row(id))

    def _parked(self, id_: str) -> RunRow:
        row = self._row(id_)
        if row.status != "parked":
            raise NotSuspendedError(f"run {id_!r}", f"is {row.status}, not parked: there is nothing to retry or migrate")
        return row

    def forget(self, id: str) -> bool:  # noqa: A002
        """Remove a run with its log; return False if it is not there. A live one is unloaded first."""
        run = self._held.pop(id, None)
        if run is not None:
            run.unload("it was forgotten", quiet=True)
        return self.store.forget(id)

    def check(self) -> Findings:
        """Replay the runs that have not ended, and return those that the code as it is now would not meet again.

        *Blocks until* all were replayed. Nothing is performed, and nothing is written.
        """
        return check(self.store, self.computations, self.handlers)

    def close(self) -> None:
        """Unload what is live, and end. The store stays open: it is yours.

        *Blocks until* the last scope was left, and what was written is on disk.
        """
        self.keeping.end()

    def __enter__(self) -> DurableRuns:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        """Name the store and count what is live."""
        return f"<DurableRuns in {self.store}, {len(self._held)} in hand>"

    # -- where runs are

    def _say_where_it_is(self, run: DurableRun[Any]) -> None:
        row = run.row
        if run.phase is SUSPENDED:
            run.told(run.outcome)  # type: ignore[arg-type]
        elif run.inner is None and row.status == "finished":
            run.finished(run.outcome_of(row.result or b""))
        elif run.inner is None and row.status == "parked":
            run.tell(Parked(ParkedError(row.id, row.reason or "")))
        elif run.inner is None and row.status in ("running", "sleeping"):
            self.revive(row)

    def in_hand(self, id_: str, *, parked: bool = False) -> DurableRun[Any]:
        """Return a run to be driven, from the store if nobody here has it.

        Raises:
            NoSuchRunError: there is no run with that id.
            ParkedError: the run was set aside.
        """
        if self._is_elsewhere():
            return remotely(self.scheduler, partial(self.in_hand, id_, parked=parked))  # type: ignore[no-any-return]
        run = self._held.get(id_)
        if run is not None:
            return run
        row = self._row(id_)
        run = self._held.get(id_)  # meanwhile somebody else may have it in hand
        if run is not None:
            return run
        if row.status == "parked" and not parked:
            raise ParkedError(id_, row.reason or "")
        run = self._facade(row, None, self.nobody, False, SHUTDOWN)
        if row.status == "finished":
            run.finished(run.outcome_of(row.result or b""))
            return run
        if row.status in ("running", "sleeping"):
            run = self.revive(row)
            if run.row.status == "parked":
                raise ParkedError(id_, run.row.reason or "")
            return run
        return self._held.setdefault(id_, run)

    def drop(self, id_: str, messages: tuple[str, ...]) -> None:
        """Take messages out of a run's inbox, to no effect."""
        log = run.log if (run := self._held.get(id_)) is not None else None
        if log is not None:
            log.taken.extend(messages)
            log.flush()
        else:
            row = self._row(id_)
            self.store.append(id_, (), None, fence=row.fence, taken=messages).wait()

    # -- from other threads

    def _is_elsewhere(self) -> bool:
        return self.scheduler.thread != get_ident()

    def _there(self, call: Callable[..., Any], owner: ActorRef | None) -> Any:
        return remotely(self.scheduler, partial(call, owner=current_actor() if owner is None else owner))
