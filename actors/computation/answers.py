"""How a run answers the operations that wait: questions and notifications."""

from __future__ import annotations

from typing import Any, NoReturn

from greenlet import getcurrent

from actors.computation.cancelling import CancelDoom, Cancellable
from actors.computation.run import RUN_HANDLERS, Run, next_token
from actors.computation.transitions import QUEUED, SUSPEND
from actors.effects.asking import Notification, patience
from actors.effects.scope import advisers, current_scope, decorations_of
from actors.exits import KILLED, ActorExit
from actors.ops import Question
from actors.outcomes import ComputationEvent, Suspend
from actors.runtime.actor import EMPTY, READY, RECEIVING, RUNNING, SIGNALLED, TIMED_OUT, WAITING
from actors.runtime.scheduler import switch
from actors.runtime.worker import WORKER, Worker

patience_now = patience.get

OWN_GREENLET = "a greenlet of your own inside a run; use parallel(...), whose children belong to the run"


def asking_actor(op: object) -> Any:
    """Return the run or branch that performs an operation.

    Raises:
        RuntimeError: a greenlet performs it that copied a run's context but is not of that run.
    """
    here = getcurrent()
    if type(here) is Worker and isinstance(here.actor, Cancellable):
        return here.actor
    raise RuntimeError(f"{op!r} performed in {OWN_GREENLET}")


def advice_in_own_greenlet() -> str | None:
    """Say what to do, in a greenlet of gevent's that was started inside a run: it has no scopes, nor a run."""
    spawner = getattr(getcurrent(), "spawning_greenlet", None)
    inside = None if spawner is None else spawner()
    if isinstance(inside, Worker) and isinstance(inside.actor, Cancellable):
        return f"This is {OWN_GREENLET}."
    return None


def suspend(question: Question[Any]) -> Any:
    """Suspend the run on a question and return the owner's answer: the common case, written out with its switch."""
    here: Any = getcurrent()
    actor: Any = here.actor if type(here) is WORKER else None
    if actor is None or not actor.is_run:  # a branch, or no part of a run
        return suspend_slowly(question)
    me: Any = actor
    step = me.phase.ask
    if step.made is not SUSPEND or me.doom is not None or patience_now() is not None:
        return suspend_slowly(question)
    if current_scope().decorations is not None:
        return suspend_slowly(question)
    suspension = Suspend(question, next_token(), {}, None, me)  # a call: where there is no room for one, it fails first
    try:
        me.phase = step.state
        me.asker = me
        me.activity = WAITING
        me.token = suspension.token
        reply = me.reply
        scheduler = me.scheduler
        me.since = scheduler.now
        if reply is not None and reply.waiting is me and reply.activity == WAITING and me.waiters is None:
            me.reply = None
            me.taken = 1
            me.outcome = reply.slot = suspension
            reply.activity = READY
            target = reply.greenlet
        else:
            target = published(me, suspension)
        switch(target)
        while me.activity != READY:  # pyright: ignore[reportUnnecessaryComparison]  # a stray wake-up
            switch(scheduler.hub)
    except BaseException:
        interrupted(me)
        raise
    me.activity = RUNNING
    answer, me.slot = me.slot, EMPTY
    if answer is SIGNALLED:
        signalled(me)
    return answer


def published(me: Run, suspension: Suspend) -> Any:
    """Publish a suspension that no sync call waits for; return the greenlet to switch to."""
    scheduler, owner = me.scheduler, me.owner_
    alone = scheduler.budget > 0 and not scheduler.ready
    if alone and owner.activity == RECEIVING and me.reply is None and me.waiters is None:
        scheduler.budget -= 1  # straight to the owner, past the empty queue: 6 % of a wizard by messages
        me.outcome = suspension
        me.taken = 0
        owner.slot = ComputationEvent(me.tag, suspension, me)
        owner.activity = READY
        return owner.greenlet
    follow = me.publish(suspension)
    return scheduler.next_target() if follow is None else follow.greenlet


def interrupted(me: Run) -> None:
    """Undo a suspension whose wait ended by an exception.

    What matters is done without a call, even a comparison: the exception may say that there is no room for one.
    """
    if me.asker is me and me.token is not None:
        me.phase = me.phase.withdraw.state
        me.token = me.asker = None
    if me.activity is not READY:
        me.activity = RUNNING
    me.scheduler.unpark(me)
    me.scheduler.waited(me)
    me.put_next_question()


def signalled(me: Run) -> NoReturn:
    """Raise the signal that a suspended run was woken for."""
    me.withdraw(me)
    if me.doom is not None:
        me.doom.checkpoint()
    refuse(me)


def suspend_slowly(question: Question[Any]) -> Any:
    """Suspend a run, or a branch of one, whatever the circumstances."""
    me = asking_actor(question)
    data = decorations_of(current_scope())  # the user's code: what follows must not have been looked at before it
    if me.doom is not None:
        me.doom.checkpoint()
    run: Run = me.run
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
        refuse(me)
    timeout = patience.get()
    try:
        answer = run.scheduler.wait(me, question, timeout, target)
    except BaseException:
        run.withdraw(me)
        raise
    if answer is TIMED_OUT:
        give_up(run, me, question, timeout)
    if answer is SIGNALLED:
        refuse(me)
    return answer


def refuse(me: Any) -> NoReturn:
    """Raise the signal in an ask, which is no clean-up; also behind a shield, that cannot make the owner answer."""
    run: Any = me.run
    if me.doom is None and isinstance(run.doom, CancelDoom):
        me.cancel_for(run.cause)  # a branch that the cancel has not come to yet: not in the middle of its clean-up
    doom = me.doom
    if doom is None:
        raise ActorExit(KILLED)
    if not doom.raised:
        doom.strike()
    raise doom.error()


def give_up(run: Run, me: Any, question: Question[Any], timeout: float | None) -> NoReturn:
    """End an ask whose time is over."""
    run.withdraw(me)
    raise TimeoutError(f"no answer to {question!r} within {timeout} seconds")


def tell_owner(op: Notification) -> None:
    """Send the owner a notice."""
    asking_actor(op).run.notice(op.value)


advisers.append(advice_in_own_greenlet)
RUN_HANDLERS[Question] = suspend
RUN_HANDLERS[Notification] = tell_owner
