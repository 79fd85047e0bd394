cdef class Turns:
    cdef public bint active
    cdef public int budget
    cdef public object hub
    cdef public double now
    cdef public list pool
    cdef public Py_ssize_t pool_limit
    cdef public object ready
    cdef public object thread

    cpdef kick(self)
