from actors.runtime.actor cimport Actor
from actors.runtime.actor cimport Ties
cimport cython

cdef class Parting:
    cdef public Actor child
    cdef public Actor me

    @cython.locals(child=Actor, ties=Ties)
    cpdef tell(self, reason)
    @cython.locals(me=Actor, child=Actor, ties=Ties)
    cpdef wait(self, seconds)
    @cython.locals(me=Actor)
    cpdef receiver_ended(self, reason)

cdef class PartingAbroad(Parting):
    cdef public object watch

@cython.locals(ties=Ties)
cpdef adopt(Actor me, Actor child)
@cython.locals(ties=Ties)
cpdef released(Actor supervisor, Actor child)
cpdef parting_with(Actor me, Actor child)
