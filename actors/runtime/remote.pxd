from actors.runtime.actor cimport Actor
cimport cython

cdef class Agent(Actor):
    cdef public RemoteCall call
    cdef public Actor principal_

cdef class RemoteCall:
    cdef public Agent agent
    cdef public object args
    cdef public bint done
    cdef public object error
    cdef public object fn
    cdef public bint given_up
    cdef public bint over
    cdef public object tell
    cdef public object unclaimed
    cdef public object value
    cdef public object waiter

    cpdef finish(self)

cpdef wait_for(RemoteCall call, Actor me, timeout, late)
