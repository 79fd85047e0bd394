from actors.durable.appends cimport Append
from actors.durable.appends cimport advanced
cimport cython

cdef class Head:
    cdef public object args
    cdef public set changed
    cdef public object last
    cdef public object no
    cdef public object row
    cdef public object stored_fence
    cdef public object stored_seq

cdef class Writing:
    cdef public object connection
    cdef public object file
    cdef public object hold
    cdef public object failure
    cdef public dict heads
    cdef public dict dirty
    cdef public list rows
    cdef public object next_entry
    cdef public object next_run

    @cython.locals(append=Append)
    cpdef _write(self, list jobs)
    cpdef head(self, run)
    @cython.locals(head=Head)
    cpdef append(self, Append append)
    cpdef _queue(self, run, entries, last)
    @cython.locals(head=Head, rows=list, dirty=dict, at=cython.Py_ssize_t, width=cython.Py_ssize_t)
    cpdef flush(self)
    @cython.locals(head=Head)
    cpdef _update(self, columns, list heads)
