"""`actors run`: one run, driven to its end by whoever sits at the terminal or has written the pipe."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NoReturn, Protocol, cast

from gevent.exceptions import LoopExit

from actors.computation import AsyncComputation, NotSuspendedError, StaleTokenError
from actors.console.answers import InputEnded, Line, Lines, Wanted, meant, reading, standard_input
from actors.console.faults import described
from actors.console.jsonlines import JsonLines, standard_output_kept
from actors.console.loading import HandlerStack, NotRunnable, TurnedOut
from actors.console.screen import Screen
from actors.durable.notices import Detached, Parked
from actors.durable.store_faults import StoreUnavailableError
from actors.ops import prompt_of
from actors.outcomes import Cancelled, Completed, ComputationEvent, FinalOutcome, Notify, Suspend, Throw
from actors.runtime import ActorRef, current, kill, receive, send, spawn
from actors.runtime.interrupts import interrupts

COMPLETED, FAILED, SIGNALLED = 0, 1, 128  # exit codes; to the last one the signal's number is added

Found = Callable[[], Callable[..., object]]
FoundHandlers = Callable[[], HandlerStack]


class Display(Protocol):
    """Who shows a run."""

    def question(self, suspend: Suspend) -> None:
        """Put a question."""
        ...

    def answer(self, text: str | None) -> None:
        """The question is over, with this answer from the input, or without one."""
        ...

    def withdrawn(self, suspend: Suspend) -> None:
        """A question waits no more for its answer."""
        ...

    def notice(self, value: object) -> None:
        """Show a notification."""
        ...

    def final(self, outcome: FinalOutcome) -> None:
        """Show how the run ended."""
        ...

    def left(self, outcome: Throw) -> None:
        """Show that the computation ended the program, by SystemExit or KeyboardInterrupt."""
        ...

    def complain(self, text: str) -> None:
        """Show a remark that is no event of the run."""
        ...

    def close(self) -> None:
        """Leave the terminal in order."""
        ...


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Ctrl-C was pressed, or SIGTERM came."""

    signal: int


class Left(Exception):
    """Nobody answers here any more, and the run is to go on another time."""


class Passing:
    """Runs that live as long as this process."""

    leaving = "cleaning up"

    def start(
        self,
        stack: ExitStack,
        display: Display,
        fn: Callable[..., object],
        args: tuple[str, ...],
        handlers: HandlerStack | None,
    ) -> AsyncComputation[object]:
        """Start a run, which ends with the stack.

        Raises:
            NotRunnable: it does not take these arguments.
        """
        del display
        # The cast says that the number of arguments is not known here.
        start = cast("Callable[..., AsyncComputation[object]]", AsyncComputation.start)
        try:
            return stack.enter_context(start(fn, *args, handlers=handlers))
        except TypeError as error:
            raise NotRunnable(str(error)) from None

    def leave(self, runner: AsyncComputation[object], reason: str) -> None:
        """Nobody answers any more: end the run."""
        runner.cancel(reason)


PASSING = Passing()


