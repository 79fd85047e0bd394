"""Stopping children one after the other: the common case in one loop, and all else as the supervisor does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors.computation.supervised import SupervisedRun
from actors.runtime.supervising import Parting, released

if TYPE_CHECKING:
    from actors.clock import Seconds
    from actors.exits import ExitReason
    from supervisors.child import Child


def stop_in_turn(keeper: Any, children: list[Child], reason: ExitReason) -> None:
    """Stop running children of `keeper`, a supervisor's server: the last of them first, each before the next is told.

    *Blocks until* all have ended: each leaves within its time, or is killed.

    Raises:
        ActorExit: the supervisor is told to end meanwhile; what was not stopped yet runs.
    """
    me = keeper.me
    in_order = keeper.order is not None
    for child in reversed(children):
        grace = child.grace
        actor = child.actor
        assert actor is not None
        if in_order or grace == 0 or actor.scheduler is not me.scheduler or isinstance(child.started, SupervisedRun):
            keeper.part(child, keeper.tell(child, reason, grace), grace, grace)
        else:
            stop_worker(keeper, child, reason, grace)


def stop_worker(keeper: Any, child: Child, reason: ExitReason, grace: Seconds) -> None:
    """Stop a child of this thread that is no run: what `Keeper.tell` and `Keeper.part` come to."""
    me = keeper.me
    actor = child.actor
    assert actor is not None
    child.actor = None
    del keeper.running[actor]
    reports = keeper.reports
    parting = Parting(me, actor)
    parting.tell(reason)
    try:
        if not parting.wait(grace):
            reports.overrun(child, actor, grace)
            parting.kill()
    except BaseException:
        keeper.keep(child, actor)
        raise
    released(me, actor)
    reports.stopped(child, actor, actor.reason)
