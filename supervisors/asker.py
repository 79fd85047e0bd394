"""Tasks: runs whose result their asker waits for, and whose events nobody gets.

A task is owned in its supervisor's thread by an `Asker`, which stands for whoever asked for it: it ends when that does,
so that the task is cancelled, and passes on a crash as the signal of a link. The asker learns of a crash once: where it
waits for the outcome, or by the signal at the first wait for anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

from actors.clock import Seconds
from actors.computation.options import Options
from actors.computation.runner import AsyncComputation
from actors.exits import KILLED, Crash, ExitReason, Killed
from actors.outcomes import Cancelled, ComputationEvent, Suspend, Throw
from actors.runtime import native
from actors.runtime.actor import ENDED, READY, WAITING, Actor
from actors.runtime.current import current_actor
from actors.runtime.scheduler import get_ident
from actors.server import Request

Base: Any = AsyncComputation  # a compiled method is overridden without `super()`


class RunTask(Request["AsyncComputation[Any]"]):
    """Start a task for an actor."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    options: Options
    asker: Actor
    context: Context
    signals: bool
    """Whether a crash that nobody waits for reaches the asker."""


class Task(AsyncComputation[Any]):
    """The run of a task."""

    __slots__ = ("awaited", "held", "signals")

    signals: bool
    awaited: bool  # its asker waits for its start, or for an outcome, or has that: no signal is to come meanwhile
    held: ExitReason | None  # a signal that did not come for that reason

    def ending(self, timeout: Seconds) -> Any:
        """Return the final outcome, waiting for it."""
        return self.while_awaited(Base.ending, timeout)

    def next_untaken(self, timeout: Seconds) -> Any:
        """Return the next outcome that was not yet taken."""
        return self.while_awaited(Base.next_untaken, timeout)

    def while_awaited(self, wait: Callable[..., Any], timeout: Seconds) -> Any:
        """Wait for an outcome; if it is the asker that waits, no signal comes of it besides."""
        asker: Actor | None = getattr(self.owner_, "asker", None)
        if asker is None or asker is not current_actor():
            return wait(self, timeout)
        self.awaited = True
        try:
            return wait(self, timeout)
        except BaseException:  # it does not have it: its time is over, or a signal of another came
            self.unawaited(asker)
            raise

    def unawaited(self, asker: Actor) -> None:
        """The asker does not wait for it any more, and does not know its outcome; called by the asker."""
        self.awaited = False
        reason, self.held = self.held, None
        if reason is not None:
            asker.scheduler.inbox.post(tell, asker, self, reason)


class Asker(Actor):
    """The owner of the tasks of one asker; of nobody's, where `asker` is None."""

    __slots__ = ("asker", "known", "supervisor")

    def __init__(self, asker: Actor | None, supervisor: Actor, known: dict[Actor, Asker]) -> None:
        """Take whom it stands for, in whose thread, and where that keeps it."""
        super().__init__(None, (), supervisor.scheduler)
        self.context = None
        self.activity = WAITING  # for nothing
        self.asker = asker
        self.supervisor = supervisor
        self.known = known
        if asker is not None:
            self.bind(asker)

    def bind(self, asker: Actor) -> None:
        """End when the asker ends, and when the supervisor does."""
        self.known[asker] = self
        self.supervisor.tied().children[self] = None
        if asker.scheduler is self.scheduler:
            enlist(asker, self)
        else:
            asker.scheduler.inbox.post(enlist, asker, self)

    def take(self, message: Any) -> None:
        """Take the event of a task: nobody answers what it asks, and a crash may be a signal."""
        if not isinstance(message, ComputationEvent):
            return
        task = message.runner
        match message.outcome:
            case Suspend(value=question):
                task.cancel(f"a task asked {question!r}, which nobody answers; use AsyncComputation.start, and answer it")
            case Throw(error):
                self.signal(task, Crash(error))
            case Cancelled(reason=Killed()):
                self.signal(task, KILLED)
            case _:
                pass

    def signal(self, task: Task, reason: ExitReason) -> None:
        """Give the asker the exit signal of a task, later: by then it may wait for it."""
        if self.asker is not None and task.signals:
            self.asker.scheduler.inbox.post(tell, self.asker, task, reason)

    def owner_ended(self, reason: ExitReason) -> None:
        """The asker has ended, in whose thread this is called, or the supervisor, in its own: end too."""
        if self.scheduler.thread == get_ident():
            self.finish(reason)
        else:
            self.scheduler.inbox.post(self.finish, reason)

    def finish(self, reason: ExitReason) -> None:
        """End, and with it the tasks; in its own thread."""
        asker = self.asker
        if self.reason is not None or asker is None:
            return
        self.activity = ENDED
        self.known.pop(asker, None)
        if self.supervisor.ties is not None:
            self.supervisor.ties.children.pop(self, None)
        if asker.scheduler is self.scheduler:
            strike(asker, self)
        else:
            asker.scheduler.inbox.post(strike, asker, self)
        self.conclude(reason, heard=True)

    def __repr__(self) -> str:
        """Show whom it stands for."""
        return f"<Asker for {self.asker}>"


def tell(asker: Actor, task: Task, reason: ExitReason) -> None:
    """Give an asker the exit signal of a task, if it waits for something else than its outcome; in the asker's hub."""
    if asker.reason is not None:
        return
    if task.awaited:
        task.held = reason
    elif asker.activity == READY:  # it is about to run, and may be about to wait for it
        asker.scheduler.loop.run_callback(tell, asker, task, reason)
    else:
        asker.signalled(task, reason)


def enlist(asker: Actor, owner: Asker) -> None:
    """Have an asker's end told to the owner of its tasks; in the asker's thread."""
    if asker.reason is None:
        asker.tied().children[owner] = None
    else:
        owner.owner_ended(asker.reason)


def strike(asker: Actor, owner: Asker) -> None:
    """Have it told no more; in the asker's thread."""
    if asker.ties is not None:
        asker.ties.children.pop(owner, None)


def begin(request: RunTask, owner: Asker, supervisor: Actor) -> Task:
    """Make a task that is linked with its supervisor, where this is called; it begins at the next switch."""
    task: Task = native.blank(Task)
    task.signals, task.awaited, task.held = request.signals, True, None
    task.fill(request.fn, request.args, owner, None, request.options)
    task.context = request.context
    task.peer = supervisor
    supervisor.tied().links[task] = None
    task.bind()
    supervisor.scheduler.push(task)
    return task
