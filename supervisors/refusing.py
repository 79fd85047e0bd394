"""What becomes of a call that waits already, for a supervisor that has come to wait for the end of its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors.runtime.actor import WAITING
from actors.server.calling import Call, reply
from supervisors.errors import SupervisorStoppingError
from supervisors.handle import Refused, Withdrawn
from supervisors.oneself import who_waits_for

if TYPE_CHECKING:
    from actors.runtime.actor import Actor


def refuse_call(supervisor: Actor, child: Actor) -> None:
    """Refuse the call of a child that was just told to end, if it waits for its supervisor or for one further up.

    Another had told it to end before, or it holds the signal off; else that has ended its wait.
    """
    if child.scheduler is not supervisor.scheduler:
        for call in list(supervisor.tied().awaited):
            if type(call) is Call and call.caller is not None and call.caller.principal is child:
                refuse(call, supervisor, child)
        return
    waited_for: Any = child.waiting
    if child.activity != WAITING or type(waited_for) is not Call:
        return
    above = who_waits_for(child)
    while above is not None:
        if waited_for.awaited is above.tied().awaited:
            refuse(waited_for, above, child)
            return
        above = who_waits_for(above)


def refuse(call: Call, supervisor: Actor, child: Actor) -> None:
    """Refuse a call that may stand in the supervisor's mailbox; what it asks is not done later."""
    reply(call, Refused(SupervisorStoppingError(supervisor, child)))
    call.request = Withdrawn()
    call.reason = None  # so that another reply is a late one
