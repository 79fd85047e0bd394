from actors.runtime.actor cimport Actor
from actors.runtime.actor cimport Ties
cimport cython

cdef class Exit:
    cdef public object ref
    cdef public object reason

cdef class Monitor:
    cdef public object watcher
    cdef public object ref

    cpdef receiver_ended(self, reason)

cdef class Down:
    cdef public object monitor
    cdef public object ref
    cdef public object reason

@cython.locals(ties=Ties)
cpdef watch(Actor watcher, Actor actor)
@cython.locals(ties=Ties, tied=Ties, peer=Actor)
cpdef say(Actor actor, reason, bint heard=*)
@cython.locals(monitor=Monitor, watcher=Actor, tied=Ties)
cpdef tell_monitors(Actor actor, reason)
