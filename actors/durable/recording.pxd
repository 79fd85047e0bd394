cimport actors.runtime.native as native
from actors.durable.replaying cimport Replaying
from actors.durable.rows cimport Recalled
cimport cython

cdef class Recording(Replaying):
    cdef public object attempts
    cdef public dict changes
    cdef public bint closed
    cdef public object deadline
    cdef public object fence
    cdef public object given
    cdef public object held
    cdef public object id
    cdef public object may_continue
    cdef public object next_seq
    cdef public object on_withdrawn
    cdef public object on_sleep
    cdef public object open
    cdef public object question
    cdef public object renewed
    cdef public list rows
    cdef public object said
    cdef public bint stale
    cdef public object store
    cdef public list taken
    cdef public object ticket
    cdef public dict untils
    cdef public set waiting
    cdef public object wake_at

    cpdef write(self, int kind, where, form=*, body=*, until=*)
    cpdef begin(self, where, form, until=*)
    cpdef begun_again(self, where, op, form, number, until, asks)
    cpdef answered(self, where, value, form=*)
    @cython.locals(found=Recalled)
    cpdef give(self, where, value, hot)
    cpdef failed(self, where, error, form=*)
    cpdef cut(self, where, cause, form=*)
    cpdef fork(self, where, form)
    cpdef cancel(self, cause, hot)
    cpdef mark(self, name, value)
    cpdef asks(self, where, number, form)
    cpdef waits(self, where)
    cpdef status(self)
    cpdef show(self, where, number, form)
    cpdef limit(self, where, until)
    cpdef over(self, where)
    cpdef next_wake(self)
    cpdef branch_ended(self)
    cpdef renew(self)
    cpdef unload(self, cause)
    cpdef close(self, final)
    cpdef flush(self, cut=*)
    cpdef settle(self)
    cpdef on_disk(self, ticket)
