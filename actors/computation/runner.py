"""`AsyncComputation`: what an owner holds of a run."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Never, Self, TypeAlias, TypeVar, TypeVarTuple, cast

from greenlet import getcurrent

from actors.clock import checked_seconds
from actors.computation.courier import Courier
from actors.computation.faults import CancelledError, DeadlineExceeded, FinishedError
from actors.computation.options import DEFAULTS, checked_options, with_log
from actors.computation.resuming import Answerable
from actors.computation.transitions import FINISHED
from actors.outcomes import (
    Cancelled,
    Completed,
    ComputationEvent,
    FinalOutcomeOf,
    Outcome,
    OutcomeOf,
    OwnerEnded,
    Suspend,
    Throw,
)
from actors.runtime import arguments, native
from actors.runtime.abroad import scheduler_of
from actors.runtime.actor import Actor, ActorRef
from actors.runtime.arguments import addressed
from actors.runtime.current import current_actor
from actors.runtime.inbox import enter
from actors.runtime.proxy import proxy_of
from actors.runtime.scheduler import get_ident
from actors.runtime.worker import WORKER

if TYPE_CHECKING:
    from actors.children import Backoff, ChildSpec
    from actors.computation.options import Log
    from actors.runtime.background import BackgroundThread

T = TypeVar("T")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")

SHUTDOWN = DEFAULTS.shutdown

Handlers: TypeAlias = Callable[[], AbstractContextManager[object]]


class AsyncComputation(Answerable, Generic[T]):
    """One run of a computation, linked to its owner; made by `start` and `start_sync`."""

    __slots__ = ()

    if TYPE_CHECKING:  # what the checkers see of what is inherited
        outcome: OutcomeOf[T] | None

        def __init__(self, *, use_start_instead: Never) -> None:
            """Refuse: runs are made by `start` and `start_sync`."""

        def resume_sync(self, value: object, *, token: int | None = None, timeout: float | None = 5.0) -> OutcomeOf[T]:
            """Return the outcome of the next leg; see `Answerable.resume_sync`."""
            ...

    else:

        def __init__(self, *_: Any, **__: Any) -> None:
            """Refuse: `start` makes runners without a call of this class.

            Raises:
                TypeError: always.
            """
            raise TypeError("a computation is not run by AsyncComputation(f, …); use AsyncComputation.start(f, …)")

    @staticmethod
    def start(
        fn: Callable[[*Ts], R],
        *args: *Ts,
        tag: Hashable = None,
        link: bool = True,
        owner: ActorRef | None = None,
        handlers: Handlers | None = None,
        deadline: float | None = None,
        shutdown: float | None = 5.0,
        on: BackgroundThread | None = None,
        log: Log | None = None,
    ) -> AsyncComputation[R]:
        """Start a run and return its runner at once; the body begins at the next switch.

        Args:
            fn: the computation, called with `args`; keyword arguments go through `functools.partial`.
            tag: what the owner knows the run by, in its events.
            link: the owner's end cancels the run.
            owner: who gets each outcome, as a `ComputationEvent(tag, outcome, runner)`; the caller by default.
            handlers: called afresh for this run; returns the context manager that the body runs in.
            deadline: seconds for the whole run, then it is cancelled with `DeadlineExceeded`.
            shutdown: seconds to leave its scopes after a cancel, then it is killed; None: only by `kill(runner.ref)`.
            on: the thread that it belongs to for life, `background()`; None for the caller's.
            log: an `EffectLog`: what it holds answers the run's first operations, and what comes after is added.

        Raises:
            TypeError: `fn` cannot be called with `args`, or something is not of its type; ValueError: a negative time.
            RuntimeError: the log is in use; or, a `ClosedError`, the runtime of that thread was closed.
        """
        if log is not None:
            handlers = with_log(log, handlers)
        runner: AsyncComputation[R] = _made(fn, args, tag, link, owner, handlers, deadline, shutdown, on)
        scheduler = runner.scheduler
        if on is not None:
            scheduler.inbox.post(runner.begin_abroad)
            return runner
        scheduler.ready.append(runner)
        if not scheduler.active:
            scheduler.kick()
        return runner

    @staticmethod
    def start_sync(
        fn: Callable[[*Ts], R],
        *args: *Ts,
        tag: Hashable = None,
        link: bool = True,
        owner: ActorRef | None = None,
        handlers: Handlers | None = None,
        deadline: float | None = None,
        shutdown: float | None = 5.0,
        on: BackgroundThread | None = None,
        log: Log | None = None,
        timeout: float | None = 5.0,
    ) -> tuple[AsyncComputation[R], OutcomeOf[R]]:
        """Start a run and return the runner with the outcome of its first leg.

        *Blocks until* the run suspends or ends, or `timeout` seconds have passed. Other arguments as for `start`.

        Raises:
            DeadlockError: nobody is left who could bring one about.
            LegTimeoutError: no outcome in time; it carries the runner. The run goes on, and that outcome comes to the
                owner as an event.
            TypeError: as for `start`.
            ValueError: as for `start`.
        """
        if timeout is not None and not (type(timeout) is float and timeout >= 0.0):
            checked_seconds("timeout", timeout)
        if log is not None:
            handlers = with_log(log, handlers)
        runner: AsyncComputation[R] = _made(fn, args, tag, link, owner, handlers, deadline, shutdown, on)
        if on is not None:
            return runner, runner.first_leg_elsewhere(timeout)
        me = runner.owner_ if owner is None else current_actor()
        return runner, runner.hand_over(me, runner, timeout)

    @staticmethod
    def child(
        fn: Callable[[*Ts], R],
        *args: *Ts,
        id: Hashable = None,  # noqa: A002  the vocabulary's word, as in `ChildSpec`
        owner: ActorRef | None = None,
        tag: Hashable = None,
        handlers: Handlers | None = None,
        deadline: float | None = None,
        shutdown: float | None = 5.0,
        backoff: Backoff | None = None,
    ) -> ChildSpec[AsyncComputation[R]]:
        """Return the spec of a child that runs this computation: transient, and afresh after each crash.

        A throw that leads to a restart comes to the owner as `Restarted(error, attempt, runner)`; as `Throw` when the
        supervisor gives up. A run whose owner has ended, or that was cancelled, is not restarted.

        Args:
            fn: the computation; also `args`, `handlers` and `deadline` as for `start`.
            id: names it among the supervisor's children; by default the name of `fn`.
            owner: who gets the events; by default the supervisor, which answers no questions: a run that asks is
                cancelled.
            tag: what the owner knows the run by, in its events; by default the id.
            shutdown: seconds to leave its scopes after it was told to end, then it is killed; None for no limit.
            backoff: attempts to restart it wait.

        Raises:
            SpecError: `backoff`, or a time, cannot be what it was given.
            TypeError: as for `start`.
            ValueError: as for `start`.
        """
        from actors.computation.supervised import child_spec  # noqa: PLC0415  its runs are derived from this class

        return child_spec(fn, args, id, owner, tag, checked_options(True, handlers, deadline, shutdown), backoff)

    # -- its beginning, in its own thread

    def bind(self) -> None:
        """Heed the owner's end and the deadline."""
        master, deadline = self.owner_, self.options.deadline
        if master.reason is not None and self.options.link:
            self.cancel_for(OwnerEnded(master.reason))
        elif deadline is not None:
            self.timer_ = self.scheduler.start_timer(deadline, partial(self.cancel_for, DeadlineExceeded(deadline)))

    def begin_abroad(self) -> None:
        """Begin, made by another thread; in the hub."""
        if not self.scheduler.inbox.closed:
            self.bind()
        enter(self)

    def first_leg_elsewhere(self, timeout: float | None) -> Outcome:
        """Have it begin in another thread, and return the outcome of the first leg."""
        try:
            if timeout == 0:
                return self.leg_elsewhere(self.first_leg_abroad, timeout, timeout=timeout)
            courier = Courier(self, current_actor())
            return cast(Outcome, courier.leg(courier.begin, timeout))
        except FinishedError as error:
            return self.took_from_owner(current_actor(), error.outcome)

    def first_leg_abroad(self, timeout: float | None) -> Outcome:
        """Begin, made by another thread, and return the outcome of the first leg; in an agent.

        Raises:
            FinishedError: it was cancelled before, or by its owner's end: the owner has that outcome already.
        """
        self.bind()
        if self.phase is FINISHED:
            raise FinishedError(self, self.final())
        return self.hand_over(current_actor(), self, timeout)

    # -- what it is

    @property
    def ref(self) -> ActorRef:
        """The address of the run's actor: it can be monitored, linked, killed, and takes `Resume` and `Cancel`."""
        return self

    @property
    def owner(self) -> ActorRef:
        """Who gets its events."""
        return self.owner_.principal

    @property
    def state(self) -> str:
        """`"running"`, `"suspended"` or `"finished"`."""
        return self.phase.phase

    def __repr__(self) -> str:
        """Name the computation, its tag and its state."""
        name = self.label() or "computation"
        tag = "" if self.tag is None else f" tag={self.tag!r}"
        return f"<AsyncComputation {name}{tag} {self.state} {id(self):#x}>"

    # -- cancelling

    def cancel(self, reason: object = "cancelled") -> None:
        """Have the run leave its scopes, and return at once; the first reason wins, a finished run is left alone.

        One `Cancelled(reason)` comes after the last scope was left. A running body is signalled at its next blocking
        point; a run of another thread is cancelled as soon as that thread's hub runs.
        """
        scheduler = self.scheduler
        if scheduler.thread != get_ident():
            scheduler.inbox.post(self.cancel_for, reason)
            return
        self.cancel_for(reason)

    def cancel_sync(self, reason: object = "cancelled", *, timeout: float | None = 5.0) -> FinalOutcomeOf[T]:
        """Cancel and return the final outcome: `Cancelled`, or what the run had come to first.

        *Blocks until* the run has ended, or `timeout` seconds have passed.

        Raises:
            DeadlockError: nobody is left who could end it.
            LegTimeoutError: it has not ended in time.
            ValueError: `timeout` is negative.
        """
        checked_seconds("timeout", timeout)
        self.cancel(reason)
        return self.ending(timeout)

    # -- waiting

    def wait(self, timeout: float | None = None) -> OutcomeOf[T]:
        """Return the next outcome that was not yet taken, by a sync call, by `wait`, or from the owner's mailbox.

        *Blocks until* there is one, or `timeout` seconds have passed.

        Raises:
            DeadlockError: nobody is left who could bring one about.
            FinishedError: the run has ended and its final outcome was taken.
            LegTimeoutError: no outcome in time.
            ValueError: `timeout` is negative.
        """
        outcome: OutcomeOf[T] = self.next_untaken(checked_seconds("timeout", timeout))
        return outcome

    def result(self, timeout: float | None = None) -> T:
        """Return what the computation returned.

        *Blocks until* the run has ended, or `timeout` seconds have passed. Somebody else has to answer its questions.

        Raises:
            DeadlockError: nobody is left who could end it.
            CancelledError: it was cancelled.
            LegTimeoutError: it has not ended in time.
            ValueError: `timeout` is negative.
            BaseException: what the computation raised, the exception itself.
        """
        match self.ending(timeout):
            case Completed(value):
                return cast(T, value)
            case Throw(error):
                try:
                    raise error
                finally:
                    del error, self  # the traceback holds this frame: no cycle
            case Cancelled() as outcome:
                raise CancelledError(self, outcome)

    def suspends(self, timeout: float | None = None) -> Generator[Suspend]:
        """Yield each suspension until the run ends; resume it before going on.

        *Blocks until* the next, each time; `timeout` seconds are for one leg.

        Raises:
            DeadlockError: nobody is left who could bring one about.
            LegTimeoutError: a leg took too long.
        """
        while True:
            try:
                outcome = self.wait(timeout)
            except FinishedError:
                return
            if not isinstance(outcome, Suspend):
                return
            yield outcome

    # -- a block that owns it

    def __enter__(self) -> Self:
        """Return the runner."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Cancel the run if it has not ended, wait for that, and take what it sent out of the owner's mailbox."""
        self.cancel("its with block was left" if error is None else error)
        self.ending(None)
        owner = self.owner_.principal
        mailbox = owner.mailbox if owner is current_actor() else None
        if mailbox:
            kept = [
                message for message in mailbox if not (isinstance(message, ComputationEvent) and message.runner is self)
            ]
            mailbox.clear()
            mailbox.extend(kept)


def _made(  # noqa: PLR0917  both starts hand everything on
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    tag: Hashable,
    link: bool,
    owner: ActorRef | None,
    handlers: Handlers | None,
    deadline: float | None,
    shutdown: float | None,
    on: BackgroundThread | None,
) -> AsyncComputation[Any]:
    arguments.check_call(fn, args)
    here: Any = getcurrent()
    me: Actor = here.actor if type(here) is WORKER else current_actor()
    plain = owner is None and handlers is None and deadline is None and on is None
    if plain and link and shutdown == SHUTDOWN and me.reason is None:
        runner: AsyncComputation[Any] = native.blank(AsyncComputation)
        runner.fill(fn, args, me, tag, DEFAULTS)
        return runner
    master = proxy_of(me if owner is None else addressed(owner), me.scheduler if on is None else scheduler_of(on))
    options = checked_options(link, handlers, deadline, shutdown)
    runner = native.blank(AsyncComputation)
    runner.fill(fn, args, master, tag, options)
    if on is None:
        runner.bind()
    return runner
