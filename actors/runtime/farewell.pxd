cdef class Exit:
    cdef public object ref
    cdef public object reason
cdef class Monitor:
    cdef public object watcher
    cdef public object ref
cdef class Down:
    cdef public object monitor
    cdef public object ref
    cdef public object reason
