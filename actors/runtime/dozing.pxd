# `scheduler` imports this module: of a scheduler only what its bases hold has types here.
from actors.runtime.actor cimport Actor
from actors.runtime.inbox cimport Inbox
from actors.runtime.signals cimport Signals
cimport cython

@cython.locals(inbox=Inbox)
cpdef bint has_work(Signals scheduler)
cpdef bint is_alone(Signals scheduler)
@cython.locals(inbox=Inbox, draining=cython.bint)
cpdef doze(Signals scheduler, Actor me, timeout)
@cython.locals(inbox=Inbox)
cpdef doze_in_hub(Signals scheduler)
