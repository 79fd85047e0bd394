"""Who starts the tree of an application, and who sees to its end.

The `Guardian` is an actor and not the caller, so that the tree ends with nobody but itself, whichever greenlet started
it. The `Stopper` keeps the time while it stops; nothing of the tree can hold it up but what holds its whole thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actors import clock, telemetry
from actors.clock import Seconds
from actors.exits import ExitReason, Shutdown
from actors.runtime import ActorRef, Down, Exit, current, kill, monitor, receive, send, send_exit, spawn, trap_exits
from actors.runtime.arguments import addressed
from actors.runtime.closing import LOOK
from actors.runtime.current import current_actor
from actors.runtime.remote import remotely
from actors.runtime.scheduler import get_ident
from actors.runtime.worker import Worker
from actors.server import Server, Stop
from actors.telemetry import Level
from supervisors.errors import StartStoppedError
from supervisors.handle import ended
from supervisors.starts import end_start
from supervisors.stopping import Limit, Order, Path
from supervisors.supervisor import Supervisor

if TYPE_CHECKING:
    from actors.runtime.actor import Actor

HEARING: Final = 0.5  # seconds that a supervisor has to hear that it is to end, once the time is over
LEAVING: Final = 1.0  # seconds that the killed have to leave


class Tree:
    """One life of an application's tree, from its start to its end; shared by all who have to do with it."""

    __slots__ = ("begin", "ended", "guardian", "name", "order", "own", "reason", "root", "seconds", "stopper", "watched")

    def __init__(
        self,
        name: str,
        begin: Callable[[], Supervisor],
        seconds: Seconds,
        ended: Callable[[ExitReason], object] | None,
        own: tuple[Path, ...] = (),
    ) -> None:
        """Take the application's name, what starts the root, how long it may take to stop, and who hears of its end.

        `own` are the places of children that the user has not made, whose end is nobody's concern.
        """
        self.name = name
        self.begin = begin
        self.seconds = seconds
        self.ended = ended
        self.own = own
        self.stopper: ActorRef | None = None
        self.watched = False  # by its stopper
        self.guardian: ActorRef | None = None
        self.root: Supervisor | None = None
        self.order: Order | None = None  # to stop
        self.reason: ExitReason | None = None  # the root's

    @property
    def killed(self) -> tuple[Path, ...]:
        """Who was killed when it was stopped."""
        late, forced = self.killed_by_cause()
        return late + forced

    def killed_by_cause(self) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Return who was killed because the time was over, and who at the second signal."""
        if self.order is None:
            return (), ()
        limit = self.order.limit
        before = len(limit.killed) if limit.forced is None else limit.forced[0]
        late, forced = (
            tuple(path for path in part if path not in self.own) for part in (limit.killed[:before], limit.killed[before:])
        )
        return late, forced


class Guardian(Server):
    """Starts the tree, and hears of its end."""

    def __init__(self, tree: Tree) -> None:
        """Take the tree."""
        self.tree = tree

    def init(self) -> None:
        """Start it."""
        trap_exits(True)
        tree = self.tree
        tree.guardian = current()
        if tree.order is not None:
            raise StartStoppedError(tree.name, tree.order)
        try:
            tree.root = tree.begin()
        except Exception as error:
            telemetry.report("debug", "application did not start", application=tree.name, error=error, exc_info=error)
            raise
        telemetry.report("debug", "application started", application=tree.name, supervisor=tree.root.ref)

    def handle_info(self, message: Any) -> Stop | None:
        """Pass the order to stop on to the root, and end with it."""
        root = self.tree.root
        assert root is not None
        if type(message) is not Exit:
            super().handle_info(message)
        elif message.ref is root.ref:
            self.root_ended(message.reason)
            return Stop()
        elif isinstance(message.reason, Shutdown) and isinstance(message.reason.detail, Order):
            send_exit(root.ref, message.reason)
        return None

    def root_ended(self, reason: ExitReason) -> None:
        """Note why, and tell whoever wants to know that it was of its own accord."""
        tree = self.tree
        tree.reason = reason
        level: Level = "warning" if tree.killed else "debug"
        telemetry.report(level, "application stopped", application=tree.name, reason=reason, killed=tree.killed)
        if tree.ended is not None and tree.order is None:
            try:
                tree.ended(reason)
            except Exception as error:
                telemetry.report("error", "application callback failed", application=tree.name, error=error, exc_info=error)


class StopNow:
    """Told to a `Stopper`: end the tree, in order at first, by force the second time."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        """Take why."""
        self.why = why


class Stopper:
    """The body of the actor that stops a tree when it is told to, within so many seconds."""

    def __init__(self, tree: Tree, say: Callable[[str], object]) -> None:
        """Take the tree, and who is told what goes on."""
        self.tree = tree
        self.seconds = tree.seconds
        self.say = say
        self.limit = Limit()

    def __call__(self) -> None:
        """Wait until there is something to do, do it, and leave when the tree has ended."""
        self.begin(receive().why)
        until = None if self.seconds is None else clock.monotonic() + self.seconds
        while True:
            left = HEARING if self.limit.over else None if until is None else max(0.0, until - clock.monotonic())
            try:
                message = receive(left)
            except TimeoutError:
                message = None
            if isinstance(message, Down):
                break
            self.force(message)
        self.see_out()

    def begin(self, why: str) -> None:
        """Have the tree told."""
        tree = self.tree
        order = tree.order = tree.order or Order(why, Limit())
        self.limit = order.limit
        limit = "" if self.seconds is None else f" within {self.seconds} s"
        self.say(f"application {tree.name!r} stops in order{limit}, because of {why}; once more kills what is left")
        if tree.guardian is None:
            return
        self.tree.watched = True
        monitor(tree.guardian)
        send_exit(tree.guardian, Shutdown(order))
        end_start(addressed(tree.guardian if tree.root is None else tree.root.ref), order)

    def force(self, message: object) -> None:
        """Time is over, or somebody has no more of it: end the waits, and then whoever keeps the tree from ending."""
        tree, limit = self.tree, self.limit
        if isinstance(message, StopNow):
            limit.force()
            return
        if not limit.over:
            limit.end_waits()
            return
        limit.end_deaf()
        assert tree.guardian is not None
        root: Actor | None = None if tree.root is None else addressed(tree.root.ref)
        if root is None or (root.reason is None and root not in limit.heard):
            limit.killed.append(())
            limit.kill_tree(addressed(tree.guardian) if root is None else root)

    def see_out(self) -> None:
        """Let the killed leave, who have ended for everybody else already, but not for ever."""
        me = current_actor()
        until = clock.monotonic() + LEAVING
        while any(map(is_leaving, self.limit.bodies)) and clock.monotonic() < until:
            me.scheduler.wait(me, LEAVING, LOOK)
        self.limit.forget()


def is_leaving(actor: Actor) -> bool:
    """Tell whether the body of an actor is still there."""
    worker: Any = actor.greenlet
    return isinstance(worker, Worker) and worker.actor is actor and not worker.abandoned


def stop(tree: Tree, why: str) -> None:
    """Stop a tree, unless it is being stopped, and wait for its end."""
    guardian = tree.guardian
    if guardian is None or not guardian.alive:
        return
    if tree.order is None:
        tree.order = Order(why, Limit())
        if tree.stopper is None:
            tree.stopper = spawn_beside(addressed(guardian), Stopper(tree, len))
        send(tree.stopper, StopNow(why))
    ended(guardian, None)
    dismiss_stopper(tree)


def dismiss_stopper(tree: Tree) -> None:
    """Have a tree's stopper leave, whether or not it had anything to do."""
    stopper, tree.stopper = tree.stopper, None
    if stopper is not None:
        if not tree.watched:
            kill(stopper)
        ended(stopper, None)


def spawn_beside(other: Actor, body: Callable[[], None]) -> ActorRef:
    """Start an actor, linked with nobody, in the thread of another."""
    if other.scheduler.thread == get_ident():
        return spawn(body, link=False)
    ref: ActorRef = remotely(other.scheduler, partial(spawn, body, link=False))
    return ref
