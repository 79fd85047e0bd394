from actors.runtime.actor cimport Actor
from actors.runtime.actor cimport Ties
from actors.runtime.scheduler cimport Scheduler
from supervisors.child cimport Child
from supervisors.reports cimport Reports
cimport cython

cdef class Starts:
    cdef public Child child
    cdef public object greenlet
    cdef public object last
    cdef public Actor me
    cdef public object path
    cdef public dict running
    cdef public object starter
    cdef public object timeout
    cdef public object timer

    cpdef start_each(self, specs, Reports reports, dict children)
    @cython.locals(child=Child)
    cpdef start_new(self, spec, Reports reports)
    @cython.locals(me=Actor, actor=Actor, ties=Ties, scheduler=Scheduler)
    cpdef start(self, Child child)
