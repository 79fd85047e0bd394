cimport cython
from actors.runtime.doom cimport Doom
from actors.runtime.inbox cimport Inbox
cimport actors.runtime.farewell as farewell
from actors.runtime.turns cimport Turns

cdef class ActorRef:
    cdef object __weakref__

cdef class Ties:
    cdef public object awaited
    cdef public dict links
    cdef public dict children
    cdef public dict monitoring
    cdef public object name
    cdef public dict supervised
    cdef public object entries
    cdef public bint traps

cdef class Actor(ActorRef):
    cdef public int activity
    cdef public object args
    cdef public object body
    cdef public object context
    cdef public object doom
    cdef public object ended_as
    cdef public object greenlet
    cdef public object mailbox
    cdef public object monitors
    cdef public Actor peer
    cdef public object reason
    cdef public Turns scheduler
    cdef public double since
    cdef public object slot
    cdef public Ties ties
    cdef public object timeout
    cdef public object timer
    cdef public object waiting

    cpdef prepare(self, body, args, Turns scheduler)
    cpdef returned(self, value)
    cpdef threw(self, error)
    cpdef left(self, reason)
    @cython.locals(doom=Doom)
    cpdef over(self, reason)
    cpdef conclude(self, reason, bint heard=*)
    cpdef deliver(self, message)
    cpdef take(self, message)
    cpdef signalled(self, source, reason)
    cpdef struck(self, source, reason)
    cpdef raising(self, doom)
    @cython.locals(inbox=Inbox)
    cpdef sent_from_abroad(self, message, timeout)
    cpdef tied(self)
