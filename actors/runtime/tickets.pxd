from actors.runtime.actor cimport Actor
from actors.runtime.scheduler cimport Scheduler
cimport cython

cdef class Ticket:
    cdef object __weakref__
    cdef public bint done
    cdef public object error
    cdef public object value
    cdef public tuple waiters

    @cython.locals(me=Actor, scheduler=Scheduler)
    cpdef _wait(self, timeout)
    @cython.locals(scheduler=Scheduler)
    cpdef _park(self, Actor me, timeout)

@cython.locals(ticket=Ticket, waiter=Actor, woken=dict)
cpdef hand_over(tickets)
@cython.locals(ticket=Ticket, waiter=Actor)
cpdef _wake(waits)
