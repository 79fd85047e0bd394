cdef class TimeLimits:
    cdef public bint active
    cdef public object loop
    cdef public object start_timer
    cdef public list unarmed
