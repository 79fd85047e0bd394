from actors.runtime.actor cimport Actor
from actors.runtime.limits cimport TimeLimits

cdef class Signals(TimeLimits):
    cdef public list abandoned

    cpdef push(self, Actor actor)
    cpdef wake(self, Actor actor, value)
