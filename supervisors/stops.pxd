cimport actors.runtime.native as native
from actors.runtime.actor cimport Actor
from actors.runtime.scheduler cimport Scheduler
from actors.runtime.supervising cimport Parting
from actors.runtime.supervising cimport released
from supervisors.child cimport Child
cimport cython

cdef class InTurn(Parting):
    cdef public double began
    cdef public Child child
    cdef public list ended
    cdef public object grace
    cdef public object keeper
    cdef public list left
    cdef public object reason
    cdef public dict running
    cdef public bint summoned
    cdef public bint telling

    @cython.locals(actor=Actor, child=Child)
    cpdef is_awaiting(self)
    @cython.locals(me=Actor, actor=Actor, child=Child)
    cpdef tell_next(self)
    cpdef is_alike(self, Child child, Actor actor)
    @cython.locals(me=Actor)
    cpdef receiver_ended(self, reason)
    @cython.locals(me=Actor)
    cpdef summon(self)
    @cython.locals(me=Actor, ended=list, at=cython.Py_ssize_t)
    cpdef report(self)

@cython.locals(child=Child)
cpdef stop_in_turn(keeper, list children, reason)
