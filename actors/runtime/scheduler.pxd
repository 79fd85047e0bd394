from actors.runtime.actor cimport Actor
from actors.runtime.limits cimport TimeLimits
cimport cython

cdef class Scheduler(TimeLimits):
    cdef public list abandoned
    cdef public object again
    cdef public int budget
    cdef public object hub
    cdef public list pool
    cdef public object pool_limit
    cdef public object ready
    cdef public object thread
    cdef public set workers

    cpdef kick(self)
    cpdef push(self, Actor actor)
    cpdef wake(self, Actor actor, value)
    @cython.locals(actor=Actor)
    cpdef next_target(self)
