"""Requests and what a server's handlers may return: values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from actors.exits import NORMAL, ExitReason
from actors.ops import Op

R_co = TypeVar("R_co", covariant=True)

ABSENT: Final[Any] = object()


class Request(Op[R_co], abstract=True):
    """What one calls a server with to get an `R`; subclasses are frozen dataclasses, like every operation.

    `class Push(Request[int]): item: str` makes `call(stack, Push("a"))` an `int` to the type checkers. Any other value may
    be a request too; its reply is `Any`. Being an operation it can also be performed, where a handler turns it into a call.
    """

    __slots__ = ()


class Directive:
    """What a handler of a server returns when it is more than a reply: `Reply`, `NoReply`, `Continue` or `Stop`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Continue(Directive):
    """Run `handle_continue(value)` next, before anything that is queued."""

    value: Any = None


@dataclass(frozen=True, slots=True)
class Reply(Directive):
    """From `handle_call`: reply `value` and then continue; a plain reply is just returned."""

    value: Any
    then: Continue | None = None


@dataclass(frozen=True, slots=True)
class NoReply(Directive):
    """From `handle_call`: no reply yet; somebody will use `reply(call, value)`, or has."""

    then: Continue | None = None


@dataclass(frozen=True, slots=True)
class Stop(Directive):
    """End the server with this reason, after `terminate`; `reply` is what a `handle_call` that stops replies.

    Without `reply` the caller gets `ServerExitedError`. The reply comes when the server has ended.
    """

    reason: ExitReason = NORMAL
    reply: Any = ABSENT
