cimport actors.runtime.native as native
from actors.runtime.actor cimport Actor

cdef class Doom:
    cdef object __weakref__
    cdef public Actor actor
    cdef public bint held
    cdef public bint pending
    cdef public bint queued
    cdef public bint raised
    cdef public object reason
    cdef public object watch

    cpdef is_due(self)
    cpdef error(self)
    cpdef settled(self, reason)
    cpdef checkpoint(self)
    cpdef prepare(self)
    cpdef must_raise(self)