class Session:
    """One run, the reader of its answers, and the display that shows it; lives in the main greenlet."""

    def __init__(
        self,
        runner: AsyncComputation[object],
        display: Display,
        lines: Lines,
        reader: ActorRef,
        kind: Passing = PASSING,
    ) -> None:
        """Take the parts; the run has been started, and so has the `reader` of the `lines`."""
        self.kind = kind
        self.runner = runner
        self.display = display
        self.lines = lines
        self.reader = reader
        self.open: Suspend | None = None  # the question shown last
        self.wanted = False  # the reader was asked for a line
        self.spare: Line | InputEnded | None = None  # what it read, and no question has taken yet
        self.code = FAILED  # if the run ends as cancelled

    def drive(self) -> int:
        """Show events and give answers until the run has ended; return the exit code."""
        while True:
            match receive():
                case ComputationEvent(_, Suspend() as suspend, runner) if runner is self.runner:
                    self.put(suspend)
                case ComputationEvent(_, Notify(value), runner) if runner is self.runner:
                    self.notice(value)
                case ComputationEvent(_, Completed() | Throw() | Cancelled() as outcome, runner) if runner is self.runner:
                    return self.ended(outcome)
                case ComputationEvent(_, notice, runner) if runner is self.runner:
                    self.detached(notice)
                case Line() | InputEnded() as found:
                    self.wanted = False
                    self.spare = found
                    self.withdraw()
                    self.answer()
                case Interrupted(number):
                    self.interrupted(number)
                case _:
                    pass  # a message that the user's code sent to the main greenlet

    def put(self, suspend: Suspend) -> None:
        """Show a question and get its answer."""
        self.withdraw()
        self.open = suspend
        self.display.question(suspend)
        self.answer()

    def notice(self, value: object) -> None:
        """Show a notification."""
        self.withdraw()
        self.display.notice(value)

    def withdraw(self) -> None:
        """If the question shown last waits no more, tell so, and drop what was typed for it at a terminal."""
        if self.open is None or self.is_open(self.open):
            return
        withdrawn, self.open = self.open, None
        self.display.withdrawn(withdrawn)
        if self.lines.forget():
            self.spare = None
            self.drop_read()

    def drop_read(self) -> None:
        """Drop what the reader has sent and is not looked at yet."""
        try:
            receive(0, match=is_read)
        except TimeoutError:
            return
        self.wanted = False

    def answer(self) -> None:
        """Answer the open question with what was read, or have something read."""
        suspend = self.open
        if suspend is None or not self.is_open(suspend):
            return
        found, self.spare = self.spare, None
        if isinstance(found, Line):
            self.open = None
            self.display.answer(found.text)
            self.resume(suspend, found)
        elif isinstance(found, InputEnded):
            self.display.answer(None)
            self.open = None
            self.display.complain(f"the input ended while this question was open: {prompt_of(suspend.value)}")
            self.kind.leave(self.runner, "the input ended")
        elif not self.wanted:
            self.wanted = True
            send(self.reader, Wanted())

    def is_open(self, suspend: Suspend) -> bool:
        """Tell whether a question still waits for its answer; it may have been withdrawn."""
        return self.runner.state == "suspended" and self.runner.outcome is suspend

    def resume(self, suspend: Suspend, line: Line) -> None:
        """Give an answer; a `parse` that fails, other than by refusing it, ends the run."""
        try:
            self.runner.resume(meant(suspend.value, line.text), token=suspend.token)
        except (NotSuspendedError, StaleTokenError):
            self.spare, self.open = line, suspend
            self.withdraw()
        except StoreUnavailableError as error:
            self.display.complain(f"this answer was not taken: {described(error)}")
            self.kind.leave(self.runner, "its store failed")
        except Exception as error:  # `parse` is the user's code
            self.display.complain(f"this answer cannot be parsed: {described(error)}")
            self.kind.leave(self.runner, f"parse failed: {error!r}")

    def detached(self, notice: object) -> NoReturn:
        """Tell that the run is live no more, although it has not ended.

        Raises:
            Left: always.
        """
        self.withdraw()
        match notice:
            case Parked(error):
                self.display.complain(f"the code no longer fits what the run has done: {error}")
            case Detached(reason):
                self.display.complain(f"the run was unloaded: {reason}")
            case other:
                self.display.complain(f"the run is live no more: {other}")
        raise Left

    def interrupted(self, number: int) -> None:
        """Cancel the run, for Ctrl-C or SIGTERM."""
        self.code = SIGNALLED + number
        self.open = None
        reason = "interrupted" if number == signal.SIGINT else "terminated"
        self.display.complain(f"{reason}: {self.kind.leaving}; Ctrl-C again gives up at once")
        self.kind.leave(self.runner, reason)

    def ended(self, outcome: FinalOutcome) -> int:
        """Show the end; return the exit code.

        Raises:
            SystemExit: the computation raised it; its code is the exit code.
            KeyboardInterrupt: the computation raised it.
            TurnedOut: its handler stack is none, or it does not take its arguments.
        """
        self.withdraw()
        if isinstance(outcome, Throw) and isinstance(outcome.error, TurnedOut):
            raise outcome.error
        if isinstance(outcome, Throw) and isinstance(outcome.error, SystemExit | KeyboardInterrupt):
            self.display.left(outcome)
            raise outcome.error
        self.display.final(outcome)
        match outcome:
            case Completed():
                return COMPLETED
            case Throw():
                return FAILED
            case Cancelled():
                return self.code


def is_read(message: object) -> bool:
    """Tell whether a message is from the reader."""
    return isinstance(message, Line | InputEnded)


def run_to_the_end(
    computation: Found,
    args: tuple[str, ...],
    *,
    handlers: FoundHandlers | None,
    as_json: bool,
    debug: bool,
    kind: Passing = PASSING,
) -> int:
    """Find a computation, run it here, and return the exit code.

    *Blocks until* the run has ended.

    Args:
        computation: finds the function to run.
        args: what to give it.
        handlers: finds the function that returns its handler stack.
        as_json: show events as lines of JSON.
        debug: show tracebacks.
        kind: how the run is started, and left.

    Raises:
        NotRunnable: something is not there, or does not take these arguments, or the handler stack is none.
        SystemExit: the computation raised it.
    """
    with ExitStack() as stack:
        # Before the user's modules are imported: they may print.
        out = stack.enter_context(standard_output_kept()) if as_json else None
        display: Display = Screen(debug=debug) if out is None else JsonLines(out, debug=debug)
        stack.callback(display.close)
        fn = computation()
        handler_stack = None if handlers is None else handlers()
        stack.enter_context(interrupts(current(), Interrupted, lambda number: give_up(display, number)))
        runner = kind.start(stack, display, fn, args, handler_stack)
        lines = standard_input()
        reader = spawn(reading, lines, current(), link=False)
        stack.callback(kill, reader)
        return driven(Session(runner, display, lines, reader, kind))


def driven(session: Session) -> int:
    """Drive a session to its end, also one that cannot get there."""
    try:
        return session.drive()
    except Left:
        return session.code
    except LoopExit:
        session.display.complain("it waits for something that can never come: no timer, no file and no actor is left")
        return session.ended(session.runner.cancel_sync("waits for ever", timeout=None))


def give_up(display: Display, number: int) -> NoReturn:
    """End the process, without clean-up, because of a signal."""
    try:
        display.close()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(SIGNALLED + number)
