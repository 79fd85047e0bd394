"""Servers: actors that reply. `call` and `cast`, and `Server`, the behaviour of requests and replies."""

from actors.server.behaviour import Server
from actors.server.calling import Call, Cast, call, cast, reply
from actors.server.faults import (
    AlreadyRepliedError,
    CallingSelfError,
    CallTimeoutError,
    ServerExitedError,
    StartTimeoutError,
)
from actors.server.requests import Continue, NoReply, Reply, Request, Stop
from actors.server.system import get_state, pause, unpause

__all__ = [
    "AlreadyRepliedError",
    "Call",
    "CallTimeoutError",
    "CallingSelfError",
    "Cast",
    "Continue",
    "NoReply",
    "Reply",
    "Request",
    "Server",
    "ServerExitedError",
    "StartTimeoutError",
    "Stop",
    "call",
    "cast",
    "get_state",
    "pause",
    "reply",
    "unpause",
]
