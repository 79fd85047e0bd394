"""The actor runtime: actors, mailboxes, links, monitors, exits, names and registries."""

from actors.exits import (
    ActorExit,
    Crash,
    ExitReason,
    Killed,
    LinkedExitError,
    Normal,
    NoSuchActorError,
    Shutdown,
    is_abnormal,
)
from actors.runtime import timing  # noqa: F401  # pyright: ignore[reportUnusedImport]  # it answers `Within`
from actors.runtime.actor import ActorRef
from actors.runtime.background import BackgroundThread, background
from actors.runtime.bounded import MailboxFullError
from actors.runtime.closing import close
from actors.runtime.current import actor, current
from actors.runtime.deadlock import DeadlockError
from actors.runtime.farewell import Down, Exit, Monitor, dead_letters
from actors.runtime.figures import Statistics, set_limits, statistics
from actors.runtime.inbox import ClosedError
from actors.runtime.inspecting import ActorInfo, RunInfo, inspect_actor, zombies
from actors.runtime.limits import TooManyActorsError
from actors.runtime.links import demonitor, kill, link, monitor, register, send_exit, trap_exits, unlink, unregister
from actors.runtime.mailbox import receive, send
from actors.runtime.offloading import offload
from actors.runtime.registries import Entry, KeyTakenError, NotRegisteredError, Registry
from actors.runtime.registry import NameTakenError, whereis
from actors.runtime.spawning import give_way, spawn
from actors.runtime.watchdog import ThreadHeldError, Watchdog, watchdog

__all__ = [
    "ActorExit",
    "ActorInfo",
    "ActorRef",
    "BackgroundThread",
    "ClosedError",
    "Crash",
    "DeadlockError",
    "Down",
    "Entry",
    "Exit",
    "ExitReason",
    "KeyTakenError",
    "Killed",
    "LinkedExitError",
    "MailboxFullError",
    "Monitor",
    "NameTakenError",
    "NoSuchActorError",
    "Normal",
    "RunInfo",
    "NotRegisteredError",
    "Registry",
    "Shutdown",
    "Statistics",
    "ThreadHeldError",
    "TooManyActorsError",
    "Watchdog",
    "actor",
    "background",
    "close",
    "current",
    "dead_letters",
    "demonitor",
    "give_way",
    "inspect_actor",
    "is_abnormal",
    "kill",
    "link",
    "monitor",
    "offload",
    "receive",
    "register",
    "send",
    "send_exit",
    "set_limits",
    "spawn",
    "statistics",
    "trap_exits",
    "unlink",
    "unregister",
    "watchdog",
    "whereis",
    "zombies",
]
