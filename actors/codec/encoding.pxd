cdef class Writing:
    cdef public int depth
    cdef public list packers

    cpdef pack(self, value)

cpdef pack(value)
cpdef fields_of(value, name)
