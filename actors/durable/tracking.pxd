from actors.durable.forms cimport form_of
from actors.durable.recording cimport Recording
from actors.durable.rows cimport Recalled
from actors.effects.scope cimport Scope
cimport cython

cdef class Group:
    cdef public int left

cdef class Track:
    cdef public object _fork
    cdef public Recording _log
    cdef public object _next
    cdef public tuple _path

    cpdef through(self, handler)
    cpdef branches(self, count)
    cpdef outside(self, what)
    cpdef _inside(self, handler, op)
    @cython.locals(outside=Scope)
    cpdef _is_mine(self, op)
    @cython.locals(log=Recording, found=Recalled)
    cpdef _answer(self, handler, outside, op)
    cpdef _recalled(self, Recalled found, where, op)
    cpdef _cut_again(self, Recalled found, op)
    @cython.locals(log=Recording)
    cpdef _perform(self, handler, op, where, form, Recalled found)
    @cython.locals(log=Recording)
    cpdef _begin(self, op, where, form, Recalled found, asks)
    @cython.locals(log=Recording)
    cpdef _begun(self, op, handler, where, number, Recalled found, asks)
    cpdef _told(self, op, handler)
    @cython.locals(log=Recording)
    cpdef _sleep(self, handler, op, until)
    @cython.locals(log=Recording)
    cpdef _interrupted(self, where, signal, unwritten)
    @cython.locals(mine=Track)
    cpdef _branch(self, Group group, thunk)
    @cython.locals(log=Recording)
    cpdef wait_to_begin(self, thunk)
    @cython.locals(log=Recording, found=Recalled)
    cpdef end(self)
    @cython.locals(log=Recording)
    cpdef _changed(self, op)
