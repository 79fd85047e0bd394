cimport actors.runtime.native as native
cimport cython

cdef class Child:
    cdef public object actor
    cdef public object decisions
    cdef public object failures
    cdef public dict lines
    cdef public object restarts
    cdef public object retry
    cdef public double since
    cdef public object spec
    cdef public object started
    cdef public object told

    cpdef info(self)
    cpdef drop_actor(self)

@cython.locals(child=Child, made=list)
cpdef infos(children)
cpdef ref_of(started)
