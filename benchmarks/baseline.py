"""The opponent: actors and runners as one writes them in idiomatic gevent. Frozen; every ratio means this module.

A `gevent.Greenlet` with a `SimpleQueue` as its mailbox, `AsyncResult` for replies and gevent's timeouts. It has no
links, monitors, tokens, scopes or contexts: it does less than `actors`. It may be made faster, never slower.
"""

from collections.abc import Callable
from typing import Any, cast

import gevent
from gevent import Greenlet, getcurrent
from gevent.event import AsyncResult
from gevent.queue import SimpleQueue


class Suspend:
    """A computation that waits for an answer to `value`."""

    __slots__ = ("data", "value")

    def __init__(self, value: Any, data: Any = None) -> None:
        self.value = value
        self.data = data


class Throw:
    """A computation that ended by `error`."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


class Cancelled:
    """A computation that was cancelled because of `reason`."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Cancel(BaseException):
    """The signal that unwinds a cancelled computation."""

    def __init__(self, reason: str) -> None:
        BaseException.__init__(self, reason)
        self.reason = reason


class Actor(Greenlet):  # type: ignore[type-arg]  # not subscriptable at run time
    """A greenlet with a mailbox that tells its owner, or the sync call that waits, how it ended."""

    def __init__(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        owner: "Actor | None",
        tag: object,
        reply: "AsyncResult[Any] | None" = None,
    ) -> None:
        Greenlet.__init__(self)  # pyright: ignore[reportUnknownMemberType]  # the stub is generic, see above
        self.fn = fn
        self.fn_args = args
        self.owner = owner
        self.tag = tag
        self.mailbox: SimpleQueue[Any] = SimpleQueue()
        self.answers: Any = None  # a SimpleQueue from the first question on
        self.reply = reply
        self.children: set[Actor] | None = None
        self.on_exit: Callable[[Actor, Any], None] | None = None
        if owner is not None:
            if owner.children is None:
                owner.children = set()
            owner.children.add(self)

    def _run(self) -> None:
        result: Any
        try:
            result = self.fn(*self.fn_args)
        except Cancel as signal:
            result = Cancelled(signal.reason)
        except Exception as error:
            result = Throw(error)
        children = self.children
        if children:
            for child in list(children):
                child.kill(Cancel("owner ended"), block=False)
        owner = self.owner
        if owner is not None and owner.children is not None:
            owner.children.discard(self)
        if self.on_exit is not None:
            self.on_exit(self, result)
        elif self.reply is not None:
            reply = self.reply
            self.reply = None
            reply.set(result)
        elif owner is not None:
            owner.mailbox.put((self.tag, result))


current = cast(Callable[[], Actor], getcurrent)
"""The running actor. Everything here but `run` is called inside one."""


def run(fn: Callable[[], Any]) -> Any:
    """Run `fn` in an actor and return what it returns. Blocks until then."""
    result: AsyncResult[Any] = AsyncResult()
    Actor(fn, (), None, "main", result).start()
    outcome = result.get()
    if isinstance(outcome, Throw):
        raise outcome.error
    return outcome


def spawn(
    fn: Callable[..., Any], *args: Any, tag: object = None, on_exit: Callable[[Actor, Any], None] | None = None
) -> Actor:
    """Start an actor whose end comes to the caller as the message `(tag, result)`, or goes to `on_exit`."""
    actor = Actor(fn, args, current(), tag)
    actor.on_exit = on_exit
    actor.start()
    return actor


def send(actor: Actor, message: Any) -> None:
    """Put a message in an actor's mailbox."""
    actor.mailbox.put(message)


def receive() -> Any:
    """Take the next message. Blocks until there is one."""
    return current().mailbox.get()


def receive_within(timeout: float) -> Any:
    """Take the next message, or raise `gevent.queue.Empty` after `timeout` seconds. Blocks until then."""
    return current().mailbox.get(True, timeout)


def call(server: Actor, request: Any, timeout: float = 5.0) -> Any:
    """Send `(reply, request)` and return the answer. Blocks until it is there."""
    result: AsyncResult[Any] = AsyncResult()
    server.mailbox.put((result, request))
    return result.get(timeout=timeout)


def reply(result: "AsyncResult[Any]", value: Any) -> None:
    """Answer one call."""
    result.set(value)


def ask(question: Any) -> Any:
    """Suspend this computation on `question` and return the answer. Blocks until it is resumed."""
    me = current()
    outcome = Suspend(question)
    if me.answers is None:
        me.answers = SimpleQueue()
    waiting = me.reply
    if waiting is not None:
        me.reply = None
        waiting.set(outcome)
    elif me.owner is not None:
        me.owner.mailbox.put((me.tag, outcome))
    return me.answers.get()


def start_sync(fn: Callable[..., Any], *args: Any, tag: object = None, timeout: float = 5.0) -> tuple[Actor, Any]:
    """Start a computation and return it with the outcome of its first leg. Blocks until then."""
    result: AsyncResult[Any] = AsyncResult()
    actor = Actor(fn, args, current(), tag, result)
    actor.start()
    return actor, result.get(timeout=timeout)


def resume_sync(actor: Actor, answer: Any, timeout: float = 5.0) -> Any:
    """Answer the open question and return the next outcome. Blocks until then."""
    result: AsyncResult[Any] = AsyncResult()
    actor.reply = result
    actor.answers.put(answer)
    return result.get(timeout=timeout)


def resume(actor: Actor, answer: Any) -> None:
    """Answer the open question; the next outcome comes to the owner as a message."""
    actor.answers.put(answer)


def cancel(actor: Actor) -> None:
    """Unwind a computation; its owner is told `Cancelled`."""
    actor.kill(Cancel("cancelled"), block=False)


def pause() -> None:
    """Let the others run."""
    gevent.sleep(0)
