"""How a durable run performs operations: from its log as long as that holds answers, and then for the log.

In-process operations are run again. Local ones (clock, random numbers) are recorded with their answer. External ones
begin once everything before them is on disk, their own call included. A question is begun in the same way; whoever gives
the answer writes it. The thunks of `parallel` are run again, each at places of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from actors import clock
from actors.codec import decode, encode
from actors.computation.answers import asking_actor
from actors.computation.run import RUN_HANDLERS
from actors.durable.faults import NotInDurableError
from actors.durable.forms import form_of, shown
from actors.durable.marking import Changed
from actors.durable.opaque import WRITES, is_within, opaquely
from actors.durable.operations import OperationUnderWay, under_way, watchers
from actors.durable.replay import under_seam
from actors.durable.replaying import NOTHING_MORE
from actors.durable.rows import CUT, ERROR, Recalled, Where
from actors.durable.turns import BEGIN
from actors.effects import clock as clock_effect
from actors.effects import fresh, randomness
from actors.effects.asking import Notification, patience
from actors.effects.clock import Sleep
from actors.effects.inside import InProcess
from actors.effects.scope import Handler, Scope, Seam, current_scope
from actors.effects.together import Parallel, Race
from actors.exits import ActorExit, CancelSignal
from actors.ops import Op, Question

if TYPE_CHECKING:
    from actors.durable.recording import Recording


TO_OWNER = RUN_HANDLERS[Question]  # what has the owner answer a question; any other handler of one is external
# Those perform no operations themselves, and need not be kept from recording them.
DIRECT: frozenset[Handler] = frozenset(
    {
        *RUN_HANDLERS.values(),
        *clock_effect.PRODUCTION.values(),
        *fresh.PRODUCTION.values(),
        *randomness.PRODUCTION.values(),
    }
)


class Group:
    """The branches of one `parallel`: how many have not come to their end."""

    __slots__ = ("left",)

    def __init__(self, count: int) -> None:
        """Take how many there are."""
        self.left = count


class Track:
    """One branch of a durable run; the seam that is in force there."""

    __slots__ = ("_fork", "_log", "_next", "_path")

    def __init__(self, log: Recording, path: Where = ()) -> None:
        """Begin at the first place of a path."""
        self._log = log
        self._path = path
        self._next = 0
        self._fork = 0  # the place of the `parallel` that is being performed

    def through(self, handler: Handler) -> Handler:
        """Return what is called instead of a handler.

        Raises:
            Diverged: code and log differed before.
            Unloaded: the run was unloaded.
        """
        self._log.check()
        if isinstance(handler, InProcess):
            return partial(self._inside, handler)
        return partial(self._answer, handler, handler if handler in DIRECT else partial(opaquely, handler))

    def branches(self, count: int) -> list[Seam]:
        """Return a track for each thunk."""
        return [Track(self._log, (*self._path, self._fork, number)) for number in range(count)]

    def outside(self, what: str) -> None:
        """Refuse what a replay could not do again.

        Raises:
            NotInDurableError: always.
        """
        self._log.check()
        raise NotInDurableError(f"{what} in a durable run: a replay could not do it again; do it inside an @operation")

    # -- from the log, or in the world

    def _inside(self, handler: Handler, op: Op[Any]) -> Any:
        """Run again what keeps to the run's own memory.

        Raises:
            NotInDurableError: a branch writes what is not its own.
        """
        if self._log.failure is not None:
            self._log.check()
        if self._path and op.__class__ in WRITES and not self._is_mine(op):
            raise NotInDurableError(
                f"{op!r} in a branch of parallel(…), of what is held outside it: which branch comes first would not be the "
                "same in a replay; return the value, and write it after the parallel(…)"
            )
        return under_seam(self, handler, op)

    def _is_mine(self, op: Op[Any]) -> bool:
        outside: Scope | None = current_scope()
        while outside is not None and outside.seam is self:
            outside = outside.outer
        return is_within(op, outside)

    def _answer(self, handler: Handler, outside: Handler, op: Op[Any]) -> Any:
        log = self._log
        if log.failure is not None:
            log.check()
        if op.in_process:
            return self._inside(handler, op)
        kind = op.__class__
        if kind is Parallel:
            return self._fork_again(handler, op)  # type: ignore[arg-type]
        if kind is Changed:
            return self._changed(op)  # type: ignore[arg-type]
        if kind is Race:
            raise NotInDurableError(
                "race(…) in a durable run: which thunk comes first would not be the same in a replay; "
                "race inside an external operation, or give ask and operations a timeout"
            )
        where = (*self._path, self._next)
        form = form_of(op)
        self._next += 1
        found = log.recall(where, form, op) if log.at else None
        if found is not None and found.answer >= 0:
            return self._recalled(found, where, op)
        if log.order or not log.performing:
            log.to_the_end(op)
        return self._perform(outside, op, where, form, found)

    def _recalled(self, found: Recalled, where: Where, op: Op[Any]) -> Any:
        if found.kind == CUT:
            self._cut_again(found, op)
        value = decode(found.body or b"")
        if found.kind == ERROR:
            raise value
        return value

    def _cut_again(self, found: Recalled, op: Op[Any]) -> None:
        """Raise the signal that interrupted the operation, which the run or its branch has got, or gets.

        Raises:
            CancelSignal: always, unless code and log differ.
        """
        actor: Any = asking_actor(op)
        try:
            if actor.doom is None:
                actor.scheduler.breathe(actor)  # it may be on its way from the run to its branches
            while actor.doom is None:
                self._log.wait(found.answer, op, True)
            actor.doom.strike()
        finally:
            if self._log.failure is None:
                self._log.meet(found.answer, op)

    def _perform(self, handler: Handler, op: Op[Any], where: Where, form: bytes, found: Recalled | None) -> Any:
        log = self._log
        unwritten: bytes | None = None  # the form, if it goes with the answer
        asks, begun = handler is TO_OWNER, -1
        if (op.local and op.__class__ is not Sleep) or isinstance(op, Notification):
            unwritten = form
        else:
            begun = self._begin(op, where, form, found, asks)
        try:
            doom = actor_here().doom
            if doom is not None:
                doom.checkpoint()
            answer = self._begun(op, handler, where, begun, found, asks) if unwritten is None else self._told(op, handler)
            if log.failure is not None:
                log.check()
            if asks and log.given == where:
                log.given = None  # whoever answered wrote it
            else:
                log.answered(where, answer, unwritten)
        except Exception as error:
            log.check()
            raised = log.failed(where, error, unwritten)
            if raised is error:
                raise
            raise raised from error
        except BaseException as signal:
            self._interrupted(where, signal, unwritten)
            raise
        if not (op.local or op.idempotent or unwritten or handler is TO_OWNER):
            log.settle()
        return answer

    def _begin(self, op: Op[Any], where: Where, form: bytes, found: Recalled | None, asks: bool) -> int:
        """Write that an operation begins, unless that was written before; return the number of the row."""
        if found is not None:
            return found.start
        log, until = self._log, None
        if asks:
            limit = patience.get()
            until = None if limit is None else clock.now() + limit
        elif isinstance(op, Sleep):
            until = clock.now() + op.seconds
            log.waits(where)
        number = log.begin(where, form, until)
        if asks:
            log.waits(where)
            if log.open is None:
                log.asks(where, number, form)
        return number

    def _begun(  # noqa: PLR0917  all that is known of it
        self, op: Op[Any], handler: Handler, where: Where, number: int, found: Recalled | None, asks: bool
    ) -> Any:
        """Perform what is begun, once that is on disk."""
        log = self._log
        until = log.untils.get(where) if found is None else found.until
        if found is not None:
            log.begun_again(where, op, found.form, number, until, asks)
        if isinstance(op, Sleep):
            return self._sleep(handler, op, until)
        log.settle()
        limit = None
        if until is not None and asks:
            limit = patience.set(max(0.0, until - clock.now()))
        operation = OperationUnderWay(log.id, number, log.fence, where, asks)
        for watcher in watchers:
            watcher(operation)
        token = under_way.set(operation)
        try:
            return handler(op)
        finally:
            under_way.reset(token)
            if limit is not None:
                patience.reset(limit)

    def _told(self, op: Op[Any], handler: Handler) -> Any:
        """Perform what is local, or tell the owner something, once what came before is on disk."""
        if not op.local:
            self._log.settle()
        return handler(op)

    def _sleep(self, handler: Handler, op: Sleep, until: float | None) -> Any:
        """Sleep for what is left."""
        log = self._log
        log.flush()
        if log.on_sleep is not None:
            log.on_sleep()
        left = op.seconds if until is None else max(0.0, until - clock.now())
        handler(op if left == op.seconds else Sleep(left, op.name))

    def _interrupted(self, where: Where, signal: BaseException, unwritten: bytes | None) -> None:
        """Write that a cancel interrupted an operation.

        Raises:
            NotInDurableError: it was something else, which a replay could not do again.
        """
        log = self._log
        if log.failure is not None:
            return
        actor = actor_here()
        if isinstance(signal, CancelSignal):
            log.cut(where, signal.cause, unwritten)
        elif isinstance(signal, ActorExit) and actor.doom is None and actor.run.phase.cancel.state is actor.run.phase:
            log.cut(where, actor.run.cause, unwritten)  # asked by a branch that the cancel of the run has not come to yet
        elif not isinstance(signal, ActorExit | SystemExit | KeyboardInterrupt | GeneratorExit):
            error = NotInDurableError(
                f"{type(signal).__name__} was thrown into an operation of a durable run, which a replay could not do "
                "again; use ask(…, timeout=s) or @operation(timeout=s)"
            )
            raise log.failed(where, error, unwritten) from signal

    def check_may_continue(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Refuse to go on as another function where that cannot be.

        Raises:
            RuntimeError: in a branch of `parallel`.
            TypeError: `fn` cannot be called with these arguments.
            ValueError: `fn` is none of the computations that can be run again.
            EncodeError: an argument cannot be stored.
        """
        self._log.check()
        if self._path:
            raise NotInDurableError(
                f"continue_as({fn!r}) in a branch of parallel(…): only the run itself goes on; return first"
            )
        if self._log.may_continue is not None:
            self._log.may_continue(fn, args)

    # -- branches and markers

    def _fork_again(self, handler: Handler, op: Parallel) -> Any:
        log = self._log
        where = (*self._path, self._next)
        form = encode(["parallel", [len(op.thunks)], {}])
        self._fork = self._next
        self._next += 1
        if (log.recall(where, form, op) if log.at else None) is None:
            if log.order or not log.performing:
                log.to_the_end(op)
            log.fork(where, form)
        turns = log.turns
        group = Group(len(op.thunks))
        turns.awake += group.left - 1
        try:
            return under_seam(self, handler, Parallel(tuple(partial(self._branch, group, thunk) for thunk in op.thunks)))
        finally:
            if group.left:  # branches that never began
                turns.awake -= group.left - 1

    def _branch(self, group: Group, thunk: Callable[[], Any]) -> Any:
        mine: Any = current_scope().seam
        try:
            mine.wait_to_begin(thunk)
            try:
                value = thunk()
            except Exception:
                mine.end()
                raise
            mine.end()
            return value
        finally:
            group.left -= 1
            if group.left:
                self._log.branch_ended()

    def wait_to_begin(self, thunk: object) -> None:
        """Wait, if the log holds nothing of this branch: it may have been cancelled before it began."""
        log = self._log
        if log.order and (*self._path, 0) not in log.at:
            log.turns.wait(BEGIN, thunk, True)
            log.check()

    def end(self) -> None:
        """Check that the log holds nothing more for this branch.

        Raises:
            Diverged: it does.
        """
        log, where = self._log, (*self._path, self._next)
        found = log.at.get(where)
        if found is not None and log.failure is None:
            log.diverge(where, shown(found.form), NOTHING_MORE)

    def _changed(self, op: Changed) -> bool:
        log = self._log
        name = encode(op.name)
        known = log.marks.get(name)
        if known is None:
            known = not log.order and (*self._path, self._next) not in log.at
            log.mark(name, known)
        return known


def actor_here() -> Any:
    """Return the actor that runs here."""
    here: Any = getcurrent()
    return here.actor
