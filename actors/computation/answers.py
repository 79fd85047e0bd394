"""How a run answers the operations that wait: questions and notifications."""

from __future__ import annotations

from typing import Any, NoReturn

from greenlet import getcurrent

from actors.computation.cancelling import Cancellable
from actors.computation.run import RUN_HANDLERS, Run
from actors.computation.transitions import QUEUED, SUSPEND
from actors.effects.asking import Notification, patience
from actors.effects.scope import current_scope, decorations_of
from actors.exits import KILLED, ActorExit
from actors.ops import Question
from actors.runtime.actor import TIMED_OUT, WAITING
from actors.runtime.worker import WORKER, Worker


def asking_actor(op: object) -> Any:
    """Return the run or branch that performs an operation.

    Raises:
        RuntimeError: a greenlet performs it that copied a run's context but is not of that run.
    """
    here = getcurrent()
    if type(here) is Worker and isinstance(here.actor, Cancellable):
        return here.actor
    raise RuntimeError(
        f"{op!r} performed in a greenlet of your own inside a run; use parallel(...), whose children belong to the run"
    )


def suspend(question: Question[Any]) -> Any:
    """Suspend the run on a question and return the owner's answer."""
    here: Any = getcurrent()
    me: Any = here.actor if type(here) is WORKER else None
    if me is None or not me.asks:
        me = asking_actor(question)
    if me.doom is not None:
        me.doom.checkpoint()
    run: Run = me if me.is_run else me.run
    scope = current_scope()
    data: dict[Any, Any] = {} if scope.decorations is None else decorations_of(scope)
    target = None
    made = run.phase.ask.made
    if made is SUSPEND:
        suspension = run.open(me, question, data)
        me.waiting = question
        me.activity = WAITING
        follow = run.publish(suspension)
        if follow is not None:
            target = follow.greenlet
    elif made is QUEUED:
        run.queue_question(me, question, data)
    else:
        raise me.doom.error() if me.doom is not None else ActorExit(KILLED)
    timeout = patience.get()
    try:
        answer = run.scheduler.wait_in_run(me, question, timeout, target)
    except BaseException:
        run.withdraw(me)
        raise
    if answer is TIMED_OUT:
        give_up(run, me, question, timeout)
    return answer


def give_up(run: Run, me: Any, question: Question[Any], timeout: float | None) -> NoReturn:
    """End an ask whose time is over."""
    run.withdraw(me)
    raise TimeoutError(f"no answer to {question!r} within {timeout} seconds")


def tell_owner(op: Notification) -> None:
    """Send the owner a notice."""
    asking_actor(op).run.notice(op.value)


RUN_HANDLERS[Question] = suspend
RUN_HANDLERS[Notification] = tell_owner
