cdef class OncePerSecond:
    cdef public object _event
    cdef public object _held
    cdef public object _level
    cdef public double _next

    cpdef take(self, data)

cpdef tell(event, data)
