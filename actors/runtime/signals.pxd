from actors.runtime.actor cimport Actor
from actors.runtime.doom cimport Doom
from actors.runtime.limits cimport TimeLimits
cimport cython

cdef class Signals(TimeLimits):
    cdef public list abandoned

    cpdef push(self, Actor actor)
    cpdef wake(self, Actor actor, value)
    cpdef interrupt(self, Actor actor, Doom doom)
    @cython.locals(actor=Actor)
    cpdef deliver(self, Doom doom)
