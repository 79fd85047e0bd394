cdef class Outward:
    cdef public object handler, outer, variable
    cdef object _exchanged, _seen

    cpdef answer(self, op, scope)
