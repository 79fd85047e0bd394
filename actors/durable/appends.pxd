cimport actors.runtime.native as native
from actors.runtime.tickets cimport Ticket
cimport cython

cdef class Append(Ticket):
    cdef public bint begun
    cdef public object changes
    cdef public bint cut
    cdef public object entries
    cdef public object fence
    cdef public object queue
    cdef public object run
    cdef public object size
    cdef public object taken
    cdef public bint withdrawn

@cython.locals(size=cython.Py_ssize_t)
cpdef checked_entries(run, entries)
@cython.locals(size=cython.Py_ssize_t)
cpdef checked_changes(changes)
@cython.locals(types=tuple)
cpdef Py_ssize_t checked_column(column, value) except -1
@cython.locals(size=cython.Py_ssize_t)
cpdef checked_run(run, entries)
@cython.locals(values=list)
cpdef advanced(row, Append append)
