from actors.computation.run cimport Run
from actors.runtime.actor cimport Actor
from actors.runtime.inbox cimport Inbox
from actors.runtime.scheduler cimport Scheduler
cimport cython

cdef class Courier(Actor):
    cdef public object error
    cdef public bint known
    cdef public object outcome
    cdef public Run run
    cdef public object token
    cdef public object value
    cdef public Actor waiter

    @cython.locals(inbox=Inbox)
    cpdef leg(self, begin, timeout)
    @cython.locals(scheduler=Scheduler)
    cpdef wait(self, Actor me, timeout)
    @cython.locals(waiter=Actor, scheduler=Scheduler)
    cpdef arrived(self)
    @cython.locals(scheduler=Scheduler)
    cpdef follow(self, Actor actor)
    @cython.locals(inbox=Inbox)
    cpdef tell(self)
