cdef class Doom:
    cdef object __weakref__
    cdef public object actor
    cdef public bint held
    cdef public bint pending
    cdef public bint queued
    cdef public bint raised
    cdef public object reason
    cdef public object watch

    cpdef is_due(self)
    cpdef settled(self, reason)
