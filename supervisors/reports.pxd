from actors.runtime.actor cimport Actor
from actors.telemetry cimport OncePerSecond
from supervisors.child cimport Child
cimport cython

cdef class Reports:
    cdef public bint is_child
    cdef public dict lines
    cdef public object path
    cdef public dict shared
    cdef public object supervisor

    cpdef started(self, Child child)
    cpdef ended(self, Child child, ref, reason)
    cpdef restarted(self, Child child, alone=*)
    cpdef stopped(self, Child child, ref, reason)
    @cython.locals(lines=OncePerSecond, child=Child, actor=Actor, now=double, at=cython.Py_ssize_t)
    cpdef all_stopped(self, list stopped)
    cpdef about(self, Child child)
    cpdef line(self, Child child, event, level=*)

cpdef OncePerSecond line(dict lines, event, level=*)
