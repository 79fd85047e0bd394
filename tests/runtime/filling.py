"""What the tests of bounded mailboxes share: a receiver that is held up, and senders that say what they have sent."""

from collections.abc import Callable
from typing import Any

import gevent

from actors.runtime import (
    ActorRef,
    receive,
    send,
    spawn,
)
from tests.runtime.watching import control


def held_up(start: object = "start") -> None:
    """Take nothing until told to, and nothing after that."""
    receive(match=lambda message: message is Ellipsis)


def bounded(most: int, body: Callable[..., Any] = held_up, *args: Any) -> ActorRef:
    return spawn(body, *args, link=False, mailbox=most)


def sender(to: ActorRef, *messages: Any, done: list[Any] | None = None) -> ActorRef:
    """An actor that sends these one after another and notes each that went."""

    def body() -> None:
        for message in messages:
            try:
                send(to, message)
            except gevent.Timeout:
                return
            if done is not None:
                done.append(message)

    return spawn(body, link=False)


def queued(ref: ActorRef) -> list[Any]:
    return list(control(ref).mailbox or ())
