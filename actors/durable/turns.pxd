cdef class Turns:
    cdef public int awake
    cdef public dict waiting

    cpdef wait(self, number, op, interruptible=*)
    cpdef call(self, number)
    cpdef begin_one(self)
    cpdef call_all(self)
    cpdef _wake(self, actor)
