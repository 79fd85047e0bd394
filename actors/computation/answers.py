"""How a run answers the operations that wait: questions and notifications."""

from __future__ import annotations

from collections import deque
from typing import Any

from greenlet import getcurrent

from actors.computation.cancelling import Cancellable
from actors.computation.run import RUN_HANDLERS, Run
from actors.computation.transitions import Made
from actors.effects.asking import Notification, patience
from actors.effects.scope import current_scope, decorations_of
from actors.exits import KILLED, ActorExit
from actors.ops import Question
from actors.runtime.actor import TIMED_OUT, WAITING
from actors.runtime.worker import Worker


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
    me = asking_actor(question)
    if me.doom is not None:
        me.doom.checkpoint()
    run: Run = me.run
    data = decorations_of(scope) if (scope := current_scope()).decorations is not None else {}
    made = run.phase.ask.made
    if made is Made.SUSPEND:
        suspension = run.open(me, question, data)
        me.waiting = question
        me.activity = WAITING
        follow = run.publish(suspension)
        return await_answer(run, me, question, None if follow is None else follow.greenlet)
    if made is Made.QUEUED:
        if run.questions is None:
            run.questions = deque()
        run.questions.append((me, question, data))
        return await_answer(run, me, question, None)
    raise me.doom.error() if me.doom is not None else ActorExit(KILLED)


def await_answer(run: Run, me: Any, question: Question[Any], target: Any) -> Any:
    """Park until the answer comes."""
    timeout = patience.get()
    try:
        answer = run.scheduler.wait(me, question, timeout, target)
    except BaseException:
        run.withdraw(me)
        raise
    if answer is TIMED_OUT:
        run.withdraw(me)
        raise TimeoutError(f"no answer to {question!r} within {timeout} seconds")
    return answer


def tell_owner(op: Notification) -> None:
    """Send the owner a notice."""
    asking_actor(op).run.notice(op.value)


RUN_HANDLERS[Question] = suspend
RUN_HANDLERS[Notification] = tell_owner
