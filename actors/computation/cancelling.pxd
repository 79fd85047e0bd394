cimport actors.runtime.native as native
from actors.runtime.actor cimport Actor
cimport cython

cdef class Cancellable(Actor):
    cdef public object leaving_

    cpdef raising(self, doom)
    cpdef struck(self, source, reason)

cpdef release(error)
@cython.locals(trace=native.TracebackType)
cpdef let_go(error)
