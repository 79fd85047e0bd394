"""Recording and replay: the seam of dispatch, seen from the log.

Each operation that is not in-process has a logical position. Where the log holds an entry for it, that is the answer;
where it does not, the operation is performed and its answer added. In-process ones (`Op.in_process`: State, Writer,
events and Reader, and what users declare) are run again, and what their handlers perform is recorded. The body of any
other operation is opaque: what it performs is not recorded. The thunks of `parallel` are run again, each at positions
of its own; a `race` is recorded as one operation, and so is not run again once it is decided.

What is interrupted from outside (a cancel, a foreign timeout) has no answer, hence no entry: its position is free again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from actors.durable.faults import Diverged, Pass
from actors.durable.log import EffectLog, Entry, Path, Position
from actors.durable.packed import Packed
from actors.effects.asking import Notification
from actors.effects.inside import InProcess
from actors.effects.scope import (
    Handler,
    Handlers,
    NoHandlerError,
    Scope,
    Seam,
    current_scope,
    enter_scope,
    leave_scope,
    perform,
)
from actors.effects.together import Parallel, Race, Together
from actors.ops import Op, Question


@dataclass(frozen=True, slots=True)
class Branches:
    """What the log holds for a `parallel` or a `race`: which it was, and how many thunks it had."""

    kind: type[Together]
    count: int


@dataclass(frozen=True, slots=True)
class Ended:
    """In `Diverged.got`: the code asked for nothing more."""


class Track:
    """How far one branch of a computation has come in a log; the seam that is in force there."""

    __slots__ = ("_branches", "_fork", "_log", "_next", "_pass", "_path")

    def __init__(self, log: EffectLog, running: Pass, path: Path = ()) -> None:
        """Begin at the first position of a path."""
        self._log = log
        self._pass = running
        self._path = path
        self._next = 0
        self._fork = 0  # the position of the `parallel` or `race` that is being performed
        self._branches: list[Track] = []

    def through(self, handler: Handler) -> Handler:
        """Return what is called instead of a handler.

        Raises:
            Diverged: code and log differed before.
            Unloaded: the log was unloaded.
        """
        self._pass.check()
        return partial(self._inside if isinstance(handler, InProcess) else self._answer, handler)

    def outside(self, what: str) -> None:
        """Allow it: what is outside the operations is not this log's business."""

    def branches(self, count: int) -> list[Seam]:
        """Return a track for each thunk.

        Raises:
            Diverged: code and log differed before.
            Unloaded: the log was unloaded.
        """
        self._pass.check()
        path = (*self._path, self._fork)
        self._branches = [Track(self._log, self._pass, (*path, number)) for number in range(count)]
        return list(self._branches)

    def end(self) -> None:
        """Check that the log holds nothing more for this branch.

        Raises:
            Diverged: it does.
        """
        self._pass.check()
        if self._next < self._log.length(self._path):
            position = Position(self._path, self._next)
            left = self._log.at(position)
            self._diverge(position, left and left.op, Ended())

    def _answer(self, handler: Handler, op: Op[Any]) -> Any:
        self._pass.check()
        if op.in_process:
            return self._inside(handler, op)
        if isinstance(op, Parallel):
            return self._run_again(handler, op)
        if isinstance(op, Race):
            self._fork = self._next
            return self._recorded(partial(under_seam, self, handler), op, Branches(type(op), len(op.thunks)))
        return self._recorded(partial(under_seam, None, handler), op, op)

    def _inside(self, handler: Handler, op: Op[Any]) -> Any:
        self._pass.check()
        return under_seam(self, handler, op)

    def _run_again(self, handler: Handler, op: Parallel) -> Any:
        position, shape = self._take(), Branches(type(op), len(op.thunks))
        if self._found(position, shape) is None:
            self._log.append(Entry(position, shape))
        self._fork = position.number
        self._branches = []
        result = under_seam(self, handler, op)
        for branch in self._branches:
            branch.end()
        return result

    def _recorded(self, handler: Handler, op: Op[Any], shown: object) -> Any:
        position = self._take()
        entry = self._found(position, shown)
        if entry is not None:
            if entry.error is not None:
                raise entry.error
            return _kept(entry.answer)
        try:
            answer = handler(op)
        except Exception as error:
            self._pass.check()
            if isinstance(error, NoHandlerError) and error.op is op:
                self._next = position.number  # nothing was performed
            else:
                self._log.append(Entry(position, shown, error=error))
            raise
        except BaseException:
            self._next = position.number
            raise
        self._pass.check()
        self._log.append(Entry(position, shown, _kept(answer)))
        return answer

    def _take(self) -> Position:
        position = Position(self._path, self._next)
        self._next += 1
        return position

    def _found(self, position: Position, asked: object) -> Entry | None:
        entry = self._log.at(position)
        if entry is not None and not _same(entry.op, asked):
            self._diverge(position, entry.op, asked)
        return entry

    def _diverge(self, position: Position, expected: object, got: object) -> NoReturn:
        self._pass.failure = Diverged(position, expected, got)
        raise self._pass.failure


