"""`TaskSupervisor`: tasks, temporary children that run one function each, and whose result is waited for."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextvars import copy_context
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar, TypeVarTuple

from actors import clock
from actors.children import ChildSpec, Restart, SpecError, checked_time
from actors.clock import Seconds
from actors.computation.options import DEFAULTS, Options, checked_options
from actors.computation.runner import AsyncComputation, Handlers
from actors.runtime import ActorRef, arguments, current
from actors.runtime.actor import Actor
from actors.runtime.current import current_actor
from actors.runtime.supervising import adopt
from actors.server import Server
from supervisors.asker import Asker, RunTask, Task, begin
from supervisors.child import Child
from supervisors.dynamic import DynamicSupervising
from supervisors.handle import Handle
from supervisors.keeper import REQUESTS
from supervisors.mapping import in_order
from supervisors.spec import Intensity, checked_count

if TYPE_CHECKING:
    from actors.runtime.background import BackgroundThread

T = TypeVar("T")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")

LIMIT: Final = 32  # items of a `map` that are in flight at a time, unless it says


class Tasking(DynamicSupervising):
    """The server behind a `TaskSupervisor`."""

    def __init__(self, starter: ActorRef, max_children: int | None) -> None:
        """Take who started it and the limit."""
        super().__init__(starter, Intensity(), max_children)
        self.askers: dict[Actor, Asker] = {}
        self.nobody = Asker(None, self.me, self.askers)

    def run_task(self, request: RunTask) -> Task:
        """Start a task."""
        spec = spec_of(name_of(request.fn), request.options.shutdown)
        self.check_room(spec.id)
        owner = self.nobody
        if request.options.link:
            owner = self.askers.get(request.asker) or Asker(request.asker, self.me, self.askers)
        child = Child(spec)
        child.started = child.actor = task = begin(request, owner, self.me)
        child.since = clock.monotonic()
        adopt(self.me, task)
        self.running[task] = child
        self.reports.started(child)
        return task


Tasking.handlers = REQUESTS | {RunTask: Tasking.run_task}


class TaskSupervisor(Handle):
    """A task supervisor, by its ref or its name; `start` starts one."""

    __slots__ = ()

    @staticmethod
    def start(
        *, max_children: int | None = None, name: str | None = None, on: BackgroundThread | None = None
    ) -> TaskSupervisor:
        """Start a supervisor without tasks and return it.

        It is linked with the caller and ends with it, whatever the reason; then, as on `stop`, its tasks are cancelled at
        once, and each has its own `shutdown` from then on.

        *Blocks until* it is ready.

        Args:
            max_children: how many tasks may be under way; None for no limit.
            name: register it under this name.
            on: the thread that it and its tasks belong to, `background()`; None for the caller's.

        Raises:
            SpecError: `max_children` is not a whole number from 1 up.
            NameTakenError: another live actor has the name.
        """
        checked_count("max_children", max_children, "no limit")
        return TaskSupervisor(Server.start(Tasking, current(), max_children, name=name, timeout=None, on=on))

    def run(
        self,
        fn: Callable[[*Ts], R],
        *args: *Ts,
        link: bool = True,
        deadline: float | None = None,
        shutdown: float | None = 5.0,
        handlers: Handlers | None = None,
    ) -> AsyncComputation[R]:
        """Start a task, and return its runner at once: `result(timeout)` waits for what `fn(*args)` returns.

        The caller gets no events. With `link`, the task is cancelled when the caller ends; if it crashes or is killed, the
        caller learns of it once: by what `result` raises, or, if it waits for anything else first, by the signal of a
        link. A task that asks is cancelled: nobody would answer. A task is never restarted; the supervisor's end
        cancels it.

        *Blocks until* the supervisor has started it.

        Args:
            fn: what to run, called with `args`; keyword arguments go through `functools.partial`.
            link: the caller and the task are linked, as above; without, neither's end concerns the other.
            deadline: seconds for the whole task, then it is cancelled with `DeadlineExceeded`.
            shutdown: seconds to leave its scopes after a cancel, then it is killed; None for no limit.
            handlers: called afresh for this task; returns the context manager that it runs in.

        Raises:
            MaxChildrenError: as many tasks are under way as there may be.
            SpecError: a time is negative or no number; it names the option.
            TypeError: `fn` cannot be called with `args`, or `handlers` is not callable.
            ServerExitedError: the supervisor has ended, or nobody has the name.
        """
        arguments.check_call(fn, args)
        task: AsyncComputation[R] = self.begin(fn, args, options_of(link, deadline, shutdown, handlers), link)
        return task

    def map(
        self, fn: Callable[[T], R], items: Iterable[T], *, limit: int | None = None, timeout: Seconds = None
    ) -> Generator[R]:
        """Return an iterator over `fn(item)` of each item, in the order of the items, several of them run at a time.

        It is lazy: at the first result it takes `limit` items, and then one for each result, so that no more than `limit`
        were taken and not given out. What one raises is raised at its place, as is what `items` raises; then those in
        flight are cancelled and waited for. One that is left early cancels them too, and does not wait; so does the end of
        whoever iterates.

        Each step *blocks until* the next result is there.

        Args:
            fn: what to run, as a task, with one argument.
            items: the arguments; taken by whoever iterates, where it iterates.
            limit: how many are in flight at a time; None for 32, and fewer if the supervisor has room for fewer.
            timeout: seconds for each item; None for no limit.

        Raises:
            SpecError: `limit` or `timeout` cannot be what it was given, or `items` is not iterable.
            TypeError: `fn` cannot be called with one argument.
            TaskTimeoutError: while iterating: an item took longer than `timeout`.
            MaxChildrenError: while iterating: the supervisor has no room for even one.
            CancelledError: while iterating: somebody has cancelled the task.
            ServerExitedError: while iterating: the supervisor has ended, or nobody has the name.
        """
        arguments.check_call(fn, (None,))
        checked_count("limit", limit, str(LIMIT))
        options = options_of(True, timeout, DEFAULTS.shutdown, None, deadline_name="timeout")
        try:
            source = iter(items)
        except TypeError:
            raise SpecError("items", items, "give a list, or anything else to iterate over") from None
        begin: Callable[[T], AsyncComputation[R]] = partial(self.begin_item, fn, options)
        return in_order(begin, source, LIMIT if limit is None else limit)

    def begin_item(self, fn: Callable[..., Any], options: Options, item: Any) -> AsyncComputation[Any]:
        """Start the task of one item, whose crash is no signal: it is raised at its place."""
        return self.begin(fn, (item,), options, False)

    def begin(
        self, fn: Callable[..., Any], args: tuple[Any, ...], options: Options, signals: bool
    ) -> AsyncComputation[Any]:
        """Have the supervisor start a task for the caller, with its context."""
        asker = current_actor()
        task: Any = self.ask(RunTask(fn, args, options, asker, copy_context(), signals))
        task.unawaited(asker)
        return task  # type: ignore[no-any-return]  # a `Task`


def options_of(
    link: bool, deadline: Any, shutdown: Any, handlers: Handlers | None, deadline_name: str = "deadline"
) -> Options:
    """Return the options of a task as one object.

    Raises:
        SpecError: a time is negative, or no number.
        TypeError: `handlers` is not callable.
    """
    if link and deadline is None and handlers is None and shutdown == DEFAULTS.shutdown:
        return DEFAULTS
    if deadline is not None:
        checked_time(deadline_name, deadline)
    if shutdown is not None:
        checked_time("shutdown", shutdown)
    return checked_options(link, handlers, deadline, shutdown)


def name_of(fn: Callable[..., Any]) -> str:
    """Return what a task is called."""
    while isinstance(fn, partial):
        fn = fn.func
    return str(getattr(fn, "__qualname__", type(fn).__qualname__))


@lru_cache(maxsize=256)
def spec_of(name: str, shutdown: float | None) -> ChildSpec[Any]:
    """Return what a task's supervisor knows of it."""
    return ChildSpec(name, once, Restart.TEMPORARY, shutdown=shutdown)


def once() -> NoReturn:
    """Refuse: a task is not started from its spec.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("a task is started once, with its own arguments")
