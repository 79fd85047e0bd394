cdef class Window:
    cdef public object _limit
    cdef public double _seconds
    cdef public object _times

    cpdef admit(self, double now)
    cpdef forget(self, double now)
