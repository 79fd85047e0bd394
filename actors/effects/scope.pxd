from actors.effects.outward cimport Outward
cimport cython

cdef class Scope:
    cdef public object decorations, handlers, seam, source
    cdef public bint leaf
    cdef public Scope outer
    cdef public dict table

@cython.locals(scope=Scope, outward=Outward)
cpdef perform(op)
