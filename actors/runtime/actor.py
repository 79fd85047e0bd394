"""The actor: its address and its control block, which are one object.

`ActorRef` is what users see and type; `Actor` holds the fields that the machine room works on. One object for both saves
an allocation a spawn. Fields that few actors need live in `Ties`, made on first use.
"""

from __future__ import annotations

from collections import deque
from contextvars import Context, copy_context
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from actors.effects.scope import OUTSIDE, Handler, Scope
from actors.exits import KILLED, NORMAL, ActorExit, Crash, ExitReason, Normal, Shutdown
from actors.ops import HandlerKey
from actors.runtime import farewell
from actors.runtime.doom import Doom
from actors.runtime.inbox import deliver

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from greenlet import greenlet

    from actors.runtime.farewell import Awaited, Monitor
    from actors.runtime.registries import Registry
    from actors.runtime.scheduler import Scheduler

Activity: TypeAlias = int

NEW: Final = 0  # its body has not begun
READY: Final = 1  # woken: it stands in the ready queue, or is being switched to
RUNNING: Final = 2  # runs, or is blocked in something that is not ours: a socket, a lock, gevent.sleep
RECEIVING: Final = 3  # parked; any message wakes it
WAITING: Final = 4  # parked until whatever `waiting` names
ENDED: Final = 5  # its body is gone


# What every actor's body has in scope: the defaults outside, and what waits without blocking the thread.
ACTOR_HANDLERS: dict[HandlerKey, Handler] = {}
ACTOR_SCOPE = Scope(OUTSIDE, ACTOR_HANDLERS, leaf=True)


class Wakening:
    """What a parked actor is woken with when it is not a value."""


EMPTY: Final = Wakening()  # nothing
SIGNALLED: Final = Wakening()  # its doom is to be raised
TIMED_OUT: Final = Wakening()  # its time is over


class ActorRef:
    """The address of an actor: a plain value, safe to copy, compare, store and send."""

    __slots__ = ("__weakref__",)

    @property
    def alive(self) -> bool:
        """Whether the actor has not ended."""
        raise NotImplementedError

    @property
    def name(self) -> str | None:
        """The name it is registered under, if it is."""
        raise NotImplementedError

    def __copy__(self) -> ActorRef:
        """Return this ref: an address is never duplicated."""
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> ActorRef:
        """Return this ref: an address is never duplicated."""
        return self


class Ties:
    """What binds an actor to others, beyond the link to its spawner."""

    __slots__ = ("awaited", "children", "entries", "links", "monitoring", "name", "supervised", "traps")

    def __init__(self) -> None:
        """Begin without any."""
        self.links: dict[Actor, tuple[int, ...] | None] = {}  # to actors of other threads with the link's numbers
        self.children: dict[Actor, None] = {}  # the runs it owns
        self.monitoring: dict[Monitor, None] = {}
        self.awaited: dict[Awaited, None] = {}  # calls it was sent whose callers wait
        self.name: str | None = None
        self.supervised: dict[Actor, None] | None = None  # those that end when it ends, whatever they do
        self.entries: dict[Registry, dict[Hashable, None]] | None = None  # the keys it stands under
        self.traps = False


