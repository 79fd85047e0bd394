from actors.runtime.actor cimport Actor
from supervisors.child cimport Child
cimport cython

cdef class Starts:
    cdef public Child child
    cdef public object greenlet
    cdef public object last
    cdef public Actor me
    cdef public object path
    cdef public object running
    cdef public object starter
    cdef public object timeout
    cdef public object timer

    @cython.locals(me=Actor, actor=Actor)
    cpdef start(self, Child child)
