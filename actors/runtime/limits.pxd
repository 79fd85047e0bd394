from actors.runtime.turns cimport Turns

cdef class TimeLimits(Turns):
    cdef public dict lines
    cdef public object loop
    cdef public object start_timer
    cdef public list unarmed

    cpdef limit(self, waiter, seconds)
    cpdef unlimit(self, waiter)
