"""The server that most tests call, and a record of what it was given."""

from typing import Any

from actors.exits import ExitReason
from actors.server import Call, Continue, NoReply, Reply, Request, Server, Stop


class Boom(Exception):
    """An error that a test raises on purpose."""


class Push(Request[int]):
    item: object


class Pop(Request[object]):
    pass


class Answered(Server):
    """Does with each request what the request says: a directive is returned, an exception raised, a function called."""

    def __init__(self, log: list[Any] | None = None) -> None:
        self.log: list[Any] = [] if log is None else log
        self.items: list[object] = []
        self.calls: list[Call] = []

    def handle_call(self, request: Any, call: Call) -> Any:
        self.log.append(request)
        match request:
            case Push(item):
                self.items.append(item)
                return len(self.items)
            case Pop():
                return self.items.pop()
            case "later":
                self.calls.append(call)
                return NoReply()
            case BaseException():
                raise request
            case Stop() | Reply() | NoReply() | Continue():
                return request
            case _ if callable(request):
                return request(call)
            case _:
                return request

    def handle_cast(self, request: Any) -> Continue | Stop | None:
        self.log.append(("cast", request))
        if isinstance(request, BaseException):
            raise request
        return request if isinstance(request, Continue | Stop) else None

    def handle_info(self, message: Any) -> Continue | Stop | None:
        self.log.append(("info", message))
        return message if isinstance(message, Continue | Stop) else None

    def handle_continue(self, value: Any) -> Continue | Stop | None:
        self.log.append(("continue", value))
        if isinstance(value, BaseException):
            raise value
        return value if isinstance(value, Continue | Stop) else None

    def terminate(self, reason: ExitReason) -> None:
        self.log.append(("terminate", reason))
