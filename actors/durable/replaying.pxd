from actors.durable.rows cimport Past
from actors.durable.rows cimport Recalled
from actors.durable.turns cimport Turns
cimport cython

cdef class Replaying:
    cdef public dict at
    cdef public dict cancels
    cdef public object failure
    cdef public dict marks
    cdef public object on_cancel
    cdef public object order
    cdef public bint performing
    cdef public Turns turns

    cpdef remember(self, Past past)
    cpdef check(self)
    @cython.locals(found=Recalled)
    cpdef recall(self, where, form, op)
    cpdef meet(self, number, op)
    cpdef meet_cancels(self)
    cpdef wait(self, number, op, interruptible=*)
    cpdef to_the_end(self, op)
    @cython.locals(found=Recalled)
    cpdef left_over(self, got)
    cpdef diverge(self, where, expected, got)
    cpdef end(self)
