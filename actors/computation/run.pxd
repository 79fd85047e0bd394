from actors.runtime.actor cimport Actor
from actors.computation.cancelling cimport Cancellable
from actors.computation.transitions cimport State, Step
from actors.runtime.scheduler cimport Scheduler
from actors.runtime.actor cimport Ties
cimport cython
cdef class Run(Cancellable):
    cdef public Actor asker
    cdef public object options
    cdef public object outcome
    cdef public Actor owner_
    cdef public State phase
    cdef public object questions
    cdef public Actor reply
    cdef public object tag
    cdef public bint taken
    cdef public object timer_
    cdef public object token
    cdef public object waiters

    @cython.locals(owner=Actor, scheduler=Scheduler)
    cpdef publish(self, outcome)
    cpdef publish_to(self, Actor reply, outcome)
    cpdef returned(self, value)
    @cython.locals(owner=Actor, called=Actor, ties=Ties)
    cpdef publish_final(self, outcome, reason)
