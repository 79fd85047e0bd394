cdef class _Value:
    pass

cdef class Suspend(_Value):
    cdef public object value, token, data, error, runner

cdef class Throw(_Value):
    cdef public object error

cdef class Cancelled(_Value):
    cdef public object reason, error, killed

cdef class ComputationEvent(_Value):
    cdef public object tag, outcome, runner
