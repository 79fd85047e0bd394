from actors.runtime.actor cimport Actor
from actors.runtime.actor cimport Ties
from actors.runtime.farewell cimport Monitor
from actors.runtime.scheduler cimport Scheduler
cimport cython

cdef class Parting(Monitor):
    @cython.locals(me=Actor, child=Actor)
    cpdef tell(self, reason)
    @cython.locals(me=Actor, child=Actor, scheduler=Scheduler)
    cpdef wait(self, seconds)
    @cython.locals(me=Actor)
    cpdef receiver_ended(self, reason)

cdef class PartingAbroad(Parting):
    cdef public object watch

@cython.locals(ties=Ties)
cpdef adopt(Actor me, Actor child)
@cython.locals(ties=Ties)
cpdef released(Actor supervisor, Actor child)
cpdef undo(Actor one, Actor two)
cpdef parting_with(Actor me, Actor child)
