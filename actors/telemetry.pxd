cdef class OncePerSecond:
    cdef public object _event
    cdef public int _held
    cdef public object _level
    cdef public double _next

    cpdef take(self, data)
    cpdef take_at(self, double now, data)

cpdef tell(event, data)
