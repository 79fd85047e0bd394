from actors.runtime.actor cimport Actor
from actors.runtime.signals cimport Signals
cimport cython

cdef class Scheduler(Signals):
    cdef public object again
    cdef public bint dozes
    cdef public object drains
    cdef public object high_water
    cdef public object inbox
    cdef public double lent
    cdef public int pace
    cdef public object room
    cdef public object switches
    cdef public set workers

    @cython.locals(actor=Actor)
    cpdef next_target(self)
    cpdef greenlet_of(self, Actor actor, bint from_hub=*)
    cpdef park(self, Actor me, target)
    cpdef park_foreign(self, Actor me, target)
    cpdef unpark(self, Actor me)
    cpdef waited(self, Actor me)
    cpdef wait(self, Actor me, what, timeout=*, target=*)
    cpdef woken_with(self, Actor me)
