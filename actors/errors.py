"""Every error of this library, beside what it derives from.

    ActorsError
    ├── NoHandlerError (LookupError)         an operation that nothing in scope handles
    ├── NotSuspendedError (RuntimeError)     an answer for a run that does not wait for one
    │   └── FinishedError                    … because it has ended
    ├── StaleTokenError (RuntimeError)       an answer to a suspension that is over
    ├── LegTimeoutError (TimeoutError)       a sync call whose outcome did not come in time
    ├── CancelledError                       the result of a run that was cancelled
    ├── NoSuchActorError (LookupError)       linking or monitoring the dead
    ├── LinkedExitError                      an actor linked to a greenlet of yours ended
    ├── NameTakenError (ValueError)          a name that belongs to another actor
    ├── KeyTakenError (ValueError)           a key of a registry that belongs to another actor
    ├── NotRegisteredError (LookupError)     a value to be updated where the actor is not registered
    ├── DeadlockError (gevent's LoopExit)    a wait that nobody is left to end
    ├── MailboxFullError                     a message that a bounded mailbox had no room for
    ├── ThreadHeldError (RuntimeError)       an actor that the watchdog interrupted
    ├── TooManyActorsError (RuntimeError)    an actor that was not begun, because of the limit
    ├── ServerExitedError                    a call whose server has ended
    ├── CallTimeoutError (TimeoutError)      a call whose reply did not come in time
    ├── StartTimeoutError (TimeoutError)     a server that was not ready in time
    ├── CallingSelfError (RuntimeError)      a call to oneself
    ├── AlreadyRepliedError (RuntimeError)   a second reply to one call
    ├── ClosedError (RuntimeError)           the runtime of a thread was used after it was closed
    ├── RunExistsError (ValueError)          a durable run under an id that its store has already
    ├── NoSuchRunError (LookupError)         a durable run that its store does not have
    ├── FencedError (RuntimeError)           a write by somebody who does not hold the run any more
    ├── OutOfSequenceError (RuntimeError)    entries that do not follow the last one of their run
    ├── MessageTakenError (LookupError)      an inbox message that is not there to be taken
    ├── WithdrawnError (RuntimeError)        an append that was withdrawn before it was written
    ├── DamagedError (ValueError)            stored bytes that are not those that were written
    ├── StoreUnavailableError (OSError)      a store that cannot write or read now
    ├── StoreHeldError (RuntimeError)        a store's file that another one holds
    ├── NotHolderError (PermissionError)     what only the store that holds the file may do
    ├── StoreFormatError (ValueError)        a file that is no store, or one of a newer version
    └── StoreClosedError (RuntimeError)      a store that was used after it was closed

Bad arguments raise `TypeError` and `ValueError`; timeouts of `receive` and `ask` the built-in `TimeoutError`.
"""

from actors.computation import CancelledError, FinishedError, LegTimeoutError, NotSuspendedError, StaleTokenError
from actors.durable.store_faults import (
    DamagedError,
    FencedError,
    MessageTakenError,
    NoSuchRunError,
    NotHolderError,
    OutOfSequenceError,
    RunExistsError,
    StoreClosedError,
    StoreFormatError,
    StoreHeldError,
    StoreUnavailableError,
    WithdrawnError,
)
from actors.effects import NoHandlerError
from actors.exits import ActorsError, LinkedExitError, NoSuchActorError
from actors.runtime import (
    ClosedError,
    DeadlockError,
    KeyTakenError,
    MailboxFullError,
    NameTakenError,
    NotRegisteredError,
    ThreadHeldError,
    TooManyActorsError,
)
from actors.server import (
    AlreadyRepliedError,
    CallingSelfError,
    CallTimeoutError,
    ServerExitedError,
    StartTimeoutError,
)

__all__ = [
    "ActorsError",
    "AlreadyRepliedError",
    "CallTimeoutError",
    "CallingSelfError",
    "CancelledError",
    "ClosedError",
    "DamagedError",
    "DeadlockError",
    "FencedError",
    "FinishedError",
    "KeyTakenError",
    "LegTimeoutError",
    "LinkedExitError",
    "MailboxFullError",
    "MessageTakenError",
    "NameTakenError",
    "NoHandlerError",
    "NoSuchActorError",
    "NoSuchRunError",
    "NotHolderError",
    "NotRegisteredError",
    "NotSuspendedError",
    "OutOfSequenceError",
    "RunExistsError",
    "ServerExitedError",
    "StaleTokenError",
    "StartTimeoutError",
    "StoreClosedError",
    "StoreFormatError",
    "StoreHeldError",
    "StoreUnavailableError",
    "ThreadHeldError",
    "TooManyActorsError",
    "WithdrawnError",
]
