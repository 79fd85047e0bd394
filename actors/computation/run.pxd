cimport actors.computation.cancelling as cancelling
from actors.computation.cancelling cimport Cancellable
from actors.computation.transitions cimport State, Step
cimport actors.runtime.farewell as farewell
cimport actors.runtime.native as native
from actors.runtime.actor cimport Actor, Ties
from actors.runtime.turns cimport Turns
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
    cdef public int taken
    cdef public object timer_
    cdef public object token
    cdef public object waiters

    @cython.locals(ties=Ties)
    cpdef fill(self, fn, args, Actor owner, tag, options)
    @cython.locals(owner=Actor, scheduler=Turns)
    cpdef publish(self, outcome)
    cpdef publish_to(self, Actor reply, outcome)
    cpdef answered(self, value)
    cpdef returned(self, value)
    cpdef threw(self, error)
    cpdef left(self, reason)
    cpdef over(self, reason)
    cpdef raising(self, doom)
    cpdef deliver(self, message)
    cpdef take(self, message)
    cpdef finish(self, outcome, reason)
    @cython.locals(owner=Actor, called=Actor, ties=Ties)
    cpdef publish_final(self, outcome, reason)