class Actor(ActorRef):
    """An actor's control block; only the machine room touches it, and only in its own thread."""

    __slots__ = (
        "activity",
        "args",
        "body",
        "context",
        "doom",
        "ended_as",
        "greenlet",
        "mailbox",
        "monitors",
        "peer",
        "reason",
        "scheduler",
        "since",
        "slot",
        "ties",
        "timeout",
        "timer",
        "waiting",
    )

    root: Scope = ACTOR_SCOPE  # what its body begins in
    foreign = False  # stands for a greenlet that the runtime did not start
    is_run = False
    asks = False  # is a run, or a branch of one

    def __init__(self, body: Callable[..., Any] | None, args: tuple[Any, ...], scheduler: Scheduler) -> None:
        """Take what to run; the context is copied from whoever makes it."""
        self.prepare(body, args, scheduler)

    def prepare(self, body: Callable[..., Any] | None, args: tuple[Any, ...], scheduler: Scheduler) -> None:
        """Be new."""
        self.body = body
        self.args = args
        self.scheduler = scheduler
        self.activity: Activity = NEW
        self.context: Context | None = copy_context()
        self.greenlet: greenlet | None = None
        self.since = -1.0  # when it last parked: the start of that round of the hub
        self.slot: Any = EMPTY  # what it was woken with
        self.waiting: Any = None
        self.timeout: float | None = None
        self.timer: Any = None
        self.mailbox: deque[Any] | None = None  # an empty deque is 760 bytes, and most actors never need one
        self.doom: Doom | None = None
        self.reason: ExitReason | None = None
        self.peer: Actor | None = None  # the spawner, as long as the two are linked
        self.monitors: list[Monitor] | None = None
        self.ties: Ties | None = None

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.reason is None

    @property
    def name(self) -> str | None:
        """The name it is registered under."""
        return self.ties.name if self.ties else None

    @property
    def principal(self) -> Actor:
        """Whom it acts for: itself, unless it stands in for an actor of another thread."""
        return self

    def __repr__(self) -> str:
        """Name the body, and the reason if it ended."""
        what = self.name or self.label()
        ended = "" if self.reason is None else f" ended {self.reason}"
        return f"<{type(self).__name__} {what} {id(self):#x}{ended}>"

    def label(self) -> str:
        """Return the name of what it runs, or ran."""
        if self.body is None:
            return str(getattr(self, "ended_as", ""))
        return str(getattr(self.body, "__qualname__", ""))

    def tied(self) -> Ties:
        """Return its ties, made now if need be."""
        if self.ties is None:
            self.ties = Ties()
        return self.ties

    # How its body ended. Each returns the actor to switch to at once, if there is one.

    def returned(self, value: Any) -> Actor | None:
        """The body returned."""
        if self.doom is not None or self.reason is not None:
            self.over(NORMAL)
            return None
        self.activity = ENDED
        self.greenlet = None
        self.conclude(NORMAL)
        return None

    def threw(self, error: BaseException) -> Actor | None:
        """The body raised."""
        self.over(Crash(error))
        return None

    def left(self, reason: ExitReason) -> Actor | None:
        """The body was unwound by a signal, or raised `ActorExit` itself."""
        self.over(reason)
        return None

    def over(self, reason: ExitReason) -> None:
        """Its body is gone; a signal that was raised in it has the last word on the reason."""
        self.activity = ENDED
        self.greenlet = None
        doom = self.doom
        if doom is not None:
            reason = doom.settled(reason)
        if self.reason is None:
            self.conclude(reason, heard=doom is not None and doom.raised)

    def conclude(self, reason: ExitReason, heard: bool = False) -> None:
        """It is dead from now on: tell who is tied to it; `heard`: the crash is another's, already reported."""
        self.reason = reason
        body = self.body
        nameless = self.ties is None or self.ties.name is None
        self.ended_as = body.__qualname__ if nameless and type(body) is FunctionType else self.name or self.label()
        self.body = self.context = None
        self.args = ()
        farewell.say(self, reason, heard=heard)

    def before_receiving(self) -> None:
        """Refuse to receive where no message can come.

        Raises:
            ActorExit: it was killed, and its body goes on.
        """
        if self.reason is not None:
            raise ActorExit(KILLED)

    def is_leaving(self) -> bool:
        """Tell whether it was told to end, or is about to be."""
        return self.doom is not None

    # What others do to it.

    def deliver(self, message: Any) -> None:
        """Give it a message: at once if it is receiving, else queued."""
        if self.activity == RECEIVING:
            self.scheduler.wake(self, message)
        elif self.mailbox is not None and self.reason is None:
            self.mailbox.append(message)
        else:
            self.take(message)

    def signalled(self, source: ActorRef, reason: ExitReason) -> None:
        """Give it an exit signal: a message if it traps exits, else its end, unless the reason is `Normal`.

        The signal of its supervisor cannot be trapped.
        """
        if self.reason is not None:
            return
        if self.ties is not None and self.ties.traps and not farewell.supervises(source, self):
            self.deliver(farewell.Exit(source, reason))
        elif not isinstance(reason, Normal):
            self.struck(source, reason)

    def take(self, message: Any) -> None:
        """Queue a message that found it not receiving."""
        if self.reason is not None:
            farewell.dead_letter(self, message)
        elif self.mailbox is None:
            self.mailbox = deque((message,))
        else:
            self.mailbox.append(message)

    def sent(self, message: Any, timeout: float | None) -> None:
        """Take a message that was sent with a timeout, for which only a bounded mailbox has a use."""
        self.take(message)

    def sent_from_abroad(self, message: Any, timeout: float | None) -> None:
        """Take a message that was sent from another thread, where this is called."""
        inbox = self.scheduler.inbox
        inbox.calls.append((deliver, (self, message)))  # `post`, written out
        if inbox.closed or not inbox.waking:
            inbox.posted()

    def arriving(self) -> Activity:
        """Return the activity in which it waits for a message while others are queued that it does not want."""
        return RECEIVING

    def struck(self, source: ActorRef, reason: ExitReason) -> None:
        """An exit signal arrived that it does not trap."""
        if self.doom is None:
            self.scheduler.interrupt(self, Doom(self, reason))

    def raising(self, doom: Doom) -> None:
        """Its doom is about to be raised in it, for the first time."""

    def killed(self) -> None:
        """It is dead for everybody at once, while its body may still be leaving."""
        if self.reason is None:
            if self.activity == READY and self.waiting is None and not isinstance(self.slot, Wakening):
                self.mailbox = deque((self.slot, *(self.mailbox or ())))  # handed over, and not received
            self.conclude(KILLED)

    def owner_ended(self, reason: ExitReason) -> None:
        """The actor that owns it has ended; only runs are owned."""

    def supervisor_ended(self, supervisor: ActorRef, reason: ExitReason) -> None:
        """The actor that supervises it has ended: so does it, linked or not."""
        if self.reason is None and self.doom is None:
            self.struck(supervisor, Shutdown("its supervisor ended") if isinstance(reason, Normal) else reason)

    def timed_out(self) -> None:
        """The time limit of its wait has passed."""
        self.timer = None
        self.timeout = None  # a receive that was just given a message it does not want sees by this that it is over
        if self.activity in (RECEIVING, WAITING):
            self.scheduler.wake(self, TIMED_OUT)
