from actors.computation.run cimport Run
from actors.runtime.actor cimport Actor
from actors.runtime.scheduler cimport Scheduler
cimport cython

cdef class Followed(Run):
    @cython.locals(scheduler=Scheduler)
    cpdef hand_over(self, Actor me, Actor to, timeout)
    cpdef call_from(self, Actor me, target, timeout)
    @cython.locals(scheduler=Scheduler)
    cpdef call(self, Actor me, target, timeout)
