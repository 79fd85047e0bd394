cdef class Writing:
    cdef public int depth
    cdef public list packers

    cpdef pack(self, value)
    cpdef extension(self, value)

cpdef made(code, data)
cpdef pack(value)
cpdef fields_of(value, name)