class WholeTrack(Track):
    """That of a run which was started with a log."""

    __slots__ = ()

    @property
    def log(self) -> EffectLog:
        """The log of the run."""
        return self._log


def under_seam(seam: Seam | None, handler: Handler, op: Op[Any]) -> Any:
    """Call a handler with a seam in force."""
    scope = current_scope()
    if scope.seam is seam:
        return handler(op)
    enter_scope(scope.within(seam))
    try:
        return handler(op)
    finally:
        enter_scope(scope)


def _same(held: object, asked: object) -> bool:
    """Tell whether a log holds what is asked for; one that came from bytes holds forms, which compare themselves."""
    return (isinstance(held, Packed) or type(held) is type(asked)) and held == asked


def _kept(value: Any) -> Any:
    """Return an answer such that changing it does not change the log: containers are copied."""
    copying = _COPYING.get(value.__class__)
    return value if copying is None else copying(value)


_COPYING: dict[type, Callable[[Any], Any]] = {  # exactly these; a subclass may hold more than its items
    list: lambda value: [_kept(item) for item in value],
    tuple: lambda value: tuple(_kept(item) for item in value),
    set: set[Any],
    dict: lambda value: {key: _kept(item) for key, item in value.items()},
}


def _fallbacks(scope: Scope) -> Handlers:
    """Return handlers for what only an owner answers, where there is none: the log may hold the answers."""
    handled = {key for link in scope.chain() for key in link.handlers}
    return {kind: perform for kind in (Question, Notification) if kind not in handled}


@contextmanager
def effect_logging(log: EffectLog | None = None) -> Generator[EffectLog]:
    """Record the operations of a `with` block, which gets the log; what the log already holds answers them first.

    Within the block each suspension carries `EffectLog: log.view()` in its `data`. In a run that was started with a log
    there is nothing left to do: the block gets that one.

    Args:
        log: what to replay and go on with; a new one by default.

    Raises:
        Diverged: in the block, from the first operation that differs from the log and every one after it; at its end,
            when the log holds more than was asked for.
        Unloaded: in the block, from every operation after `log.unload()`.
        RuntimeError: the block is inside another one, or the log is in use.
    """
    outer = current_scope().seam
    if isinstance(outer, WholeTrack) and (log is None or log is outer.log):
        yield outer.log
        return
    with _passing(EffectLog() if log is None else log, Track) as used:
        yield used


def recorded(
    log: EffectLog, handlers: Callable[[], AbstractContextManager[object]] | None
) -> Callable[[], AbstractContextManager[object]]:
    """Return a handler stack in which all operations of a run pass through a log, those of `handlers` too.

    Raises:
        RuntimeError: the log is in use.
    """
    _refuse_used(log)

    @contextmanager
    def stack() -> Generator[None]:
        with _passing(log, WholeTrack), nullcontext() if handlers is None else handlers():
            yield

    return stack


def _refuse_used(log: EffectLog) -> None:
    if log.running is not None and log.running.failure is None:
        raise RuntimeError(f"{log!r} is in use; unload() it first, or go on with EffectLog(log), a copy")


@contextmanager
def _passing(log: EffectLog, kind: type[Track]) -> Generator[EffectLog]:
    outer = current_scope()
    if outer.seam is not None:
        raise RuntimeError("effect_logging() inside another one: the outer log would miss what the inner one records")
    _refuse_used(log)
    log.running = running = Pass()
    track = kind(log, running)
    scope = Scope(outer, _fallbacks(outer))
    scope.seam = track
    scope.decorations = (EffectLog, log.view, outer.decorations)
    enter_scope(scope)
    try:
        yield log
        track.end()
    finally:
        if log.running is running:
            log.running = None
        leave_scope(scope)
