from actors.runtime.actor cimport Actor

cdef class Cancellable(Actor):
    cdef public object leaving_

cpdef release(error)
