cimport cython

cdef class Scope:
    cdef public object decorations, handlers, seam
    cdef public bint leaf
    cdef public Scope outer
    cdef public dict table

@cython.locals(scope=Scope)
cpdef perform(op)
